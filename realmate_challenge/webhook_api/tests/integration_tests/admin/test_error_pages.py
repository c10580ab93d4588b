"""Errors under /admin/ are pages in the reader's language, and the envelope elsewhere."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from realmate_challenge.webhook_api.tests.support.envelope import error_of

pytestmark = pytest.mark.django_db


def fail_with(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr('django.contrib.admin.sites.AdminSite.get_app_list', fail)


@pytest.mark.parametrize('language', ['en', 'pt-br'])
@pytest.mark.parametrize(
    ('path', 'host', 'status_and_titles'),
    [
        ('/admin/', 'evil.example', (400, 'Bad Request', 'Requisição inválida')),
        (
            f'/admin/webhook_api/unappliedevent/?deliveries__in={"9" * 20}',
            'testserver',
            (400, 'Bad Request', 'Requisição inválida'),
        ),
        ('/admin/webhook_api/message/add/', 'testserver', (403, 'Forbidden', 'Acesso negado')),
        ('/admin/nope/', 'testserver', (404, 'Not Found', 'Página não encontrada')),
        ('/admin/r/999/1/', 'testserver', (404, 'Not Found', 'Página não encontrada')),
    ],
)
def test_errors(
    admin_client: Client, language: str, path: str, host: str, status_and_titles: tuple[int, str, str]
) -> None:
    status, *titles = status_and_titles
    admin_client.raise_request_exception = False
    answer = admin_client.get(path, headers={'Host': host, 'Accept-Language': language})

    assert answer.status_code == status
    page = answer.content.decode()
    assert f'<h1>{titles[language == "pt-br"]}</h1>' in page
    assert f'lang="{language}"' in page
    assert 'href="/admin/"' in page


@pytest.mark.parametrize(
    ('error', 'status', 'title'),
    [
        (OperationalError('secret'), 503, 'Serviço indisponível'),
        (RuntimeError('secret'), 500, 'Erro interno'),
    ],
)
def test_failures(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, title: str
) -> None:
    fail_with(monkeypatch, error)
    admin_client.raise_request_exception = False

    answer = admin_client.get('/admin/', headers={'Accept-Language': 'pt-BR'})

    assert (answer.status_code, title in answer.content.decode()) == (status, True)
    assert 'secret' not in answer.content.decode()


def test_a_body_that_is_too_large(admin_client: Client, settings: Settings) -> None:
    settings.WEBHOOK_MAX_BODY_BYTES = 10
    answer = admin_client.post('/admin/login/', {'username': 'x' * 20}, headers={'Accept-Language': 'pt-BR'})

    assert answer.status_code == 413
    assert 'grande demais' in answer.content.decode()


@pytest.mark.parametrize(('language', 'title'), [('en', 'Forbidden'), ('pt-br', 'Acesso negado')])
def test_csrf_failures(language: str, title: str) -> None:
    client: Any = Client(enforce_csrf_checks=True)

    answer = client.post('/admin/login/', {'username': 'x'}, headers={'Accept-Language': language})
    assert (answer.status_code, f'<h1>{title}</h1>' in answer.content.decode()) == (403, True)


def test_errors_elsewhere_are_in_the_envelope(api_client: APIClient) -> None:
    assert error_of(api_client.get('/nope', headers={'Accept-Language': 'pt-BR'})) == (404, 'NOT_FOUND')
