"""The production server: granian. Start it with `task serve` or `python -m realmate_challenge.serve`.

Environment: `HOST` (default: 127.0.0.1), `PORT` (8000), `WORKERS` (2; 1 on SQLite, which has one writer),
`BLOCKING_THREADS` (4 for each worker), `BACKLOG` (1024), `MANAGEMENT_PORT` (none).
"""

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Thread
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import MPServer
from marshmallow.validate import Range

from realmate_challenge.shared import environment
from realmate_challenge.shared.security.checks import log_warnings

HEADER_READ_TIMEOUT_MS: Final = 10_000
# For the request line and the headers. The server itself answers 431 or 414 to longer ones.
MAX_BUFFER_BYTES: Final = 64 * 2**10
# Then a worker is killed. The whole server ends within 5 seconds.
STOP_SECONDS: Final = 3
METRICS: Final = 'realmate-metrics-'


def server() -> MPServer:
    """Raises: ImproperlyConfigured."""
    sqlite = settings.DATABASES['default']['ENGINE'] == 'django.db.backends.sqlite3'
    env = environment.Environment()
    host = str(env.ip('HOST', '127.0.0.1'))
    port = env.int('PORT', 8000, validate=Range(1, 65_535))
    management_port = env.int('MANAGEMENT_PORT', None, validate=Range(1, 65_535))
    workers = env.int('WORKERS', 1 if sqlite else 2, validate=Range(1))
    blocking_threads = env.int('BLOCKING_THREADS', 4, validate=Range(1))
    backlog = env.int('BACKLOG', 1024, validate=Range(128))
    env.seal()
    for each in filter(None, (port, management_port)):
        try:
            # Granian would panic with a long report.
            with socket.create_server((host, each), family=socket.AF_INET6 if ':' in host else socket.AF_INET):
                pass
        except OSError as error:
            message = f'{error.strerror}. Set HOST, PORT or MANAGEMENT_PORT.'
            raise ImproperlyConfigured(message) from error
    granian = MPServer(
        'realmate_challenge.wsgi:application',
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
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
    )
    if management_port:
        run = Thread(target=keep_management_server, args=(host, management_port), daemon=True)
        granian.on_startup(run.start)
    return granian


def keep_management_server(host: str, port: int) -> None:
    """Run it in a process of its own, again if it fails."""
    while True:
        command = [sys.executable, '-m', 'realmate_challenge.management_server', host, str(port)]
        subprocess.run(command, check=False)  # noqa: S603 - of checked settings
        time.sleep(1)


def load_application() -> Any:  # noqa: ANN401 - PEP 3333's callable
    """Return the application: the first thing that a worker does.

    A terminal sends Ctrl-C to the workers, too. They ignore it, because the main process terminates them, and a worker
    that gets both signals may hang.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from realmate_challenge.wsgi import application  # noqa: PLC0415 - only workers need it

    return application


def make_metrics_directory() -> str:
    """Return a new directory, because counters begin at 0, and delete those of servers that were killed."""
    for directory in Path(tempfile.gettempdir()).glob(f'{METRICS}*-*'):
        if not Path('/proc', directory.name.split('-')[2]).exists():
            shutil.rmtree(directory, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f'{METRICS}{os.getpid()}-')


def main() -> None:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    # A forked worker would ignore signals until it has started.
    multiprocessing.set_start_method('spawn')
    # Set before the workers import the metrics.
    directory = os.environ['PROMETHEUS_MULTIPROC_DIR'] = make_metrics_directory()
    try:
        granian = server()
        log_warnings()
        # All workers need the same key, also a random one, to accept each other's sessions.
        os.environ['DJANGO_SECRET_KEY'] = settings.SECRET_KEY
        for page in ('webhook', 'docs', 'redoc', 'admin'):
            sys.stdout.write(f'http://{granian.bind_addr}:{granian.bind_port}/{page}/\n')
        sys.stdout.flush()
        granian.serve(target_loader=load_application, wrap_loader=False)
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == '__main__':
    main()
