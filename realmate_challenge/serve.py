"""The production server: granian. Start it with `task serve` or `python -m realmate_challenge.serve`.

Environment: `HOST` (default: 127.0.0.1), `PORT` (8000), `WORKERS` (2; 1 on SQLite, which has one writer),
`BLOCKING_THREADS` (4 for each worker), `BACKLOG` (1024).
"""

import os
import socket
import sys
import tempfile
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer
from marshmallow.validate import Range

from realmate_challenge.shared import environment
from realmate_challenge.shared.security.checks import log_warnings

TARGET: Final = 'realmate_challenge.wsgi:application'
HEADER_READ_TIMEOUT_MS: Final = 10_000
# For the request line and the headers. The server itself answers 431 or 414 to longer ones.
MAX_BUFFER_BYTES: Final = 64 * 2**10


def server() -> MPServer:
    """Raises: ImproperlyConfigured."""
    sqlite = settings.DATABASES['default']['ENGINE'] == 'django.db.backends.sqlite3'
    env = environment.Environment()
    host = str(env.ip('HOST', '127.0.0.1'))
    port = env.int('PORT', 8000, validate=Range(1, 65_535))
    workers = env.int('WORKERS', 1 if sqlite else 2, validate=Range(1))
    blocking_threads = env.int('BLOCKING_THREADS', 4, validate=Range(1))
    backlog = env.int('BACKLOG', 1024, validate=Range(128))
    env.seal()
    try:
        # Granian would panic with a long report.
        with socket.create_server((host, port), family=socket.AF_INET6 if ':' in host else socket.AF_INET):
            pass
    except OSError as error:
        message = f'{error.strerror}. Set HOST or PORT.'
        raise ImproperlyConfigured(message) from error
    return MPServer(
        TARGET,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        # Granian limits headers in HTTP/1 only.
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        # Measured on two cores with PostgreSQL: 8 threads accept a tenth fewer events than 4, and 1 leaves a core idle.
        blocking_threads=blocking_threads,
        backlog=backlog,
        # Granian counts idle connections, too: with less than the backlog, idle clients would lock others out.
        backpressure=backlog,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_TIMEOUT_MS, max_buffer_size=MAX_BUFFER_BYTES),
        respawn_failed_workers=True,
        log_access=False,
    )


def main() -> None:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    with tempfile.TemporaryDirectory(prefix='realmate-metrics-') as directory:
        # Set before the workers import the metrics. A new directory for each start, because counters begin at 0.
        os.environ['PROMETHEUS_MULTIPROC_DIR'] = directory
        try:
            granian = server()
        except ImproperlyConfigured as error:
            sys.exit(f'Configuration error: {error}')
        log_warnings()
        # All workers need the same key, also a random one, to accept each other's sessions.
        os.environ['DJANGO_SECRET_KEY'] = settings.SECRET_KEY
        for page in ('webhook', 'docs', 'redoc', 'admin'):
            sys.stdout.write(f'http://{granian.bind_addr}:{granian.bind_port}/{page}/\n')
        sys.stdout.flush()
        granian.serve()


if __name__ == '__main__':
    main()
