import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from realmate_challenge.webhook_api.management import databases


class Command(BaseCommand):
    help = 'Restore a file of `manage.py backup` into the empty database of the settings, and verify it.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('file', metavar='FILE', type=Path, help='file that `manage.py backup` has written')

    def handle(self, *, file: Path, **_: Any) -> None:  # noqa: ANN401 - Django's signature
        if not file.is_file() or connection.introspection.table_names():
            message = 'The database has tables already: create a new one.' if file.is_file() else f'{file} is no file.'
            raise CommandError(message)
        expected = databases.file_counts(file)
        if connection.vendor == 'sqlite':
            connection.close()
            shutil.copyfile(file, connection.settings_dict['NAME'])
        else:
            list(databases.run('pg_restore', '--no-owner', '--exit-on-error', '--single-transaction', str(file)))
        self.stdout.write(databases.verify(expected, databases.row_counts(connection)))
        self.stdout.write('Next: migrate, then erase_conversation --from-file with what was erased since the backup.')
