"""Log lines with the request id, without what a database error shows of stored data."""

import logging
import os
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from copy import copy
from datetime import UTC, datetime
from math import inf
from random import getrandbits
from time import monotonic
from traceback import format_exception
from typing import Final

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pythonjsonlogger.core import RESERVED_ATTRS, merge_record_extra

# A client's id is used if it can stand in a header and in a log line.
REQUEST_ID: Final = re.compile(r'[\x21-\x7e]{1,128}')
current_request_id: Final[ContextVar[str | None]] = ContextVar('current_request_id', default=None)

# Drop a record that cannot be written. A report would go to the same stderr and show the arguments of the record.
logging.raiseExceptions = False
# Do not look up the caller, which no line shows and which costs 3 us per line.
logging._srcfile = None  # noqa: SLF001 - documented in Python's `logging` HOWTO, "Optimization"

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


def log_facts(logger: logging.Logger, level: int, message: str, facts: Mapping[str, object]) -> None:
    """Log a message and its fields, as `logger.log(level, message, extra=facts)` does.

    As JSON, it is written without a record, a filter and a formatter: they take a tenth of the CPU of an event.
    """
    if settings.LOG_FORMAT != 'json':
        logger.log(level, message, extra=facts)
    elif logger.isEnabledFor(level):
        request_id = current_request_id.get()
        line = {
            'level': logging.getLevelName(level),
            'logger': logger.name,
            'message': message,
            **facts,
            **({'request_id': request_id} if request_id else {}),
            'time': datetime.now(UTC),
        }
        # Drop a line that cannot be written, as logging does.
        with suppress(OSError, orjson.JSONEncodeError):
            os.write(sys.stderr.fileno(), orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE))


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


class TextFormatter(logging.Formatter):
    """Append the `extra` fields of a record to its message."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        extra = merge_record_extra(record, {}, RESERVED_ATTRS)
        return ' '.join([super().formatMessage(record), *(f'{key}={value}' for key, value in extra.items())])
