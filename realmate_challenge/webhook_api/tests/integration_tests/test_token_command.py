"""`manage.py create_token`, and the migration that drops the tokens of earlier versions."""

from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from knox.models import AuthToken
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.support.readers import reader

pytestmark = pytest.mark.django_db


def create_token(*arguments: str) -> tuple[str, str]:
    """Return standard output and standard error."""
    out, err = StringIO(), StringIO()
    call_command('create_token', *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_the_output_is_a_key_that_reads_and_is_not_stored(api_client: APIClient, settings: Settings) -> None:
    settings.API_REQUIRE_AUTH = True
    reader('support')

    keys = [create_token('support')[0].strip() for _ in range(2)]

    for key in keys:
        assert api_client.get('/conversations/', HTTP_AUTHORIZATION=f'Token {key}').status_code == 200
        assert key not in str(AuthToken.objects.values())


@pytest.mark.parametrize(('arguments', 'days'), [([], 365), (['--days=1'], 1), (['--days=3650'], 3650)])
def test_a_token_expires_after_the_given_days(arguments: list[str], days: int) -> None:
    reader('support')

    create_token('support', *arguments)

    lifetime = AuthToken.objects.get().expiry - timezone.now()
    assert timedelta(days=days) - timedelta(minutes=1) < lifetime <= timedelta(days=days)


def test_other_numbers_of_days_are_refused() -> None:
    reader('support')

    for days in ('0', '3651', '99999999999', 'x'):
        with pytest.raises(CommandError, match='--days'):
            create_token('support', f'--days={days}')
    assert not AuthToken.objects.exists()


def test_unknown_and_inactive_users_are_refused() -> None:
    User.objects.create_user('left', is_active=False)

    for name in ('nobody', 'left'):
        with pytest.raises(CommandError, match=rf"^There is no active user '{name}'\.$"):
            create_token(name)


def test_a_user_without_the_read_permission_is_reported() -> None:
    User.objects.create_user('support')

    assert 'support lacks the permission webhook_api.view_conversation' in create_token('support')[1]


@pytest.mark.django_db(transaction=True)
def test_the_table_with_keys_in_clear_text_is_dropped() -> None:
    migration = import_module('realmate_challenge.webhook_api.migrations.0005_drop_clear_text_tokens').Migration
    with connection.cursor() as cursor:
        cursor.execute('CREATE TABLE authtoken_token (key varchar(40) PRIMARY KEY)')

    with connection.schema_editor() as editor:
        for operation in 2 * migration.operations:
            operation.database_forwards('webhook_api', editor, None, None)

    assert 'authtoken_token' not in connection.introspection.table_names()
