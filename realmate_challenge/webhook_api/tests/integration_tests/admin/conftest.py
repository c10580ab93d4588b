"""Clients of users with different permissions."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client


def client_of(name: str, *permissions: str) -> Client:
    """Return the client of a staff user with these permissions, or of a superuser if there are none."""
    user = User.objects.create_user(name, is_staff=True, is_superuser=not permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    # Fill Django's cache, because some tests count statements.
    for content_type in ContentType.objects.filter(app_label='webhook_api'):
        ContentType.objects.get_by_natural_key(*content_type.natural_key())
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(db: None) -> Client:
    return client_of('operator')


@pytest.fixture
def reader(db: None) -> Client:
    return client_of('reader', 'view_conversation', 'view_message', 'view_unappliedevent')
