"""CPU time and memory are read from `/proc`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import processes

STAT = '4242 (a) worker) S 1 4242 4242 0 -1 4194560 5000 0 0 0 150 25 7 8 20 0 9 0 1000 1 2 3'
STATUS = 'Name:\tpython\nVmHWM:\t   77824 kB\nVmRSS:\t   51200 kB\nThreads:\t9\n'
# Takes 64 MiB and a fifth of a second of CPU time, then waits.
PROGRAM = 'import time; b = b"x" * 2**26\nwhile time.process_time() < .2: pass\nprint(flush=True); input()'


def test_times_and_sizes_are_parsed() -> None:
    assert processes.cpu_ticks(STAT) == 150 + 25
    assert [processes.status_mib(STATUS, field) for field in ('VmHWM', 'VmRSS', 'VmSwap')] == [76.0, 50.0, 0.0]


@pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='there is no /proc')
def test_a_child_counts_with_its_parent_while_it_runs() -> None:
    before = processes.cpu_seconds(os.getpid())
    with subprocess.Popen([sys.executable, '-c', PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert processes.cpu_seconds(os.getpid()) - before > 0.15
        assert processes.largest_mib(child.pid, 'VmHWM') > 64
        child.communicate(b'\n')
    assert processes.cpu_seconds(child.pid) == 0
    assert processes.largest_mib(child.pid, 'VmRSS') == 0
