"""Django's middleware keeps out of the machines' way."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from realmate_challenge.shared.middleware import MACHINE_PATHS, SessionMiddleware


def has_session(path: str) -> bool:
    seen: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    SessionMiddleware(view)(RequestFactory().get(path))
    return hasattr(seen[0], 'session')


@pytest.mark.parametrize('path', sorted(MACHINE_PATHS))
def test_a_machine_gets_no_session(path: str) -> None:
    assert not has_session(path)


@pytest.mark.parametrize('path', ['/', '/admin/', '/docs/', '/conversations/x/', '/webhook/x'])
def test_people_do(path: str) -> None:
    assert has_session(path)
