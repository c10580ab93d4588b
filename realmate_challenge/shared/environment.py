"""Read settings from the environment and from `.env`. One line names every wrong value and shows none of them."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from dotenv.parser import parse_stream
from environs import Env, EnvValidationError, ValidationError
from marshmallow import Schema, fields
from psycopg.pq import Conninfo

SECRETS: Final = ('DJANGO_SECRET_KEY', 'WEBHOOK_SECRETS', 'DATABASE_URL', 'POSTGRES_PASSWORD')
# Eight groups of four characters are 24 bytes. Padding may be missing or surplus, as for the standardwebhooks library.
STANDARD_SECRET: Final = re.compile(r'whsec_([A-Za-z0-9+/]{4}){8,}([A-Za-z0-9+/]{2,3})?={0,2}')
MIN_SECRET_BYTES: Final = 24
DATABASE_URL_FORM: Final = 'Must be postgres://USER:PASSWORD@HOST:PORT/NAME (%40 for @) or sqlite:///FILE.'


def load(directory: Path) -> None:
    """Copy the variables of a directory's `.env` file, if there is one, into the environment, which takes precedence.

    Raises: ImproperlyConfigured, if the file cannot be read or a line is not an assignment.
    """
    file = directory / '.env'
    # A link to a missing file counts as a file: the service must not start without the secrets in it.
    if not os.path.lexists(file):
        return
    try:
        lines = file.read_text('utf-8-sig').split('\n')
    except (OSError, UnicodeDecodeError) as error:
        message = f'.env cannot be read: {getattr(error, "strerror", "it is not UTF-8")}.'
        raise ImproperlyConfigured(message) from None
    assignments = {}
    for number, line in enumerate(lines, 1):
        # One line at a time: a missing quotation mark must not make the lines below part of the value.
        for name, value, _, is_wrong in parse_stream(StringIO(line)):
            if name is None and not is_wrong:
                continue  # an empty line or a comment
            if not name or value is None or '\0' in value or not (name.isascii() and name.isidentifier()):
                message = f'.env, line {number}: not an assignment NAME=value.'
                raise ImproperlyConfigured(message)
            assignments[name] = value
    for name, value in assignments.items():
        os.environ.setdefault(name, value)


def forget_secrets() -> None:
    """Remove secrets that the settings have read: granian and error reporters copy the whole environment."""
    for name in SECRETS:
        os.environ.pop(name, None)


class Environment(Env):
    """environs' reader with parsers of our own. An empty value counts as not set."""

    def __init__(self) -> None:
        super().__init__(eager=False)
        self.add_parser('secrets', _secrets)
        self.add_parser('database', parse_database_url)
        self.add_parser_from_field('ip', fields.IP)

    def _get_value(self, env_key: str, default: Any) -> Any:  # noqa: ANN401 - the type of the default
        return os.environ.get(env_key, '').strip() or default

    def unknown_variables(self, pattern: str) -> list[str]:
        """Return a line for each variable whose name matches a pattern and was not read so far."""
        names = sorted(name for name in os.environ.keys() - self._fields.keys() if re.fullmatch(pattern, name))
        similar = {name: ', '.join(get_close_matches(name, self._fields)) for name in names}
        return [f'{name} is not a setting. Similar settings: {similar[name] or "none"}.' for name in names]

    def seal(self) -> None:
        """Raises: ImproperlyConfigured, with one line about all wrong values."""
        message = ' '.join(f'{name}: {" ".join(texts)}' for name, texts in self._errors.items())
        try:
            super().seal()
        except EnvValidationError:
            raise ImproperlyConfigured(message) from None


def _secrets(value: str, *, scheme: str) -> list[str]:
    secrets = [secret.strip() for secret in value.split(',') if secret.strip()]
    if (value and not secrets) or not all(_is_strong(secret, scheme) for secret in secrets):
        form = 'whsec_<base64> of at least' if scheme == 'standard' else 'at least'
        message = f'Each secret must be {form} {MIN_SECRET_BYTES} bytes; commas separate several secrets.'
        raise ValidationError(message)
    return secrets


def _is_strong(secret: str, scheme: str) -> bool:
    if scheme == 'standard':
        return STANDARD_SECRET.fullmatch(secret) is not None
    # Bytes that are not UTF-8 are not printable.
    return secret.isprintable() and len(secret.encode()) >= MIN_SECRET_BYTES


def parse_database_url(url: str, *, options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the settings of a persistent connection. The query overrides `options` of the engine, with their types.

    `options` of PostgreSQL in the query are added to ours. The later one of two values counts. Raises: ValidationError.
    """
    config: dict[str, Any] = {}
    with suppress(ValueError):
        config = {**dj_database_url.parse(url, conn_max_age=None)}
    if config.get('ENGINE') not in options or not config['NAME']:
        raise ValidationError(DATABASE_URL_FORM)
    if ',' in config.get('HOST', ''):
        message = 'Several hosts must be in the query: postgres://USER:PASSWORD@/NAME?host=A,B&port=5432,5433.'
        raise ValidationError(message)
    defaults, given = options[config['ENGINE']], dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    drivers = {each.keyword.decode() for each in Conninfo.get_defaults()} if 'options' in defaults else set()
    if unknown := sorted(given.keys() - defaults.keys() - drivers):
        message = f'Unknown option: {", ".join(unknown)}.'
        raise ValidationError(message)
    if given.get('options'):
        given['options'] = f'{defaults["options"]} {given["options"]}'
    # An empty value is None: `?prepare_threshold=` turns prepared statements off.
    typed = {
        key: Schema.TYPE_MAPPING[type(defaults.get(key, ''))]().deserialize(value) if value else None
        for key, value in given.items()
    }
    config['OPTIONS'] = {**defaults, **typed}
    return config
