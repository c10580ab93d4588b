"""Who is at the desk."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from realmate_challenge.webhook_api import models


def client_of(name: str, *permissions: str) -> Client:
    """Staff with these permissions; a superuser, if none are named."""
    user = User.objects.create_user(name, is_staff=True, is_superuser=not permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    # Django remembers these between requests, and so between tests: whoever counts statements needs it to know them.
    ContentType.objects.get_for_models(models.Conversation, models.Message, models.UnappliedEvent)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(db: None) -> Client:
    """May do whatever can be done."""
    return client_of('operator')


@pytest.fixture
def reader(db: None) -> Client:
    """May only look."""
    return client_of('reader', 'view_conversation', 'view_message', 'view_unappliedevent')
