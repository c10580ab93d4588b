"""Tokens in the admin: who has one, and revoking it; never a key."""

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from knox.models import AuthToken

from realmate_challenge.webhook_api.tests.integration_tests.admin.conftest import client_of
from realmate_challenge.webhook_api.tests.support.readers import key_of, reader

pytestmark = pytest.mark.django_db

TOKENS = '/admin/knox/authtoken/'


def test_the_list_names_the_user_and_shows_no_key() -> None:
    key = key_of(reader('support'))

    page = client_of('auditor', 'view_authtoken').get(TOKENS).content.decode()

    assert 'support' in page
    assert f'{key[:8]}…' in page
    assert key not in page


def test_not_even_a_superuser_creates_or_changes_one(operator: Client) -> None:
    key_of(reader('support'))
    token = AuthToken.objects.get()

    assert operator.get(f'{TOKENS}add/').status_code == 403
    assert operator.post(f'{TOKENS}add/', {'user': token.user_id}).status_code == 403
    assert operator.post(f'{TOKENS}{token.pk}/change/', {'user': token.user_id}).status_code == 403


def test_revoking_takes_its_own_right_and_the_log_has_no_key() -> None:
    key = key_of(reader('support'))
    chosen = {'action': 'delete_selected', '_selected_action': AuthToken.objects.get().pk, 'post': 'yes'}

    client_of('auditor', 'view_authtoken').post(TOKENS, chosen)
    assert AuthToken.objects.exists()

    client_of('revoker', 'view_authtoken', 'delete_authtoken').post(TOKENS, chosen)
    assert not AuthToken.objects.exists()
    assert key not in str(LogEntry.objects.values())
