"""Log lines with the request id, without what a database error shows of stored data."""

import logging
import re
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from copy import copy
from math import inf
from random import getrandbits
from threading import Lock
from time import monotonic
from traceback import format_exception
from typing import Final, TextIO

from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra

# A client's id is used if it can stand in a header and in a log line.
REQUEST_ID: Final = re.compile(r'[\x21-\x7e]{1,128}')
current_request_id: Final[ContextVar[str | None]] = ContextVar('current_request_id', default=None)

# Drop a line that cannot be written. A report would go to the same stderr and show the arguments of the record.
logging.raiseExceptions = False
# Do not look up the caller, which no line shows and which costs 3 us per line.
logging._srcfile = None  # noqa: SLF001 - documented in Python's `logging` HOWTO, "Optimization"

MAX_WAITING_LINES: Final = 10_000

type Handler = Callable[[HttpRequest], HttpResponse]


def assign_request_id(get_response: Handler) -> Handler:
    """Middleware: use the id in `X-Request-ID`, or a new one, in all log lines of the request and in the response."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.META.get('HTTP_X_REQUEST_ID', '')
        # The id is not a secret, and a system call for random bytes would release the interpreter lock.
        request_id = given if REQUEST_ID.fullmatch(given) else f'{getrandbits(128):032x}'
        token = current_request_id.set(request_id)
        try:
            response = get_response(request)
        finally:
            current_request_id.reset(token)
        response.headers['X-Request-ID'] = request_id
        return response

    return middleware


class OncePerMinute:
    """Return True at the first call, and then at most once a minute."""

    def __init__(self) -> None:
        self._at = -inf

    def __call__(self) -> bool:
        is_due = monotonic() - self._at > 60  # noqa: PLR2004 - a minute
        self._at = monotonic() if is_due else self._at
        return is_due


class RecordFilter(logging.Filter):
    """Add the request id, shorten PostgreSQL's errors, and make a request that Django refuses a plain warning."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        if request_id := current_request_id.get():
            record.request_id = request_id
        if isinstance(record.args, tuple):
            record.args = tuple(
                _shortened(str(value), value) if isinstance(value, BaseException) else value for value in record.args
            )
        if record.exc_info and (error := record.exc_info[1]):
            # Other handlers get the record as it is.
            record = copy(record)
            if record.name.startswith('django.security'):
                record.levelno, record.levelname, record.exc_text = logging.WARNING, 'WARNING', None
            else:
                record.exc_text = _shortened(''.join(format_exception(error)).rstrip(), error)
            record.exc_info = None
        return record


def _shortened(text: str, error: BaseException | None) -> str:
    """Replace each PostgreSQL error in a text by its primary message: DETAIL and CONTEXT can show contents of rows."""
    while error is not None:
        if primary := getattr(getattr(error, 'diag', None), 'message_primary', None):
            text = text.replace(str(error), primary)
        error = error.__cause__ or error.__context__
    return text


class GroupHandler(logging.StreamHandler[TextIO]):
    """Write the lines that arrive during a write together with the next write, without waiting for it.

    A write releases the interpreter lock. The handler of the standard library writes each line under a lock of its own,
    and threads under load wait for both. The thread that writes last leaves no line behind.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        super().__init__(stream)
        self._lines: deque[str] = deque()
        self._turn = Lock()

    def handle(self, record: logging.LogRecord) -> bool:
        """Emit a record without the lock of the standard library."""
        result = self.filter(record)
        if result:
            self.emit(result if isinstance(result, logging.LogRecord) else record)
        return bool(result)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._lines.append(self.format(record) + self.terminator)
            # Wait only if stderr does not take what the others have left.
            while self._lines and self._turn.acquire(blocking=len(self._lines) > MAX_WAITING_LINES):
                try:
                    self.stream.write(''.join(self._lines.popleft() for _ in range(len(self._lines))))
                    self.flush()
                finally:
                    self._turn.release()
        except Exception:  # noqa: BLE001 - as in the standard library
            self.handleError(record)


class TextFormatter(logging.Formatter):
    """Append the `extra` fields of a record to its message."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        extra = merge_record_extra(record, {}, RESERVED_ATTRS)
        return ' '.join([super().formatMessage(record), *(f'{key}={value}' for key, value in extra.items())])
