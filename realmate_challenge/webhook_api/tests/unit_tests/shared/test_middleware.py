"""The middleware for people's pages keeps out of the machines' way."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from rest_framework import status

from realmate_challenge.shared.http.middleware import MACHINE_PATHS, ShortCut


class Pages:
    """Stands for all middleware that follows."""

    def __init__(self) -> None:
        self.passed: list[str] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.passed.append(request.path_info)
        return HttpResponse()


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.mark.parametrize('path', sorted(MACHINE_PATHS))
def test_a_machine_goes_around(pages: Pages, path: str) -> None:
    short_cut = ShortCut(pages)
    for _ in range(2):
        # No method that a view has: no view does anything.
        response = short_cut(RequestFactory().delete(path))

        assert response.status_code == status.HTTP_405_METHOD_NOT_ALLOWED
    assert pages.passed == []


@pytest.mark.parametrize('path', ['/conversations/', '/conversations/x/', '/conversations/x/y'])
def test_so_does_who_reads_without_a_cookie(pages: Pages, path: str) -> None:
    request = RequestFactory().delete(path)
    response = ShortCut(pages)(request)

    assert response.status_code >= status.HTTP_400_BAD_REQUEST
    assert request.resolver_match is not None
    assert pages.passed == []


@pytest.mark.parametrize('path', ['/conversations/', '/conversations/x/'])
def test_a_cookie_may_be_that_of_a_session(pages: Pages, path: str) -> None:
    ShortCut(pages)(RequestFactory().get(path, HTTP_COOKIE='sessionid=x'))

    assert pages.passed == [path]


@pytest.mark.parametrize(
    'path', ['/', '/admin/', '/docs/', '/conversations', '/conversationsx/', '/webhook/x', '/Webhook/', '//webhook/']
)
def test_people_take_the_long_way(pages: Pages, path: str) -> None:
    request = RequestFactory().get('/')
    # As a client may write it: the factory would take a double slash for the beginning of a host.
    request.path_info = path
    ShortCut(pages)(request)

    assert pages.passed == [path]
