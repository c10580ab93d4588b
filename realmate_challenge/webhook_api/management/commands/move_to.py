from argparse import ArgumentParser
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from marshmallow import ValidationError
from tqdm import tqdm

from realmate_challenge.shared.environment import parse_database_url
from realmate_challenge.webhook_api.management import databases
from realmate_challenge.webhook_api.models import MessageCount

# `migrate` fills these tables.
MADE_BY_MIGRATE: Final = {'django_migrations', 'django_content_type', 'auth_permission'}
# The triggers of the new database fill this one, by other shards.
COUNTS: Final = 'webhook_api_messagecount'


class Command(BaseCommand):
    help = 'Copy everything from SQLite to an empty PostgreSQL database, and verify it. Stop the service first.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('url', metavar='DATABASE_URL', help='address of the PostgreSQL database')

    def handle(self, *, url: str, **_: Any) -> None:  # noqa: ANN401 - Django's signature
        try:
            target = databases.connect('target', parse_database_url(url, options=settings.DATABASE_OPTIONS))
        except ValidationError as error:
            raise CommandError(str(error.messages[0])) from error
        if (connection.vendor, target.vendor) != ('sqlite', 'postgresql'):
            message = 'The command moves from SQLite, the database of the settings, to PostgreSQL only.'
            raise CommandError(message)
        for alias in ('default', 'target'):
            call_command('migrate', database=alias, verbosity=0)
        if rows := databases.row_counts(target).keys() - MADE_BY_MIGRATE:
            message = f'The new database is not empty: {", ".join(sorted(rows))}.'
            raise CommandError(message)
        with transaction.atomic('target'):
            self.stdout.write(_copy(target))
        self.stdout.write('Next: set DATABASE_URL to the new address, and start the service.')


def _copy(target: BaseDatabaseWrapper) -> str:
    models = [model for model in apps.get_models(include_auto_created=True) if model is not MessageCount]
    expected, quote = databases.row_counts(connection), target.ops.quote_name
    with target.cursor() as cursor, tqdm(total=expected.total(), unit=' rows', disable=None) as progress:
        cursor.execute('TRUNCATE django_content_type, auth_permission CASCADE')
        for model in models:
            fields = model._meta.concrete_fields  # noqa: SLF001 - documented API
            table, columns = quote(model._meta.db_table), ', '.join(quote(str(field.column)) for field in fields)  # noqa: SLF001 - the same
            rows = model._base_manager.values_list(*(field.attname for field in fields)).iterator()  # noqa: SLF001 - the same
            with cursor.copy(f'COPY {table} ({columns}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
                    progress.update()
        for statement in target.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
        copied = databases.row_counts(target)
        cursor.execute(f'SELECT COALESCE(SUM(messages), 0) FROM {COUNTS}')  # noqa: S608 - our table
        ((counted,),) = cursor.fetchall()
    # Compare what the triggers have counted, not the number of shards.
    expected[COUNTS], copied[COUNTS] = expected['webhook_api_message'], int(counted)
    return databases.verify(expected, copied)
