"""Fixtures that start servers and databases."""

from realmate_challenge.webhook_api.tests.support.live_fixtures import (  # noqa: F401 - fixtures
    database,
    databases,
    engine,
    module_database,
    port,
    start_module_server,
    start_server,
)
