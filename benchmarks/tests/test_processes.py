"""Reading `/proc`."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import processes

STAT = '4242 (a) worker) S 1 4242 4242 0 -1 4194560 5000 0 0 0 150 25 7 8 20 0 9 0 1000 1 2 3'
STATUS = 'Name:\tpython\nVmHWM:\t   77824 kB\nVmRSS:\t   51200 kB\nThreads:\t9\n'

on_linux = pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='there is no /proc')


def test_cpu_time_is_counted_from_behind_the_name() -> None:
    assert processes.cpu_ticks(STAT) == 150 + 25


@pytest.mark.parametrize(('field', 'mib'), [('VmHWM', 76.0), ('VmRSS', 50.0), ('VmSwap', 0.0)])
def test_sizes_are_read_in_mebibytes(field: str, mib: float) -> None:
    assert processes.status_mib(STATUS, field) == mib


@on_linux
def test_a_child_counts_with_its_parent() -> None:
    """It takes 64 MiB and burns a fifth of a second of CPU, then waits."""
    before = processes.cpu_seconds(os.getpid())
    program = 'import time; b = b"x" * 2**26\nwhile time.process_time() < .2: pass\nprint(flush=True); input()'
    with subprocess.Popen([sys.executable, '-c', program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert processes.cpu_seconds(os.getpid()) - before > 0.15
        assert processes.largest_mib(child.pid, 'VmHWM') > 64
        child.communicate(b'\n')


@on_linux
def test_an_ended_process_costs_nothing_more() -> None:
    with subprocess.Popen([sys.executable, '-c', '']) as child:
        child.wait()
    time.sleep(0)

    assert processes.cpu_seconds(child.pid) == 0
    assert processes.largest_mib(child.pid, 'VmRSS') == 0
