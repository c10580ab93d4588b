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
from functools import partial
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
# After a signal; then the workers are killed. The whole server ends within 5 seconds.
STOP_SECONDS: Final = 3


class Server(MPServer):
    """Granian's server, which ends soon after a signal, whatever it waits for: its workers, or a reload."""

    def signal_handler_interrupt(self, *_: object) -> None:
        if not self.interrupt_signal:
            signal.signal(signal.SIGALRM, _kill_workers)
            signal.alarm(STOP_SECONDS)
        self.interrupt_signal = True
        self.main_loop_interrupt.set()


def _kill_workers(*_: object) -> None:
    for worker in multiprocessing.active_children():
        worker.kill()
    os._exit(0)


def server() -> Server:
    """Raises: ImproperlyConfigured."""
    sqlite = settings.DATABASES['default']['ENGINE'] == 'django.db.backends.sqlite3'
    env = environment.Environment()
    host = str(env.ip('HOST', '127.0.0.1'))
    port = env.int('PORT', 8000, validate=Range(1, 65_535))
    management_port = env.int('MANAGEMENT_PORT', 0, validate=Range(0, 65_535))
    workers = env.int('WORKERS', 1 if sqlite else 2, validate=Range(1))
    blocking_threads = env.int('BLOCKING_THREADS', 4, validate=Range(1))
    backlog = env.int('BACKLOG', 1024, validate=Range(128))
    env.seal()
    listen = partial(socket.create_server, family=socket.AF_INET6 if ':' in host else socket.AF_INET)
    try:
        # Granian would panic with a long report. The port 0 is any free port.
        with listen((host, port)), listen((host, management_port)):
            pass
    except OSError as error:
        message = f'{error.strerror}. Set HOST, PORT or MANAGEMENT_PORT.'
        raise ImproperlyConfigured(message) from error
    granian = Server(
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
        log_access=False,
    )
    if management_port:
        run = Thread(target=keep_management_server, args=(granian, management_port), daemon=True)
        granian.on_startup(run.start)
    return granian


def keep_management_server(granian: Server, port: int) -> None:
    """Run it in a process of its own, and again whenever it ends: after a failure, or to load new code."""
    command = [sys.executable, '-m', 'realmate_challenge.management_server', granian.bind_addr, str(port)]
    while True:
        process = subprocess.Popen(command)  # noqa: S603 - of checked settings
        granian.hooks_reload[:] = [process.terminate]
        process.wait()
        time.sleep(1)


def load_application() -> Any:  # noqa: ANN401 - PEP 3333's callable
    """Return the application: the first thing that a worker does.

    A terminal sends Ctrl-C to the workers, too. They ignore it, because the main process terminates them, and a worker
    that gets both signals may hang.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from realmate_challenge.wsgi import application  # noqa: PLC0415 - only workers need it

    return application


def metrics_directory(address: str) -> Path:
    """Create the directory for the metrics of all processes. It is empty, because counters begin at 0.

    A server that was killed leaves its directory for the next one at the same address. Raises: OSError.
    """
    directory = Path(tempfile.gettempdir(), f'realmate-metrics-{address}')
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o700)
    return directory


def main() -> None:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    # A forked worker would ignore signals until it has started.
    multiprocessing.set_start_method('spawn')
    try:
        granian = server()
        address = f'{granian.bind_addr}:{granian.bind_port}'
        directory = metrics_directory(address)
    except (ImproperlyConfigured, OSError) as error:
        sys.exit(f'Configuration error: {error}')
    # The workers read it when they import the metrics.
    os.environ['PROMETHEUS_MULTIPROC_DIR'] = str(directory)
    log_warnings()
    # All workers need the same key, also a random one, to accept each other's sessions.
    os.environ['DJANGO_SECRET_KEY'] = settings.SECRET_KEY
    for page in ('webhook', 'docs', 'redoc', 'admin'):
        sys.stdout.write(f'http://{address}/{page}/\n')
    sys.stdout.flush()
    granian.serve(target_loader=load_application, wrap_loader=False)
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == '__main__':
    main()
