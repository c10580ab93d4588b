"""Of a PostgreSQL error, a log line shows the primary message only."""

import logging
import sys
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from realmate_challenge.shared.observability.logs import DiscreetFormatter, JSONFormatter, TextFormatter

PRIMARY = 'new row violates check constraint "wrong"'
FULL = f"{PRIMARY}\nHINT:  private\nCONTEXT:  unnamed portal with parameters: $1 = 'two\nprivate lines'"


class DriverError(Exception):
    """As psycopg reports it."""

    diag = SimpleNamespace(message_primary=PRIMARY)


class UnreachableError(Exception):
    """As psycopg reports a connection that could not be made: without a report of the server."""

    diag = SimpleNamespace(message_primary=None)


def raised(error: Exception, cause: Exception | None) -> Exception:
    try:
        raise error from cause
    except type(error) as caught:
        return caught


def traceback_of(error: Exception) -> str:
    try:
        raise error
    except type(error):
        return DiscreetFormatter().formatException(sys.exc_info())


@pytest.mark.parametrize(
    'error',
    [DriverError(FULL), raised(OperationalError(FULL), DriverError(FULL)), raised(KeyError(), DriverError(FULL))],
    ids=['alone', 'wrapped by Django', 'as a cause'],
)
def test_a_traceback_shows_the_primary_message_only(error: Exception) -> None:
    text = traceback_of(error)

    assert PRIMARY in text
    assert 'private' not in text


def test_an_error_keeps_its_own_message_whatever_caused_it() -> None:
    lines = traceback_of(raised(RuntimeError('refused'), DriverError(FULL))).splitlines()

    assert lines[-1] == 'RuntimeError: refused'
    assert traceback_of(raised(KeyError(), DriverError(FULL))).splitlines()[-1] == 'KeyError'


@pytest.mark.parametrize('formatter', [JSONFormatter(), TextFormatter()])
def test_so_does_a_message_with_an_error_among_its_arguments(formatter: logging.Formatter) -> None:
    error = raised(OperationalError(FULL), DriverError(FULL))
    record = logging.makeLogRecord({'msg': '%s failed: %s', 'args': ('An event', error), 'levelname': 'WARNING'})
    line = formatter.format(record)

    assert 'An event failed: new row violates' in line
    assert 'private' not in line


@pytest.mark.parametrize('error', [RuntimeError('two\nlines'), UnreachableError('two\nlines')])
def test_other_errors_are_shown_in_full(error: Exception) -> None:
    assert traceback_of(error).endswith('Error: two\nlines')
