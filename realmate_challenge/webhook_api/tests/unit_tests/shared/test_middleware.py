"""The middleware for people's pages keeps out of the machines' way."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from realmate_challenge.shared.middleware import MACHINE_PATHS, ShortCut, short_cut_end


def way_of(path: str) -> list[str]:
    """What a request passes: the view is always the last."""
    passed: list[str] = []

    def view(_request: HttpRequest) -> HttpResponse:
        passed.append('view')
        return HttpResponse()

    inner = short_cut_end(view)

    def pages(request: HttpRequest) -> HttpResponse:
        passed.append('pages')
        return inner(request)  # type: ignore[return-value]  # what the view returned

    ShortCut(pages)(RequestFactory().get(path))
    return passed


@pytest.mark.parametrize('path', sorted(MACHINE_PATHS))
def test_a_machine_goes_around(path: str) -> None:
    assert way_of(path) == ['view']


@pytest.mark.parametrize(
    'path', ['/', '/admin/', '/docs/', '/conversations/x/', '/webhook/x', '/Webhook/', '//webhook/']
)
def test_people_do_not(path: str) -> None:
    assert way_of(path) == ['pages', 'view']
