from realmate_challenge.webhook_api.tests.support.live_fixtures import *  # noqa: F403 - pytest finds fixtures by name
