"""A process that answers requests: it loads the application, and ends with the main process of `serve.py`."""

import logging
import multiprocessing
import os
import signal
import sys
import tempfile
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from typing import Any, Final

from django.db.backends.signals import connection_created

logger: Final = logging.getLogger(__name__)


def load_application(report: Connection | None = None, *, cpu: int | None = None) -> Any:  # noqa: ANN401 - PEP 3333's callable
    """Return the application: the first thing that a worker does. At a reload, report first why it is not ready.

    A terminal sends Ctrl-C to the workers, too. They ignore it, because the main process terminates them, and a worker
    that gets both signals may hang.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    Thread(target=end_with_parent, daemon=True).start()
    unshared = share_metrics()
    try:
        from realmate_challenge.shared.observability.health import readiness  # noqa: PLC0415 - only workers need it
        from realmate_challenge.wsgi import application  # noqa: PLC0415 - the same

        problem = readiness.problem() if report else None
    except (Exception, SystemExit) as error:
        if not report:
            raise
        problem = f'{type(error).__name__}: {error}'
    if report:
        report.send(problem)
        if problem:
            sys.exit(1)
    if cpu is not None:
        # Each thread that calls the application opens a connection.
        connection_created.connect(partial(pin_thread, cpu), weak=False)
    if unshared:
        logger.warning('The metrics of this worker are missing from /metrics: %s', unshared)
    return application


def pin_thread(cpu: int, **_: object) -> None:
    """Run this thread on one CPU, with the other threads of the process that execute Python code.

    Only one of them runs at a time, because they share the interpreter lock. When the lock moves to another CPU, that
    CPU has to fetch all objects from the cache of the first one.
    """
    with suppress(OSError):  # forbidden, or the process may not use that CPU any more
        os.sched_setaffinity(0, {cpu})


def end_with_parent() -> None:
    """Stop this worker when the main process was killed: it would keep the port, and nobody would supervise it."""
    parent: Any = multiprocessing.parent_process()
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def share_metrics() -> OSError | None:
    """Use the directory for metrics only if there is room: a full disk would kill the process while it counts."""
    directory = Path(os.environ['REALMATE_METRICS_DIRECTORY'])
    try:
        directory.mkdir(exist_ok=True)
        directory.chmod(0o700)  # an error, if another user has made it
        with tempfile.TemporaryFile(dir=directory) as probe:
            probe.write(bytes(2**20))  # more than the metrics of a process take
    except OSError as error:
        return error
    os.environ['PROMETHEUS_MULTIPROC_DIR'] = str(directory)
    return None
