from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import Error

from realmate_challenge.shared.errors import UnavailableError


@contextmanager
def one_clear_line(advice: str) -> Iterator[None]:
    """Replace the traceback of a database that fails. Raises: CommandError."""
    try:
        yield
    except (UnavailableError, Error) as error:
        # Messages of drivers have several lines.
        message = f'Stopped: {" ".join(str(error).split())} {advice}'
        raise CommandError(message) from error
