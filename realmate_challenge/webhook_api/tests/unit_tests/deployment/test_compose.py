"""compose.yaml."""

import re
from typing import Any, Final

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import document, settings_read, text

SERVICES: Final[dict[str, Any]] = document('compose.yaml')['services']
# Of the image, or of no use to it.
ELSEWHERE: Final = {'DJANGO_DEBUG', 'HOST', 'PORT', 'BACKLOG', 'LOG_FORMAT'}


def test_the_schema_is_brought_up_to_date_once_before_the_service_starts() -> None:
    assert SERVICES['migrate']['command'] == ['python', 'manage.py', 'migrate', '--no-input']
    assert SERVICES['migrate']['restart'] == 'no'
    assert SERVICES['migrate']['depends_on'] == {'database': {'condition': 'service_healthy'}}
    assert SERVICES['app']['depends_on']['migrate'] == {'condition': 'service_completed_successfully'}
    assert 'command' not in SERVICES['app']


def test_the_database_is_waited_for_and_kept() -> None:
    assert 'pg_isready' in SERVICES['database']['healthcheck']['test']
    (volume,) = (entry.partition(':')[0] for entry in SERVICES['database']['volumes'])
    assert volume in document('compose.yaml')['volumes']


def test_it_does_not_start_without_its_secrets() -> None:
    required = set(re.findall(r'\$\{([A-Z_]+):\?', text('compose.yaml')))
    assert required == {'DJANGO_SECRET_KEY', 'POSTGRES_PASSWORD'}
    assert required <= set(re.findall(r'^#?([A-Z_]+)=', text('.env.example'), re.MULTILINE))


def test_every_setting_can_be_given() -> None:
    assert set(SERVICES['app']['environment']) == settings_read() - ELSEWHERE


def test_the_world_reaches_it_through_a_proxy_only() -> None:
    assert [name for name, service in SERVICES.items() if 'ports' in service] == ['proxy']
    assert SERVICES['proxy']['depends_on'] == {'app': {'condition': 'service_healthy'}}


def test_it_may_do_little() -> None:
    for name in ('app', 'migrate'):
        assert SERVICES[name]['read_only'] is True
        assert SERVICES[name]['cap_drop'] == ['ALL']
