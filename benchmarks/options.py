"""What may be said on the command line."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from benchmarks.scenarios import SCENARIOS, Scenario

DESCRIPTION: Final = """\
Starts the real server on a fresh database, drives it with wrk, and prints how many requests it answered per second, how
long they took, and what they cost. Exits with 1 if an answer was no success, or if the messages stored are not those
acknowledged.
"""
EPILOG: Final = '\n'.join(
    [
        'scenarios:',
        *(f'  {scenario.name:18}{scenario.summary}' for scenario in SCENARIOS.values()),
        '',
        'Machines are noisy: believe the ratios within a run, not figures of two runs. See docs/performance.md.',
    ]
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    scenarios: Sequence[Scenario]
    rounds: int
    seconds: int
    connections: int
    workers: int
    database_url: str
    peers: Path | None


def parse(arguments: Sequence[str]) -> Options:
    parser = _parser()
    given = parser.parse_args(arguments)
    sqlite = given.database_url.startswith('sqlite:')
    if given.peers and sqlite:
        parser.error('the peers speak PostgreSQL only: give a postgres:// address with --database-url')
    chosen = given.scenario or ['ingest']
    return Options(
        scenarios=[scenario for name, scenario in SCENARIOS.items() if name in chosen or 'all' in chosen],
        rounds=given.rounds,
        seconds=given.seconds,
        connections=given.connections,
        # SQLite has one writer.
        workers=given.workers or (1 if sqlite else 2),
        database_url=given.database_url,
        peers=given.peers and Path(given.peers),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='task bench',
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    names = [*SCENARIOS, 'all']
    add('--scenario', action='append', choices=names, metavar='NAME', help='may be repeated; default: ingest')
    add('--rounds', type=_number, default=3, metavar='N', help='of every contender, in turn; default: %(default)s')
    add('--seconds', type=_seconds, default=6, metavar='N', help='measured in a round; default: %(default)s')
    add('--connections', type=_number, default=16, metavar='N', help='kept open; default: %(default)s')
    add('--workers', type=_number, metavar='N', help='of each server; default: 2, or 1 on SQLite')
    add(
        '--peers',
        default=os.environ.get('BENCH_PEERS'),
        metavar='VENV',
        help='measure the peers beside it, from this virtual environment; default: $BENCH_PEERS, or none',
    )
    add(
        '--database-url',
        default=os.environ.get('DATABASE_URL') or 'sqlite://',
        metavar='URL',
        help='postgres://USER:PASSWORD@HOST:PORT, a server to make databases on and drop them again (one that is named '
        'is left alone), or sqlite:// for temporary files; default: $DATABASE_URL, or SQLite',
    )
    return parser


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        message = f'{text!r} is no whole number from 1'
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _seconds(text: str) -> int:
    """A signature, made before the run, holds five minutes."""
    if _number(text) > (maximum := 240):
        message = f'at most {maximum}'
        raise argparse.ArgumentTypeError(message)
    return int(text)
