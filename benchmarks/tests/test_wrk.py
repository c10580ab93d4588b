"""The output of wrk is parsed, and `load.lua` works in wrk."""

import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import final

import pytest

from benchmarks import wrk
from benchmarks.errors import BenchmarkError

OUTPUT = """Running 31s test @ http://127.0.0.1:8000
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    12.34ms    5.67ms  89.01ms   70.00%
  3000 requests in 2.00s, 1.00MB read
Requests/sec:   1500.00
{"answered": 3000, "refused": 2, "unanswered": 1, "socket_errors": 0, "seconds": 2.0, "p50_ms": 9.5, "p99_ms": 40.25}
"""


def test_the_result_is_found_among_the_output_of_wrk() -> None:
    parsed = wrk.parse(OUTPUT)

    assert (parsed.rate, parsed.acknowledged, parsed.p50_ms, parsed.p99_ms) == (1500.0, 2998, 9.5, 40.25)
    assert parsed.problems() == ['2 answers were not 2xx', '1 requests were never answered']


@pytest.mark.parametrize('output', ['', 'unable to connect to 127.0.0.1:1 Connection refused\n'])
def test_output_without_a_result_is_an_error_that_shows_it(output: str) -> None:
    with pytest.raises(BenchmarkError, match=output.strip() or 'nothing'):
        wrk.parse(output)


@final
class Sink(BaseHTTPRequestHandler):
    """Answer 204, or 400 to a body that contains "refuse"."""

    protocol_version = 'HTTP/1.1'
    received: list[tuple[str, str, str | None]]

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()
        header = 'webhook-signature' if body else 'Authorization'
        self.received.append((self.path, body, self.headers.get(header)))
        answer = b'refused' if 'refuse' in body else b''
        self.send_response(400 if answer else 204)
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def sink() -> Iterator[str]:
    Sink.received = []
    with ThreadingHTTPServer(('127.0.0.1', 0), Sink) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f'http://127.0.0.1:{server.server_port}'
        server.shutdown()
        thread.join()


with_wrk = pytest.mark.skipif(shutil.which('wrk') is None, reason='wrk is not installed')


@with_wrk
def test_every_event_is_sent_once_and_answered(sink: str, tmp_path: Path) -> None:
    events = [f'{{"number":{number}}}' for number in range(500)]
    (tmp_path / 'requests').write_text('\n'.join(events))

    result = wrk.drive(sink, tmp_path / 'requests', seconds=20, connections=4)

    assert sorted(body for _, body, _ in Sink.received) == sorted(events)
    assert {path for path, _, _ in Sink.received} == {'/webhook/'}
    assert (result.acknowledged, result.problems()) == (500, [])
    assert result.seconds < 20


@with_wrk
def test_reads_have_the_token_and_are_repeated_until_the_end(sink: str, tmp_path: Path) -> None:
    (tmp_path / 'requests').write_text('/conversations/a/\n/conversations/b/\n')

    result = wrk.drive(sink, tmp_path / 'requests', seconds=1, connections=2, token='abc')  # noqa: S106 - for a stub

    assert result.answered == len(Sink.received) > 2
    assert {(path, token) for path, _, token in Sink.received} == {
        ('/conversations/a/', 'Token abc'),
        ('/conversations/b/', 'Token abc'),
    }
    assert 0.9 < result.seconds < 5


@with_wrk
def test_signatures_are_sent_as_headers_and_refusals_are_counted(
    sink: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / 'requests').write_text('1\t1700000000\tv1,abc=\t{"do":"refuse"}\n2\t1700000000\tv1,def=\t{}\n')

    result = wrk.drive(sink, tmp_path / 'requests', seconds=5, connections=1)

    assert sorted(Sink.received) == [
        ('/webhook/', '{"do":"refuse"}', 'v1,abc='),
        ('/webhook/', '{}', 'v1,def='),
    ]
    assert result.problems() == ['1 answers were not 2xx']
    assert 'answer 400: refused' in capsys.readouterr().out
