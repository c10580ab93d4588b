"""What a command says when the database goes away."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError

from realmate_challenge.shared.errors import UnavailableError


@contextmanager
def one_clear_line(advice: str) -> Iterator[None]:
    """Raises: CommandError, instead of a traceback."""
    try:
        yield
    except (UnavailableError, OperationalError, InterfaceError) as error:
        # Drivers explain themselves in several lines.
        message = f'Stopped: {" ".join(str(error).split())} {advice}'
        raise CommandError(message) from error
