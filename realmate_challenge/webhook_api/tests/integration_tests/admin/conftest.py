"""Clients of users with different permissions."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def client_of(name: str, *permissions: str) -> Client:
    """Return the client of a staff user with these permissions, or of a superuser if there are none."""
    user = User.objects.create_user(name, is_staff=True, is_superuser=not permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def count_statements(client: Client, url: str) -> int:
    client.get(url)  # fills the cache of content types
    with CaptureQueriesContext(connection) as statements:
        assert client.get(url).status_code == 200
    assert len(statements) <= 12
    return len(statements)


@pytest.fixture
def operator(db: None) -> Client:
    return client_of('operator')


@pytest.fixture
def reader(db: None) -> Client:
    return client_of('reader', 'view_conversation', 'view_message', 'view_unappliedevent')
