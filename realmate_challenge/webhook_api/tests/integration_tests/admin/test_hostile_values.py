"""Hostile values in the URLs, filters, actions and forms of every registered admin page get a page, and never a 500."""

from itertools import product
from typing import Any, Final

import pytest
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from realmate_challenge.webhook_api.entities.unapplied_event import UnappliedStatus
from realmate_challenge.webhook_api.tests.support.factories import MessageRowFactory, NewMessageFactory
from realmate_challenge.webhook_api.tests.support.fakes import in_database

VALUES: Final = ('abc', '', '9' * 20, '-1', '\0', "'", '1e9')
IDS: Final = ('abc', '9' * 20, '%00', '_00', "'")
OTHER_PARAMETERS: Final = ('q', 'o', 'p', 'e', 'all', 'reason', '_facets', '_popup', '_to_field')
MODELS: Final = tuple(admin.site._registry)  # noqa: SLF001 - has no public name

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(admin_client: Client) -> Client:
    """A superuser's, with a row of each kind in the database."""
    MessageRowFactory.create()
    in_database().unapplied_events.record(NewMessageFactory.build(), status=UnappliedStatus.HELD, reason='WHY')
    admin_client.raise_request_exception = False
    return admin_client


def url_of(model: type[Model]) -> str:
    return reverse(f'admin:{model._meta.app_label}_{model._meta.model_name}_changelist')  # noqa: SLF001 - documented API


def assert_is_a_page(answer: Any, *request: object) -> None:  # noqa: ANN401 - the test client's
    assert answer.status_code < 500, request
    assert answer.headers['Content-Type'].startswith('text/html'), request


@pytest.mark.parametrize('model', MODELS)
def test_filters(client: Client, model: type[Model]) -> None:
    fields = [field.name for field in model._meta.fields]  # noqa: SLF001 - documented API
    filters = [f'{field}{lookup}' for field, lookup in product(fields, ('', '__exact', '__in', '__gt', '__isnull'))]

    for name, value in product((*filters, *OTHER_PARAMETERS), VALUES):
        assert_is_a_page(client.get(url_of(model), {name: value}), name, value)


@pytest.mark.parametrize('model', MODELS)
def test_actions(client: Client, model: type[Model]) -> None:
    actions: Any = admin.site.get_model_admin(model).actions or ()
    for action, value in product((*actions, 'delete_selected', 'abc', '\0'), VALUES):
        form = {'action': action, '_selected_action': [value], 'post': 'yes', 'index': value}
        assert_is_a_page(client.post(url_of(model), form), action, value)


@pytest.mark.parametrize('model', MODELS)
def test_ids_and_forms(client: Client, model: type[Model]) -> None:
    for key, page in product(IDS, ('change/', 'delete/', 'history/', 'password/', '')):
        url = f'{url_of(model)}{key}/{page}'
        assert_is_a_page(client.get(url), url)
        assert_is_a_page(client.post(url, {'post': 'yes', 'username': '\0', 'password1': '\0'}), url)


def test_links_to_rows(client: Client) -> None:
    for kind, key in product(
        [*ContentType.objects.values_list('pk', flat=True), '9' * 20, 'abc'], ('1', 'abc', '9' * 20)
    ):
        assert_is_a_page(client.get(f'/admin/r/{kind}/{key}/'), kind, key)
