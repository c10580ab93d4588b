from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken

MAX_DAYS: Final = 3650


class Command(BaseCommand):
    help = 'Create a token for reading conversations, and print its key. Only a hash of the key is stored.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        days = f'days until the token expires, from 1 to {MAX_DAYS} (default: %(default)s)'
        parser.add_argument('user', help='name of the user to whom the token belongs')
        parser.add_argument('--days', type=int, default=365, help=days)

    def handle(self, **options: Any) -> None:  # noqa: ANN401 - Django's signature
        name, days = options['user'], options['days']
        user = User.objects.filter(username=name, is_active=True).first()
        if user is None or not 1 <= days <= MAX_DAYS:
            message = f'--days must be from 1 to {MAX_DAYS}.' if user else f'There is no active user {name!r}.'
            raise CommandError(message)
        if not user.has_perm(settings.API_READ_PERMISSION):
            self.stderr.write(f'{name} lacks the permission {settings.API_READ_PERMISSION}: reads are answered 403.')
        self.stdout.write(AuthToken.objects.create(user, expiry=timedelta(days=days))[1])
