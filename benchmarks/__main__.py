"""`task bench`: measure the service, alone or with its peers."""

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks import databases, options, processes, report, wrk
from benchmarks.bench import Bench
from benchmarks.contenders import PROJECT, Contender, peers
from benchmarks.errors import BenchmarkError
from benchmarks.results import Results
from benchmarks.scenarios import Scenario


def main() -> None:
    # Stop servers and drop databases on SIGTERM too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit('Terminated.'))
    try:
        succeeded = _measure(options.parse(sys.argv[1:]))
    except BenchmarkError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit('Interrupted.')
    if not succeeded:
        sys.exit('\nEvents were refused, lost or doubled: see PROBLEM above.')


def _measure(chosen: argparse.Namespace) -> bool:
    """Return whether every run was without problems. Raises: BenchmarkError."""
    wrk.require()
    processes.require()
    contenders = [PROJECT, *(peers(chosen.peers) if chosen.peers else ())]
    with tempfile.TemporaryDirectory(prefix='bench-') as directory:
        bench = Bench(
            databases=databases.at(chosen.database_url, Path(directory)),
            directory=Path(directory),
            name=f'bench_{os.getpid()}',
            seconds=chosen.seconds,
            connections=chosen.connections,
            workers=chosen.workers,
        )
        load = f'{bench.connections} connections, {bench.workers} workers, {chosen.rounds} rounds of {bench.seconds} s'
        print('\n'.join(filter(None, [f'{bench.databases.label}, {load}', processes.load_warning()])), flush=True)
        try:
            results = _rounds(bench, chosen.rounds, chosen.scenarios, contenders)
        finally:
            bench.clear()
    print('\n'.join(report.lines(results)))
    return not any(result.problems for runs in results.values() for every in runs.values() for result in every)


def _rounds(bench: Bench, rounds: int, scenarios: Sequence[Scenario], contenders: Sequence[Contender]) -> Results:
    """Run contenders in turn, so that other load on the machine affects them alike."""
    results: Results = {scenario.name: {contender.name: [] for contender in contenders} for scenario in scenarios}
    turns = [(scenario, contender) for scenario in scenarios for contender in contenders]
    for number in range(1, rounds + 1):
        for scenario, contender in turns:
            result = bench.run(contender, scenario)
            results[scenario.name][contender.name].append(result)
            print(f'  round {number}  {scenario.name:17} {contender.name:9} {result}', flush=True)
            for problem in result.problems:
                print(f'    PROBLEM: {problem}', flush=True)
    return results


if __name__ == '__main__':
    main()
