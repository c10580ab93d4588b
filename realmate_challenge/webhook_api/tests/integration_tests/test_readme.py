"""The commands of the READMEs work when they are pasted into a shell."""

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


@pytest.mark.skipif(not (BASH and CURL), reason='bash or curl is not installed')
@pytest.mark.parametrize('readme', ['README.md', 'README.pt-BR.md'])
def test_the_commands_can_be_pasted_twice(
    readme: str, django_db_setup: None, live_server: LiveServer, settings: Settings
) -> None:
    settings.API_REQUIRE_AUTH, settings.WEBHOOK_SECRETS = False, []
    post, read = (block.replace('http://127.0.0.1:8000', live_server.url) for block in BLOCK.findall(text(readme)))
    for script in (post, post, read):
        command = [str(BASH), '-euo', 'pipefail', '-c', script]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - the README
        if script is post:
            assert re.findall(r'^HTTP/1\.1 (\d+)', done.stdout, re.MULTILINE) == ['204'] * 4
    conversation = json.loads(done.stdout)
    assert (conversation['status'], conversation['count']) == ('CLOSED', 2)
    assert [message['content'] for message in conversation['messages']] == ['Olá, tudo bem?', 'Tudo ótimo e você?']
