"""Log records as lines: JSON for machines, text for people; each with the id of its request."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime
from random import getrandbits
from typing import Any, Final, final

import orjson
from django.http import HttpRequest, HttpResponse

# A sender's id is taken over if it can stand in a header and a log line.
REQUEST_ID: Final = re.compile(r'[\x21-\x7e]{1,128}')
STANDARD_ATTRIBUTES: Final = frozenset(vars(logging.makeLogRecord({}))) | {'message', 'asctime', 'taskName'}

current_request_id: Final[ContextVar[str | None]] = ContextVar('current_request_id', default=None)

# A line that cannot be written is dropped without a report: the report would go to the same stderr, and it would show
# the arguments of the record as they are.
logging.raiseExceptions = False
# Do not collect what no line shows: the standard library's documented optimisations.
logging.logThreads = False
logging.logProcesses = False
logging.logMultiprocessing = False
logging.logAsyncioTasks = False  # type: ignore[attr-defined]  # missing in typeshed
logging._srcfile = None  # noqa: SLF001 - documented


@final
class RequestIdMiddleware:
    """Takes `X-Request-ID` from the sender or makes one, for every log line of the request and for the answer."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No secret, so not from the operating system: asking it would let another thread in, in mid-request.
        given = request.META.get('HTTP_X_REQUEST_ID', '')
        request_id = given if given and REQUEST_ID.fullmatch(given) else f'{getrandbits(128):032x}'
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response.headers['X-Request-ID'] = request_id
        return response


@final
class ClientMistakeFilter(logging.Filter):
    """Turn a request that Django refuses as suspicious into a warning without a traceback: no code of ours is wrong."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        if record.name.startswith('django.security') and record.exc_info:
            record = copy(record)
            record.levelno, record.levelname, record.exc_info = logging.WARNING, 'WARNING', None
        return record


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller gave as `extra`, and the request."""
    facts = {key: value for key, value in vars(record).items() if key not in STANDARD_ATTRIBUTES}
    if request_id := current_request_id.get():
        facts['request_id'] = request_id
    return facts


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def primary_message(error: BaseException) -> str:
    """Return an error's text; of a PostgreSQL error, only the primary message.

    Its DETAIL and CONTEXT can show a row or the parameters of the statement, and so what people wrote.
    """
    # Django wraps the driver's error into one of its own, with the same text.
    for driver_error in (error, error.__cause__):
        primary = getattr(getattr(driver_error, 'diag', None), 'message_primary', None)
        if primary and str(driver_error) == str(error):
            return str(primary)
    return str(error)


class DiscreetFormatter(logging.Formatter):
    """Show only the primary message of a PostgreSQL error, in messages and in tracebacks."""

    def message(self, record: logging.LogRecord) -> str:
        arguments = record.args if isinstance(record.args, tuple) else ()
        return _discreet(record.getMessage(), (value for value in arguments if isinstance(value, BaseException)))

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's signature
        return _discreet(super().formatException(ei), _causes(ei[1]))


def _discreet(text: str, errors: Iterable[BaseException]) -> str:
    for error in errors:
        if full := str(error):
            text = text.replace(full, primary_message(error))
    return text


@final
class JSONFormatter(DiscreetFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            'time': datetime.fromtimestamp(record.created, UTC),
            'level': record.levelname,
            'logger': record.name,
            'message': self.message(record),
            **_facts(record),
        }
        if record.exc_info:
            line['traceback'] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


@final
class TextFormatter(DiscreetFormatter):
    def format(self, record: logging.LogRecord) -> str:
        facts = ' '.join(f'{key}={value}' for key, value in _facts(record).items())
        time = datetime.fromtimestamp(record.created, UTC).strftime('%H:%M:%S')
        line = f'{time} {record.levelname:<7} {self.message(record)} {facts}'.rstrip()
        return f'{line}\n{self.formatException(record.exc_info)}' if record.exc_info else line
