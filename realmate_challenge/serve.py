"""The production server: granian. Start it with `task serve` or `python -m realmate_challenge.serve`.

The main process only supervises the workers. They read the code and the settings when they start, also at a reload.

Environment: `HOST` (default: 127.0.0.1), `PORT` (8000), `WORKERS` (2; 1 on SQLite, which has one writer),
`BLOCKING_THREADS` for each worker (8; 16 on SQLite), `PIN_THREADS` (true with at most two CPUs for each worker),
`BACKLOG` (1024), `MANAGEMENT_PORT` (none).
"""

import signal

if __name__ == '__main__':
    # Ctrl-C during the imports ends the process. Python would raise an exception, but each import calls callbacks, and
    # Python drops an exception of a callback: the server would continue.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import copyreg
import logging
import logging.config
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.reduction import DupFd
from pathlib import Path
from threading import Thread
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder  # type: ignore[attr-defined]  # imported there
from granian.server import MPServer
from marshmallow.validate import Range

from realmate_challenge.shared import environment
from realmate_challenge.shared.security.checks import log_warnings
from realmate_challenge.worker import load_application

# Granian's annotation of the class lacks the arguments.
Holder: Final[Any] = SocketHolder
# By this name also when the module is the program.
logger: Final = logging.getLogger('realmate_challenge.serve')

HEADER_READ_TIMEOUT_MS: Final = 10_000
# For the request line and the headers. The server itself answers 431 or 414 to longer ones.
MAX_BUFFER_BYTES: Final = 64 * 2**10
# After a signal; then the workers are killed. The whole server ends within 5 seconds.
STOP_SECONDS: Final = 3
# Until a new worker is ready to replace an old one.
START_SECONDS: Final = 60
STOP_ACCEPTING: Final = signal.SIGUSR1


class Server(MPServer):
    """Granian's server with sockets that outlive workers, a safe reload, and an end soon after a signal."""

    # One for each worker and its successors. The kernel distributes connections over them; if the workers shared one,
    # the first that wakes up would accept most of them.
    listeners: list[socket.socket]
    # To pin threads to; empty if threads are not pinned.
    cpus: list[int]

    def _init_shared_socket(self) -> None:
        # Granian opens the sockets in the workers. When a worker stops, its waiting connections would be lost.
        self._ssp = self._sso = None

    def _spawn_worker(self, idx: int, target: Any, callback_loader: Callable[..., Any], *args: Any) -> Any:  # noqa: ANN401 - granian's signature
        self._shd = Holder(self.listeners[idx].fileno(), False, self.backlog)  # noqa: FBT003 - positional only
        if self.cpus:
            # Servers on neighbouring ports begin with different CPUs.
            cpu = self.cpus[(self.bind_port + idx) % len(self.cpus)]
            callback_loader = partial(callback_loader, cpu=cpu)
        return super()._spawn_worker(idx, target, callback_loader, *args)

    def _reload(self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]) -> None:
        """Stop each worker after a new one is ready. If a new one fails, the old ones stay."""
        self.reload_signal = False
        self.main_loop_interrupt.clear()
        workers: list[Any] = self.wrks
        for number, old in enumerate(workers):
            receiver, sender = multiprocessing.Pipe(duplex=False)
            new: Any = self._spawn_worker(number, spawn_target, partial(target_loader, sender))
            new.interrupt_by_parent = True  # a failure is reported here
            new.start()
            sender.close()
            if problem := _wait_for_report(receiver):
                logger.error('The reload failed, and the old workers continue. %s', problem)
                new.kill()
                return
            new.interrupt_by_parent = False
            workers[number] = new
            # Connections that the old worker has accepted send their requests now; without the pause, it closes them.
            with suppress(ProcessLookupError):
                os.kill(old.inner.pid, STOP_ACCEPTING)
            time.sleep(1)
            old.terminate()
            old.join()
        self._call_hooks(self.hooks_reload)  # type: ignore[no-untyped-call]  # untyped

    def signal_handler_interrupt(self, *_: object) -> None:
        if not self.interrupt_signal:
            signal.signal(signal.SIGALRM, _kill_workers)
            signal.alarm(STOP_SECONDS)
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]  # untyped


def _wait_for_report(receiver: Connection) -> str | None:
    """Return why the new worker is not ready, or None."""
    try:
        return receiver.recv() if receiver.poll(START_SECONDS) else f'No answer in {START_SECONDS} seconds.'
    except EOFError:
        return 'The new worker ended.'


def _kill_workers(*_: object) -> None:
    """Let the main process end as usual, without workers that hang. If it hangs itself, end it a second later."""
    signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
    signal.alarm(1)
    for worker in multiprocessing.active_children():
        worker.kill()


def _inherited_holder(fd: Any, backlog: int) -> Any:  # noqa: ANN401 - the standard library's `DupFd`
    """Return the socket in a worker. At `STOP_ACCEPTING`, another one to which nobody connects replaces it."""
    number, unused = fd.detach(), socket.socket(socket.AF_UNIX)
    unused.setblocking(False)  # noqa: FBT003 - positional only
    unused.bind('')
    unused.listen()
    signal.signal(STOP_ACCEPTING, lambda *_: os.dup2(unused.fileno(), number))
    return Holder(number, False, backlog)  # noqa: FBT003 - positional only


