"""The service runs with the rights of docs/operations.md, and no other. Readiness names a missing one."""

import re
from collections.abc import Iterator
from dataclasses import replace
from http.cookiejar import CookieJar
from typing import Final
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener
from uuid import uuid4

import orjson
import pytest

from benchmarks.databases import Postgres as PostgresServer
from realmate_challenge.webhook_api.tests.support.clients import Client, signed
from realmate_challenge.webhook_api.tests.support.databases import Database, Postgres
from realmate_challenge.webhook_api.tests.support.live_fixtures import StartServer
from realmate_challenge.webhook_api.tests.support.payloads import (
    BRIEF,
    CONVERSATION_ID,
    MESSAGE_RECEIVED,
    Payload,
    changed,
)
from realmate_challenge.webhook_api.tests.support.server import Server
from realmate_challenge.webhook_api.tests.support.signing import SECRET
from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import text

USER: Final = 'realmate_service'
GRANTS: Final = re.search(r'```sql\n(CREATE ROLE realmate_service .*?)```', text('docs/operations.md'), re.DOTALL)
PASSWORD: Final = 'a-password-for-tests'  # noqa: S105 - as it says
CREATE_ADMIN: Final = (
    f"from django.contrib.auth.models import User; User.objects.create_superuser('ana', password='{PASSWORD}')"
)
FIELD: Final = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
RIGHTS: Final = f"""
    SELECT relname, right_name
    FROM pg_class, unnest('{{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}}'::text[]) right_name
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege('{USER}', oid, right_name)
    ORDER BY 1, 2"""  # noqa: S608 - a constant name


@pytest.fixture
def granted(cluster_database: Database) -> Iterator[Postgres]:
    """The database as the user of the document sees it."""
    assert GRANTS
    cluster_database.execute(*filter(str.strip, GRANTS[1].split(';')))
    server = cluster_database.server
    assert isinstance(server, PostgresServer)
    yield Postgres(replace(server, address=server.address.replace('faults@', f'{USER}@')), cluster_database.name)
    cluster_database.execute(f'DROP OWNED BY {USER}', f'DROP ROLE {USER}')


@pytest.fixture
def server(granted: Postgres, start_server: StartServer) -> Server:
    return start_server(granted, API_REQUIRE_AUTH='true', WEBHOOK_SECRETS=SECRET)


def post(client: Client, event: Payload) -> int:
    body = orjson.dumps(event)
    return client.post(body, signed(body)).status


def log_in(port: int) -> str:
    """Fail once, log in as ana, and return the title of the page."""
    url = f'http://127.0.0.1:{port}/admin/login/'
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    for password in ('wrong', PASSWORD):
        (token, *_) = FIELD.findall(opener.open(url).read().decode())
        form = {'username': 'ana', 'password': password, 'next': '/admin/', 'csrfmiddlewaretoken': token}
        page = opener.open(url, urlencode(form).encode()).read().decode()
    return str(re.findall('<title>(.*?)</title>', page, re.DOTALL)[0].strip())


def test_the_documented_rights_are_enough(granted: Postgres, server: Server) -> None:
    early = changed(changed(MESSAGE_RECEIVED, 'data.id', str(uuid4())), 'data.conversation_id', str(uuid4()))
    with server.client() as client:
        assert client.get('/health/ready').status == 200
        for _ in range(2):  # the second time as copies
            assert [post(client, event) for event in BRIEF] == [204] * 4
        assert post(client, early) == 404
        assert post(client, changed(MESSAGE_RECEIVED, 'type', 'ANOTHER')) == 400
        granted.manage('shell', '--command', CREATE_ADMIN)
        token = granted.manage('create_token', 'ana').splitlines()[-1]
        for path in ('/conversations/', f'/conversations/{CONVERSATION_ID}/'):
            assert client.get(path, Authorization=f'Token {token}').status == 200
    assert 'Log in' not in log_in(server.port)
    assert '2 events retried' in granted.manage('replay_events')
    assert '2 events deleted' in granted.manage(
        'prune_events', '--include-held', '--older-than=0h', '--invalid-older-than=0h'
    )
    assert '2 ids erased' in granted.manage('erase_conversation', CONVERSATION_ID, str(uuid4()))
    assert granted.manage('clearsessions') == ''


def test_readiness_names_each_missing_right(cluster_database: Database, granted: Postgres, server: Server) -> None:
    rights = cluster_database.query(RIGHTS)
    assert {right for _, right in rights} == {'SELECT', 'INSERT', 'UPDATE', 'DELETE'}
    with server.client() as client:
        assert client.get('/health/ready').status == 200
        for table, right in rights:
            cluster_database.execute(f'REVOKE {right} ON {table} FROM {USER}')
            answer = client.get('/health/ready')
            cluster_database.execute(f'GRANT {right} ON {table} TO {USER}')

            assert answer.error == (503, 'SERVICE_UNAVAILABLE')
            assert f'permission denied for table {table}: {right} is not granted.' in answer.body.decode()
        assert client.get('/health/ready').status == 200
