"""Log records as lines: JSON for machines, text for people; each with the id of its request."""

import logging
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from random import getrandbits
from typing import Any, Final, final

import orjson
from django.http import HttpRequest, HttpResponse

# A sender's id is taken over if it can stand in a header and a log line.
REQUEST_ID: Final = re.compile(r'[\x21-\x7e]{1,128}')
STANDARD_ATTRIBUTES: Final = frozenset(vars(logging.makeLogRecord({}))) | {'message', 'asctime', 'taskName'}

current_request_id: Final[ContextVar[str | None]] = ContextVar('current_request_id', default=None)

# What nobody reads in a line, the standard library need not gather: its documented optimisations.
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
class BatchingHandler(logging.Handler):
    """Writes to stderr what has gathered in a moment, in one go; warnings and worse at once, with all before them.

    A write for each line would cost each request a system call, and other threads a turn at the interpreter: a tenth
    of the speed, measured. A process that is killed loses the lines of its last moment; the events are in the database.
    """

    def __init__(self, seconds: float = 0.05) -> None:
        super().__init__()
        self._seconds = seconds
        self._lines: deque[str] = deque()
        self._gathering = threading.Event()
        self._writing = threading.Lock()
        threading.Thread(target=self._run, name='logs', daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record))
        except Exception:  # noqa: BLE001 - as every handler: a log line must not fail a request
            self.handleError(record)
        if record.levelno >= logging.WARNING:
            self.flush()
        elif not self._gathering.is_set():
            self._gathering.set()

    def flush(self) -> None:
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if lines:
                sys.stderr.write('\n'.join(lines) + '\n')
                sys.stderr.flush()

    def _run(self) -> None:
        while self._gathering.wait():
            time.sleep(self._seconds)
            self._gathering.clear()
            self.flush()


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """What the caller gave as `extra`, and the request."""
    facts = {key: value for key, value in vars(record).items() if key not in STANDARD_ATTRIBUTES}
    if request_id := current_request_id.get():
        facts['request_id'] = request_id
    return facts


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class DiscreetFormatter(logging.Formatter):
    """Leaves out the details that PostgreSQL adds to an error: they may show a row, with what people wrote."""

    def formatException(self, ei: Any) -> str:  # noqa: ANN401, N802 - logging's signature
        text = super().formatException(ei)
        for error in _chain(ei[1]):
            primary, details, _ = str(error).partition('\nDETAIL:')
            if details:
                text = text.replace(str(error), primary)
        return text


@final
class JSONFormatter(DiscreetFormatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            'time': datetime.fromtimestamp(record.created, UTC),
            'level': record.levelname,
            'logger': record.name,
            'message': record.getMessage(),
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
        line = f'{time} {record.levelname:<7} {record.getMessage()} {facts}'.rstrip()
        return f'{line}\n{self.formatException(record.exc_info)}' if record.exc_info else line
