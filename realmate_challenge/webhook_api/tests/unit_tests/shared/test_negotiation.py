"""Content negotiation."""

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import BaseRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from realmate_challenge.shared.http.negotiation import IgnoreAcceptHeader, JSONFirstNegotiation
from realmate_challenge.shared.http.renderers import OrjsonRenderer

JSON, HTML = OrjsonRenderer(), TemplateHTMLRenderer()


def request_for(accept: str | None) -> Request:
    return Request(APIRequestFactory().get('/', headers={} if accept is None else {'Accept': accept}))


@pytest.mark.parametrize(
    ('accept', 'renderers', 'chosen'),
    [
        *[(accept, [JSON], JSON) for accept in (None, '*/*', 'application/json', 'text/html, */*;q=0.1')],
        *[(accept, [HTML, JSON], HTML) for accept in (None, '*/*', 'text/html')],
        *[(accept, [HTML, JSON], JSON) for accept in ('application/json', 'application/*')],
    ],
)
def test_the_first_acceptable_renderer_is_chosen(
    accept: str | None, renderers: list[BaseRenderer], chosen: BaseRenderer
) -> None:
    assert JSONFirstNegotiation().select_renderer(request_for(accept), renderers)[0] is chosen


@pytest.mark.parametrize('accept', ['text/html', 'nonsense', '/', ';', ',', 'a/b/c', '\xff/\xff'])
def test_other_media_types_are_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        JSONFirstNegotiation().select_renderer(request_for(accept), [JSON])
    assert IgnoreAcceptHeader().select_renderer(request_for(accept), [JSON]) == (JSON, 'application/json')
