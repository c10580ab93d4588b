"""The commands of the READMEs, run as they stand there."""

import json
import re
import shutil
import subprocess
from typing import Final

import pytest
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import text

BASH, CURL = shutil.which('bash'), shutil.which('curl')
BLOCK: Final = re.compile(r'```bash\n(curl .*?)```', re.DOTALL)

pytestmark = pytest.mark.skipif(not (BASH and CURL), reason='needs bash and curl')


def run(script: str, server: LiveServer) -> str:
    script = script.replace('http://127.0.0.1:8000', server.url)
    result = subprocess.run(  # noqa: S603 - our own README
        [str(BASH), '-euo', 'pipefail', '-c', script], capture_output=True, text=True, timeout=60, check=True
    )
    return result.stdout


@pytest.mark.parametrize('document', ['README.md', 'README.pt-BR.md'])
def test_the_story_can_be_pasted_twice(
    document: str, django_db_setup: None, live_server: LiveServer, settings: Settings
) -> None:
    settings.API_REQUIRE_AUTH = False
    settings.WEBHOOK_SECRETS = []
    post, read = BLOCK.findall(text(document))
    for _ in range(2):
        assert re.findall(r'^HTTP/1\.1 (\d+)', run(post, live_server), re.MULTILINE) == ['204'] * 4
    conversation = json.loads(run(read, live_server))
    assert (conversation['status'], conversation['count']) == ('CLOSED', 2)
    assert [message['content'] for message in conversation['messages']] == ['Olá, tudo bem?', 'Tudo ótimo e você?']
