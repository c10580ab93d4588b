"""What is fetched to build, test and run the service is named by its digest, which nobody can move."""

import re
from typing import Any, Final

import pytest

from realmate_challenge.webhook_api.tests.unit_tests.deployment.files import ROOT, document, stages, text

WORKFLOWS: Final = sorted(str(path.relative_to(ROOT)) for path in (ROOT / '.github/workflows').iterdir())
IMAGE: Final = re.compile(r'[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}')
OWN_IMAGE: Final = 'realmate:latest'


def steps(workflow: str) -> list[dict[str, Any]]:
    return [step for job in document(workflow)['jobs'].values() for step in job['steps']]


@pytest.mark.parametrize('workflow', WORKFLOWS)
def test_an_action_is_named_by_its_commit_with_the_version_beside_it(workflow: str) -> None:
    used = re.findall(r'uses: (.*)', text(workflow))
    assert len(used) == sum('uses' in step for step in steps(workflow)) > 0
    assert all(re.fullmatch(r'[\w./-]+@[0-9a-f]{40} # v[\d.]+', action) for action in used)


@pytest.mark.parametrize('workflow', WORKFLOWS)
def test_no_checkout_leaves_its_credentials(workflow: str) -> None:
    checkouts = [step for step in steps(workflow) if step.get('uses', '').startswith('actions/checkout@')]
    assert checkouts
    assert all(step['with']['persist-credentials'] is False for step in checkouts)


def test_an_image_is_named_by_its_digest() -> None:
    own_stages = {match for stage in stages('Dockerfile') for match in re.findall(r' AS (\w+)', stage[0].value)}
    bases = {stage[0].value.split()[0] for stage in stages('Dockerfile')} - own_stages
    services = {service['image'] for service in document('compose.yaml')['services'].values()} - {OWN_IMAGE}
    assert len(bases) == 1
    assert all(IMAGE.fullmatch(image) for image in bases | services)
