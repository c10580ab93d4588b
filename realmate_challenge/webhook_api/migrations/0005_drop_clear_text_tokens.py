from django.db import migrations


class Migration(migrations.Migration):
    """Drop the table of `rest_framework.authtoken`, which holds keys in clear text. Knox stores hashes of new ones."""

    dependencies = [
        ('webhook_api', '0004_keep_known_fields_only'),
    ]

    operations = [
        migrations.RunSQL('DROP TABLE IF EXISTS authtoken_token', migrations.RunSQL.noop),
    ]
