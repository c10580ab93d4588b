from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from realmate_challenge.webhook_api.management import databases


class Command(BaseCommand):
    help = 'Back up the database of the settings into a new file, also while the service runs, and verify the file.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('file', metavar='FILE', type=Path, help='file to create, for `manage.py restore`')

    def handle(self, *, file: Path, **_: Any) -> None:  # noqa: ANN401 - Django's signature
        if file.exists():
            message = f'{file} exists already.'
            raise CommandError(message)
        partial = file.with_name(f'{file.name}.partial')
        partial.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            if connection.vendor == 'sqlite':
                cursor.execute('VACUUM INTO %s', [str(partial)])
                expected = copied = databases.file_counts(partial)
            else:
                with transaction.atomic():  # the dump and the counts see one state
                    cursor.execute('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ')
                    cursor.execute('SELECT pg_export_snapshot()')
                    ((snapshot,),) = cursor.fetchall()
                    list(databases.run('pg_dump', '--format=custom', f'--snapshot={snapshot}', f'--file={partial}'))
                    expected = databases.row_counts(connection)
                copied = databases.file_counts(partial)
        self.stdout.write(databases.verify(expected, copied))
        partial.rename(file)
        if not expected['webhook_api_conversation']:
            self.stderr.write('The database has no conversations: is it the right one?')
