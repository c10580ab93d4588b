"""Views are called by Django's test client."""

import pytest


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Allow Django to check a connection on which a test before had an error."""
