"""The command line."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.scenarios import SCENARIOS

DESCRIPTION: Final = """\
Starts the production server on a new database, sends requests with wrk (events signed, reads with a token), and prints
their rate, latency and CPU time. Exits with 1 if an answer was not a success, or if the number of stored messages is
not the number of acknowledged ones.
"""
EPILOG: Final = '\n'.join(
    [
        'scenarios:',
        *(f'  {scenario.name:18}{scenario.summary}' for scenario in SCENARIOS.values()),
        '',
        'Compare figures of one run only, because machines are noisy. See docs/performance.md.',
    ]
)
DATABASE_HELP: Final = """\
postgres://USER:PASSWORD@HOST:PORT of a server for temporary databases, or sqlite:// for temporary files;
default: $DATABASE_URL, or SQLite"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Return the options, with `scenarios` as objects and `peers` as a path or None."""
    parser = argparse.ArgumentParser(
        prog='task bench',
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    names, peers, url = [*SCENARIOS, 'all'], os.environ.get('BENCH_PEERS'), os.environ.get('DATABASE_URL')
    add('--scenario', action='append', choices=names, metavar='NAME', help='may be repeated; default: ingest')
    add('--rounds', type=_number, default=3, metavar='N', help='runs of every contender; default: %(default)s')
    add('--seconds', type=_seconds, default=6, metavar='N', help='duration of a run; default: %(default)s')
    add('--connections', type=_number, default=16, metavar='N', help='connections of wrk; default: %(default)s')
    add('--workers', type=_number, metavar='N', help='processes of each server; default: 2, or 1 on SQLite')
    add('--peers', type=Path, default=peers, metavar='VENV', help='measure the peers too; default: $BENCH_PEERS')
    add('--database-url', default=url or 'sqlite://', metavar='URL', help=DATABASE_HELP)
    options = parser.parse_args(arguments)
    is_sqlite = options.database_url.startswith('sqlite:')
    if options.peers and is_sqlite:
        parser.error('the peers need PostgreSQL: add --database-url postgres://...')
    # SQLite allows one writer.
    options.workers = options.workers or (1 if is_sqlite else 2)
    chosen = options.scenario or ['ingest']
    options.scenarios = [scenario for name, scenario in SCENARIOS.items() if name in chosen or 'all' in chosen]
    return options


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        message = f'{text!r} is not a whole number from 1'
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> int:
    """Signatures are made before the run and are valid for five minutes."""
    if _number(text) > (maximum := 240):
        message = f'at most {maximum}'
        raise argparse.ArgumentTypeError(message)
    return int(text)
