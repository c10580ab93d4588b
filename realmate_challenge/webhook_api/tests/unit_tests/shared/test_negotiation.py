"""Content negotiation."""

import pytest
from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import BaseRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from realmate_challenge.shared.http.negotiation import JSONFirstNegotiation
from realmate_challenge.shared.http.renderers import OrjsonRenderer

JSON, HTML = OrjsonRenderer(), TemplateHTMLRenderer()


def chosen(accept: str | None, *renderers: BaseRenderer) -> BaseRenderer:
    headers = {} if accept is None else {'Accept': accept}
    request = Request(APIRequestFactory().get('/', headers=headers))
    renderer, _ = JSONFirstNegotiation().select_renderer(request, renderers)
    return renderer


@pytest.mark.parametrize(
    'accept', [None, '*/*', 'application/json', 'application/*', 'text/html, */*;q=0.1', 'application/json; indent=2']
)
def test_json_for_who_takes_it(accept: str | None) -> None:
    assert chosen(accept, JSON) is JSON


@pytest.mark.parametrize('accept', ['text/html', 'application/xml', 'nonsense', '/', ';', ',', 'a/b/c', '\xff/\xff'])
def test_who_does_not_take_it_gets_nothing(accept: str) -> None:
    with pytest.raises(NotAcceptable):
        chosen(accept, JSON)
