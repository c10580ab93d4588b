"""The production server: granian, tuned for this work. `task serve`, or `python -m realmate_challenge.serve`.

Environment: `HOST` (127.0.0.1), `PORT` (8000), `WORKERS` (2; 1 on SQLite, which has one writer), `BLOCKING_THREADS`
(per worker), `BACKLOG`.
"""

import logging
import os
import socket
import sys
import tempfile
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environs import validate
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer

from realmate_challenge.shared import environment

logger: Final = logging.getLogger(__name__)

TARGET: Final = 'realmate_challenge.wsgi:application'
HEADER_READ_TIMEOUT_MS: Final = 10_000
# For each connection, and so for its request line and headers: more is answered 431 or 414 by the server itself.
MAX_BUFFER_BYTES: Final = 64 * 2**10


def server() -> MPServer:
    """Raises: ImproperlyConfigured."""
    sqlite = settings.DATABASES['default']['ENGINE'] == 'django.db.backends.sqlite3'
    env = environment.Environment()
    host = str(env.ip('HOST', '127.0.0.1'))
    port = env.int('PORT', 8000, validate=validate.Range(1, 65_535))
    workers = env.int('WORKERS', 1 if sqlite else 2, validate=validate.Range(1))
    blocking_threads = env.int('BLOCKING_THREADS', 4, validate=validate.Range(1))
    backlog = env.int('BACKLOG', 1024, validate=validate.Range(128))
    env.seal()
    _check_free(host, port)
    if not (settings.HTTPS or ip_address(host).is_loopback):
        logger.warning('Passwords and messages travel unencrypted: HOST is %s, and DJANGO_HTTPS is off.', host)
    return MPServer(
        TARGET,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        # Granian applies its limits on headers to HTTP/1 only.
        http=HTTPModes.http1,
        websockets=False,
        workers=workers,
        # As many as the database keeps waiting; more get into each other's way. On two cores, PostgreSQL beside it, 8
        # took in a tenth less than 4 and served a fifth fewer pages; 1 left the processor idle a seventh of the time.
        blocking_threads=blocking_threads,
        backlog=backlog,
        # Granian counts connections, idle ones too: fewer than the backlog, and idle clients would lock others out.
        backpressure=backlog,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_TIMEOUT_MS, max_buffer_size=MAX_BUFFER_BYTES),
        respawn_failed_workers=True,
        log_access=False,
    )


def _check_free(host: str, port: int) -> None:
    """Before granian does, which would panic at length."""
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As granian's own: connections of a server that has just ended are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            message = f'cannot listen on {host}, port {port}: {error.strerror}. Set HOST or PORT.'
            raise ImproperlyConfigured(message) from error


def main() -> None:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    with tempfile.TemporaryDirectory(prefix='realmate-metrics-') as directory:
        # Set before the workers import the metrics; a new one each time, for counters begin at 0.
        os.environ['PROMETHEUS_MULTIPROC_DIR'] = directory
        try:
            granian = server()
        except ImproperlyConfigured as error:
            sys.exit(f'Configuration error: {error}')
        # A random key (in debug) must be the same in all workers, or they refuse each other's sessions.
        os.environ['DJANGO_SECRET_KEY'] = settings.SECRET_KEY
        _serve(granian)


def _serve(granian: MPServer) -> None:
    base = f'http://{granian.bind_addr}:{granian.bind_port}'
    for name, path in (('Webhook', 'webhook'), ('Docs', 'docs'), ('ReDoc', 'redoc'), ('Admin', 'admin')):
        sys.stdout.write(f'{name + ":":<9}{base}/{path}/\n')
    sys.stdout.flush()
    granian.serve()


if __name__ == '__main__':
    main()