# A worker is a new process. It inherits the socket if it gets the number in this way.
copyreg.pickle(Holder, lambda holder: (_inherited_holder, (DupFd(holder.get_fd()), holder.__getstate__()[2])))


def server() -> Server:
    """Raises: ImproperlyConfigured, also if an address is not free."""
    sqlite = settings.DATABASES['default']['ENGINE'] == 'django.db.backends.sqlite3'
    env = environment.Environment()
    host = str(env.ip('HOST', '127.0.0.1'))
    port = env.int('PORT', 8000, validate=Range(1, 65_535))
    management_port = env.int('MANAGEMENT_PORT', 0, validate=Range(0, 65_535))
    workers = env.int('WORKERS', 1 if sqlite else 2, validate=Range(1))
    blocking_threads = env.int('BLOCKING_THREADS', 16 if sqlite else 8, validate=Range(1))
    pin_threads = env.bool('PIN_THREADS', None)
    backlog = env.int('BACKLOG', 1024, validate=Range(128))
    env.seal()
    cpus = sorted(os.sched_getaffinity(0)) if sys.platform == 'linux' else []
    if pin_threads is None:
        # With more CPUs, others are likely to share them: a pinned thread could wait for its CPU beside idle ones.
        pin_threads = len(cpus) <= 2 * workers
    listen = partial(socket.create_server, family=socket.AF_INET6 if ':' in host else socket.AF_INET, backlog=backlog)
    try:
        # Without `reuse_port`: fail if another server has the port. The port 0 is any free port.
        with listen((host, management_port)), listen((host, port)):
            pass
        listeners = [listen((host, port), reuse_port=True) for _ in range(workers)]
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
        # Measured on two cores: 8 threads, whose messages are written in larger groups, accept a sixth more events than
        # 4, and read a twentieth fewer pages. On SQLite, with one worker, 16 accept a tenth more events than 8.
        blocking_threads=blocking_threads,
        backlog=backlog,
        # Granian counts idle connections, too: with less than the backlog, idle clients would lock others out.
        backpressure=backlog,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_TIMEOUT_MS, max_buffer_size=MAX_BUFFER_BYTES),
        respawn_failed_workers=True,
        log_access=False,
        log_dictconfig={'formatters': {}, 'handlers': {}, 'loggers': {}},  # the handlers of the settings
    )
    granian.listeners = listeners
    granian.cpus = cpus if pin_threads else []
    if management_port:
        granian.on_startup(Thread(target=keep_management_server, args=(granian, management_port), daemon=True).start)
    return granian


def keep_management_server(granian: Server, port: int) -> None:
    """Run it in a process of its own, and again whenever it ends: after a failure, or to load new code."""
    command = [sys.executable, '-m', 'realmate_challenge.management_server', granian.bind_addr, str(port)]
    while True:
        process = subprocess.Popen(command)  # noqa: S603 - of checked settings
        granian.hooks_reload[:] = [process.terminate]
        process.wait()
        time.sleep(1)


def main() -> None:
    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'realmate_challenge.settings')
    original = dict(os.environ)
    # A forked worker would have the old code, and ignore signals until it has started.
    multiprocessing.set_start_method('spawn')
    try:
        granian = server()
    except ImproperlyConfigured as error:
        sys.exit(f'Configuration error: {error}')
    logging.config.dictConfig(settings.LOGGING)
    if not os.environ.get('DJANGO_SECRET_KEY', '').strip():
        # All workers need the same random key, to accept each other's sessions.
        original['DJANGO_SECRET_KEY'] = settings.SECRET_KEY
    # Without what was read from `.env`: a reload reads it again.
    os.environ.clear()
    os.environ.update(original)
    address = f'{granian.bind_addr}:{granian.bind_port}'
    # Each address has its directory: a new start deletes what a killed server has left there. Counters begin at 0.
    metrics = Path(os.environ.get('RUNTIME_DIRECTORY', tempfile.gettempdir()), f'realmate-metrics-{address}')
    shutil.rmtree(metrics, ignore_errors=True)
    os.environ['REALMATE_METRICS_DIRECTORY'] = str(metrics)
    os.environ.pop('PROMETHEUS_MULTIPROC_DIR', None)
    log_warnings()
    for page in ('webhook', 'docs', 'redoc', 'admin'):
        logger.info('http://%s/%s/', address, page)
    # `MPServer.serve` only adds a warning about many threads, which are right for threads that wait for the database.
    super(MPServer, granian).serve(target_loader=load_application, wrap_loader=False)
    if connection.vendor == 'sqlite':
        # The last connection that is closed moves the write-ahead log into the database file.
        connection.ensure_connection()
        connection.close()
    shutil.rmtree(metrics, ignore_errors=True)


if __name__ == '__main__':
    main()
