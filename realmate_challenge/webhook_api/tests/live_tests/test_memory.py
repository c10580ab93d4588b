"""Reading large pages does not keep them in memory."""

import re
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest

from realmate_challenge.webhook_api.entities.message import MAX_CONTENT_LENGTH
from realmate_challenge.webhook_api.tests.support.databases import Database
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    NEW_CONVERSATION,
    changed,
)
from realmate_challenge.webhook_api.tests.support.server import Server

# Without this, a worker grew by 170 to 800 MiB.
MAX_GROWTH_MIB: Final = 100
READS: Final = 60


def memory_mib(server: Server) -> float:
    (worker,) = server.workers()
    (kib,) = re.findall(r'VmRSS:\s+(\d+)', Path(f'/proc/{worker}/status').read_text())
    return int(kib) / 1024


@pytest.mark.parametrize('query', ['page_size=100', 'page_size=100&page=2'])
def test_a_reader_of_large_pages_costs_little_memory(database: Database, start_server: StartServer, query: str) -> None:
    large = changed(MESSAGE_RECEIVED, 'data.content', 'x' * MAX_CONTENT_LENGTH)
    server = start_server(database, WORKERS='1')
    with server.client() as client:
        assert client.post(NEW_CONVERSATION).status == 204
        for number in range(200):
            assert client.post(changed(large, 'data.id', str(UUID(int=number)))).status == 204
        before = memory_mib(server)
        for _ in range(READS):
            answer = client.get(f'/conversations/{CONVERSATION_ID}/?{query}')
            assert len(answer.body) > 100 * MAX_CONTENT_LENGTH

        assert memory_mib(server) - before < MAX_GROWTH_MIB
