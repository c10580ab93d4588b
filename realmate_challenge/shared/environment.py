"""Reading settings from the environment: typed, with one clear line for a wrong value."""

import os
import re
import sys
from base64 import b64decode
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import environ  # type: ignore[import-untyped]  # the package ships no types
from django.core.exceptions import ImproperlyConfigured

SECRET_PREFIX: Final = 'whsec_'  # noqa: S105 - what every secret begins with, not a secret
BASE64: Final = re.compile(r'[A-Za-z0-9+/]+={0,2}')
TRUE: Final = frozenset({'1', 'true', 'yes', 'on'})
FALSE: Final = frozenset({'0', 'false', 'no', 'off'})
MAX_DIGITS: Final = 20
ENGINES: Final = {'django.db.backends.postgresql', 'django.db.backends.sqlite3'}


def text(name: str, default: str = '') -> str:
    """An empty value counts as none, as `NAME=` in a `.env` file means it."""
    return os.environ.get(name, '').strip() or default


def flag(name: str, *, default: bool) -> bool:
    value = text(name).lower()
    if value and value not in TRUE | FALSE:
        message = f'{name} must be true or false, not {value!r}.'
        raise ImproperlyConfigured(message)
    return value in TRUE if value else default


def number(name: str, *, default: int, minimum: int, maximum: int = sys.maxsize) -> int:
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and len(value) < MAX_DIGITS and minimum <= int(value) <= maximum):
        limit = '' if maximum == sys.maxsize else f' to {maximum}'
        message = f'{name} must be a whole number from {minimum}{limit}, not {value!r}.'
        raise ImproperlyConfigured(message)
    return int(value)


def address(name: str, default: str) -> str:
    value = text(name, default)
    try:
        return str(ip_address(value))
    except ValueError as error:
        message = f'{name} must be an IP address, such as 127.0.0.1 or 0.0.0.0, not {value!r}.'
        raise ImproperlyConfigured(message) from error


def names(name: str, default: str = '') -> list[str]:
    """A comma-separated list."""
    return [item.strip() for item in text(name, default).split(',') if item.strip()]


def choice(name: str, choices: Collection[str], default: str) -> str:
    value = text(name, default)
    if value not in choices:
        message = f'{name} must be one of {", ".join(sorted(choices))}, not {value!r}.'
        raise ImproperlyConfigured(message)
    return value


def secrets(name: str, scheme: str) -> list[str]:
    """Webhook secrets, separated by commas. Standard Webhooks writes them `whsec_<base64>`."""
    found = names(name)
    if scheme == 'standard' and not all(map(_is_standard_secret, found)):
        # The values are not shown.
        message = f'{name} must look like whsec_<base64>, several separated by commas.'
        raise ImproperlyConfigured(message)
    return found


def _is_standard_secret(secret: str) -> bool:
    key = secret.removeprefix(SECRET_PREFIX)
    if key == secret or BASE64.fullmatch(key) is None:
        return False
    try:
        # Padding may be missing; surplus padding does no harm.
        return bool(b64decode(f'{key}=='))
    except ValueError:
        return False


def database(name: str, default: str) -> dict[str, Any]:
    """Django's settings for a `postgres://` or `sqlite:///` address; `?key=value` ends up in its options."""
    url = text(name, default)
    try:
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except Exception as error:
        raise ImproperlyConfigured(_wrong_database(name)) from error
    if config.get('ENGINE') not in ENGINES or not config.get('NAME'):
        raise ImproperlyConfigured(_wrong_database(name))
    # The reader drops options without a value, which here mean "none" (`?prepare_threshold=`).
    blank = {key: '' for key, value in parse_qsl(urlsplit(url).query, keep_blank_values=True) if not value}
    config['OPTIONS'] = {**blank, **config.get('OPTIONS', {})}
    return config


def _wrong_database(name: str) -> str:
    # The value is not shown: it holds a password.
    return f'{name} must look like postgres://USER:PASSWORD@HOST:PORT/NAME or sqlite:///FILE.'


def with_defaults(given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Options `given` in an address, as text, over `defaults`, whose types they take."""
    return {**defaults, **{key: _typed(key, value, defaults.get(key)) for key, value in given.items()}}


def _typed(key: str, value: Any, default: object) -> Any:  # noqa: ANN401 - options are of any type
    if value in {'', None}:
        return None
    if isinstance(default, bool):
        return str(value).lower() in TRUE
    if not isinstance(default, (int, float)):
        return value
    try:
        return type(default)(value)
    except ValueError as error:
        message = f'The option {key} of the database must be a number, not {value!r}.'
        raise ImproperlyConfigured(message) from error


def load(directory: Path) -> None:
    """Read the `.env` file of a directory, if there is one; what the environment already has wins."""
    file = directory / '.env'
    if file.is_file():
        environ.Env.read_env(file)
