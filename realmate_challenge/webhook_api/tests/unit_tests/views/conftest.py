import pytest


@pytest.fixture(autouse=True)
def _database(db: None) -> None:
    """Give access to the database: Django checks a connection after an error of the test before."""
