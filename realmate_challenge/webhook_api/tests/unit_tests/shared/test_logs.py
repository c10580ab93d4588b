"""Log lines, and the id that ties those of a request together."""

import json
import logging
import re
import sys
from collections.abc import Iterator

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from realmate_challenge.shared.observability.logs import (
    JSONFormatter,
    RequestIdMiddleware,
    TextFormatter,
    current_request_id,
)

MADE = re.compile(r'[0-9a-f]{32}')
AT = 1740133241.349308


def record(level: int = logging.INFO, message: str = 'event %s', **extra: object) -> logging.LogRecord:
    made = logging.getLogger('realmate_challenge.events').makeRecord(
        'realmate_challenge.events', level, __file__, 1, message, ('held',), None, extra=extra
    )
    made.created = AT
    return made


def with_traceback() -> logging.LogRecord:
    made = record(logging.ERROR)
    try:
        int('oh\nno')
    except ValueError:
        made.exc_info = sys.exc_info()
    return made


def request_id_of(given: str | None) -> tuple[str | None, str]:
    """As the view sees it, and as it is answered."""
    seen: list[str | None] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(current_request_id.get())
        return HttpResponse()

    request = RequestFactory().post('/webhook/')
    if given is not None:
        request.META['HTTP_X_REQUEST_ID'] = given
    response = RequestIdMiddleware(view)(request)
    return seen[0], response['X-Request-ID']


@pytest.fixture
def in_request() -> Iterator[None]:
    token = current_request_id.set('an-id')
    yield
    current_request_id.reset(token)


class TestRequestId:
    @pytest.mark.parametrize('given', ['a', 'x' * 128, '7f3c/a+b=', '"{}\\'])
    def test_is_taken_from_the_sender(self, given: str) -> None:
        assert request_id_of(given) == (given, given)

    @pytest.mark.parametrize(
        'given', [None, '', ' ', 'x' * 129, 'two words', 'line\nX-Forged: 1', 'line\r', 'tab\t', '\x00', '\x7f', 'olá']
    )
    def test_is_made_where_it_could_not_stand_in_a_line(self, given: str | None) -> None:
        seen, answered = request_id_of(given)

        assert seen == answered
        assert MADE.fullmatch(answered)

    def test_is_another_for_each_request(self) -> None:
        assert len({request_id_of(None)[1] for _ in range(100)}) == 100

    def test_is_forgotten_after_the_request(self) -> None:
        def crash(_request: HttpRequest) -> HttpResponse:
            raise RuntimeError

        with pytest.raises(RuntimeError):
            RequestIdMiddleware(crash)(RequestFactory().get('/'))
        assert current_request_id.get() is None


class TestJSON:
    def test_is_one_object_with_what_was_given(self, in_request: None) -> None:
        line = JSONFormatter().format(record(outcome='held', status=404))

        assert json.loads(line) == {
            'time': '2025-02-21T10:20:41.349308Z',
            'level': 'INFO',
            'logger': 'realmate_challenge.events',
            'message': 'event held',
            'outcome': 'held',
            'status': 404,
            'request_id': 'an-id',
        }

    def test_has_no_request_id_outside_of_requests(self) -> None:
        assert 'request_id' not in json.loads(JSONFormatter().format(record()))

    def test_is_one_line_also_with_a_traceback(self) -> None:
        line = JSONFormatter().format(with_traceback())

        assert '\n' not in line
        assert json.loads(line)['traceback'].endswith("'oh\\nno'")

    def test_shows_what_json_has_no_form_for(self) -> None:
        assert json.loads(JSONFormatter().format(record(problem=ValueError('oh'))))['problem'] == 'oh'


class TestText:
    def test_is_for_people(self, in_request: None) -> None:
        assert TextFormatter().format(record(status=404)) == '10:20:41 INFO    event held status=404 request_id=an-id'

    def test_has_no_end_of_spaces(self) -> None:
        assert TextFormatter().format(record()) == '10:20:41 INFO    event held'

    def test_ends_with_the_traceback(self) -> None:
        assert TextFormatter().format(with_traceback()).endswith("'oh\\nno'")
