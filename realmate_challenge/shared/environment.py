"""Read settings from the environment and from `.env`. One line names every wrong value and shows none of them."""

import os
import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Final, final
from urllib.parse import parse_qsl, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from dotenv.parser import Binding, parse_stream
from environs import Env, EnvValidationError, ValidationError
from marshmallow import Schema, fields

SECRETS: Final = ('DJANGO_SECRET_KEY', 'WEBHOOK_SECRETS', 'DATABASE_URL', 'POSTGRES_PASSWORD')
# Eight groups of four characters are 24 bytes. Padding may be missing or surplus, as for the standardwebhooks library.
STANDARD_SECRET: Final = re.compile(r'whsec_([A-Za-z0-9+/]{4}){8,}([A-Za-z0-9+/]{2,3})?={0,2}')
MIN_SECRET_BYTES: Final = 24
DATABASE_URL_FORM: Final = (
    'Must look like postgres://USER:PASSWORD@HOST:PORT/NAME (special characters as %40 and so on) or sqlite:///FILE.'
)


def load(directory: Path) -> None:
    """Copy the variables of a directory's `.env` file, if there is one, into the environment, which takes precedence.

    Raises: ImproperlyConfigured, if the file cannot be read or a line is not an assignment.
    """
    file = directory / '.env'
    # A link to a file that is missing exists, too: it must not start a service without its secrets.
    if not os.path.lexists(file):
        return
    try:
        text = file.read_text('utf-8')
    except (OSError, UnicodeDecodeError) as error:
        message = f'.env cannot be read: {getattr(error, "strerror", "it is not UTF-8")}.'
        raise ImproperlyConfigured(message) from None
    bindings = [binding for binding in parse_stream(StringIO(text)) if binding.error or binding.key is not None]
    # The last assignment of a name counts, as in a shell.
    for name, value in dict(map(_assignment, bindings)).items():
        os.environ.setdefault(name, value)


def _assignment(binding: Binding) -> tuple[str, str]:
    key, value, line = binding.key or '', binding.value, binding.original.string
    # A missing quotation mark must not hide the lines that follow, so a value ends on its line.
    if value is None or not (key.isascii() and key.isidentifier()) or '\n' in line.strip() or '\0' in value:
        number = binding.original.line + line[: len(line) - len(line.lstrip())].count('\n')
        message = f'.env, line {number}: not an assignment NAME=value.'
        raise ImproperlyConfigured(message)
    return key, value


def forget_secrets() -> None:
    """Remove secrets that the settings hold by now: granian and error reporters copy the whole environment."""
    for name in SECRETS:
        os.environ.pop(name, None)


@final
class Environment(Env):
    """environs' reader. An empty value counts as none. `seal` reports all wrong values at once."""

    def __init__(self) -> None:
        super().__init__(eager=False)
        self.add_parser('names', _names)
        self.add_parser('secrets', _secrets)
        self.add_parser('database', _database)
        self.add_parser_from_field('ip', fields.IP)

    def _get_value(self, env_key: str, default: Any) -> Any:  # noqa: ANN401 - the type of the default
        return os.environ.get(env_key, '').strip() or default

    def seal(self) -> None:
        """Raises: ImproperlyConfigured."""
        message = ' '.join(f'{name}: {" ".join(messages)}' for name, messages in self._errors.items())
        try:
            super().seal()
        except EnvValidationError:
            raise ImproperlyConfigured(message) from None


def _names(value: str) -> list[str]:
    """The items of a comma-separated list."""
    return [item.strip() for item in value.split(',') if item.strip()]


def _secrets(value: str, *, scheme: str) -> list[str]:
    found = _names(value)
    if value and not found:
        message = 'Contains no secret.'
        raise ValidationError(message)
    if not all(_is_strong(secret, scheme) for secret in found):
        form = 'whsec_<base64> of at least' if scheme == 'standard' else 'at least'
        message = f'Each secret must be {form} {MIN_SECRET_BYTES} bytes; commas separate several secrets.'
        raise ValidationError(message)
    return found


def _is_strong(secret: str, scheme: str) -> bool:
    if scheme == 'standard':
        return STANDARD_SECRET.fullmatch(secret) is not None
    # What is not UTF-8 is not printable.
    return secret.isprintable() and len(secret.encode()) >= MIN_SECRET_BYTES


def _database(url: str, *, options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Django's settings for a URL, whose query overrides the `options` of its engine and takes their types."""
    try:
        config: dict[str, Any] = {**dj_database_url.parse(url)}
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        raise ValidationError(DATABASE_URL_FORM) from None
    if config['ENGINE'] not in options or not config['NAME']:
        raise ValidationError(DATABASE_URL_FORM)
    defaults = options[config['ENGINE']]
    # An empty value means None: `?prepare_threshold=` turns prepared statements off.
    typed = {
        key: Schema.TYPE_MAPPING[type(defaults[key])]().deserialize(value) if value else None
        for key, value in query
        if key in defaults or not value
    }
    config['OPTIONS'] = {**defaults, **config.get('OPTIONS', {}), **typed}
    return config
