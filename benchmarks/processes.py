"""CPU time and memory of processes, from Linux's `/proc`."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError

PROC: Final = Path('/proc')
KIB_PER_MIB: Final = 1024


def require() -> None:
    if not (PROC / 'self' / 'stat').exists():
        message = 'The benchmarks read CPU time and memory from /proc: they need Linux.'
        raise BenchmarkError(message)


def load_warning() -> str | None:
    """Return a warning if other programs keep the machine busy."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load < cores / 2:
        return None
    return f'Other programs use this machine (load {load:.1f} on {cores} cores): only the CPU times are reliable.'


def cpu_ticks(stat: str) -> int:
    """Return user and system time of a `/proc/PID/stat`, which are counted after the name, which may contain spaces."""
    fields = stat.rpartition(')')[2].split()
    return int(fields[11]) + int(fields[12])


def status_mib(status: str, field: str) -> float:
    """Return a size in a `/proc/PID/status`, such as `VmRSS` or `VmHWM`; 0 if there is none (a zombie)."""
    for line in status.splitlines():
        name, _, value = line.partition(':')
        if name == field:
            return int(value.split()[0]) / KIB_PER_MIB
    return 0.0


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in (PROC / str(pid) / 'task').glob('*/children'):
        for child in _read(task).split():
            yield from _tree(int(child))


def _read(file: Path) -> str:
    """Return nothing if the process has ended."""
    try:
        return file.read_text(errors='replace')
    except OSError:
        return ''


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its live descendants."""
    stats = [_read(PROC / str(process) / 'stat') for process in _tree(pid)]
    return sum(cpu_ticks(stat) for stat in stats if stat) / os.sysconf('SC_CLK_TCK')


def largest_mib(pid: int, field: str) -> float:
    """Return the size of the largest process of a tree; for a server that is a worker."""
    return max(status_mib(_read(PROC / str(process) / 'status'), field) for process in _tree(pid))
