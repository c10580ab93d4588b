"""The contract suite runs over the repositories in memory and over those of the database."""

import pytest

from realmate_challenge.webhook_api.tests.fakes import Repositories, in_database, in_memory


@pytest.fixture(
    params=[
        pytest.param(in_memory, id='in memory'),
        pytest.param(in_database, id='in database', marks=pytest.mark.django_db),
    ]
)
def repositories(request: pytest.FixtureRequest) -> Repositories:
    made: Repositories = request.param()
    return made


@pytest.fixture(
    params=[
        pytest.param(in_memory, id='in memory'),
        pytest.param(in_database, id='in database', marks=pytest.mark.django_db(transaction=True)),
    ]
)
def shared_repositories(request: pytest.FixtureRequest) -> Repositories:
    """Several threads may use these: what one commits, the others see."""
    made: Repositories = request.param()
    return made
