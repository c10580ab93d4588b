"""`ShortCut` calls the views of requests without a session directly."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from realmate_challenge.shared.http.middleware import MACHINE_PATHS, ShortCut


def is_short(path: str, cookie: str = '') -> bool:
    """Return whether a request does not reach the middleware after `ShortCut`, the second time either."""
    passed: list[str] = []

    def next_middleware(request: HttpRequest) -> HttpResponse:
        passed.append(request.path_info)
        return HttpResponse()

    short_cut = ShortCut(next_middleware)
    for _ in range(2):
        # No view implements DELETE, so the response shows whether a view was called.
        request = RequestFactory().delete('/', HTTP_COOKIE=cookie)
        # The factory would parse a double slash as the beginning of a host.
        request.path_info = path
        response = short_cut(request)
        is_view_called = response.status_code >= 400
        assert (request.resolver_match is not None) == is_view_called
    assert passed == ([] if is_view_called else [path, path])
    return is_view_called


@pytest.mark.parametrize(
    'path', [*sorted(MACHINE_PATHS), '/conversations', '/conversations/', '/conversations/x', '/conversations/x/']
)
def test_requests_of_machines_are_short(path: str) -> None:
    assert is_short(path)


@pytest.mark.parametrize('path', ['/conversations/', '/conversations/x/'])
def test_reads_with_a_cookie_may_have_a_session(path: str) -> None:
    assert not is_short(path, 'sessionid=x')


@pytest.mark.parametrize('path', ['/', '/admin/', '/docs/', '/Conversations/', '/webhook/x', '/Webhook/', '//webhook/'])
def test_pages_need_all_middleware(path: str) -> None:
    assert not is_short(path)
