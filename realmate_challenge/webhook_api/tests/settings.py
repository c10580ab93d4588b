"""The project's settings in a known environment: the developer's shell and `.env` do not change what is tested.

Only `DATABASE_URL` counts, for it says on which database the tests run; without it that is SQLite, in memory.
"""

import os
from typing import Final
from unittest import mock

from realmate_challenge.shared import environment

OURS: Final = ('DJANGO_', 'WEBHOOK_', 'API_', 'LOG_')
KNOWN: Final = {
    'DATABASE_URL': os.environ.get('DATABASE_URL') or 'sqlite://:memory:',
    'DJANGO_SECRET_KEY': 'only-for-tests',
    # Debug is off, as in production, but plain HTTP and open reading; tests of those turn them on.
    'DJANGO_HTTPS': 'false',
    'API_REQUIRE_AUTH': 'false',
}
_foreign = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}

with mock.patch.dict(os.environ, {**_foreign, **KNOWN}, clear=True), mock.patch.object(environment, 'load'):
    from realmate_challenge.settings import *  # noqa: F403 - all of them
    from realmate_challenge.settings import LOGGING, REST_FRAMEWORK

# pytest itself shows the log of a failed test.
LOGGING = {**LOGGING, 'handlers': {'stderr': {'class': 'logging.NullHandler'}}}  # type: ignore[misc]  # final elsewhere
REST_FRAMEWORK = {**REST_FRAMEWORK, 'TEST_REQUEST_DEFAULT_FORMAT': 'json'}  # type: ignore[misc]  # final elsewhere
