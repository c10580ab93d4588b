"""`manage.py create_token`: a token for reading conversations."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, Final, final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

DEFAULT_DAYS: Final = 365
MAX_DAYS: Final = 3650


@final
class Command(BaseCommand):
    help = 'Create a token for reading. The last line of the output is its key, which is not stored.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument('user', help='the name of the user whose token it is')
        parser.add_argument(
            '--days',
            type=int,
            default=DEFAULT_DAYS,
            help=f'days until the token expires, from 1 to {MAX_DAYS} (default: %(default)s)',
        )

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        if not 1 <= options['days'] <= MAX_DAYS:
            message = f'--days must be from 1 to {MAX_DAYS}.'
            raise CommandError(message)
        user = _active_user(options['user'])
        if not user.has_perm(settings.API_READ_PERMISSION):
            self.stderr.write(f'{user} lacks the permission {settings.API_READ_PERMISSION}: reads are answered 403.')
        _, key = AuthToken.objects.create(user, expiry=timedelta(days=options['days']))
        self.stdout.write(key)


def _active_user(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if user is None or not user.is_active:
        message = f'There is no user {name!r}.' if user is None else f'The user {name!r} is inactive.'
        raise CommandError(message)
    return user
