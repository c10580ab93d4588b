"""How long the long ones run. The defaults are what the gate runs; see `docs/reliability.md`."""

from typing import Final

from environs import env, validate

# The crash test: workers (now and then the whole server) killed, while so many events are sent.
KILLS: Final = env.int('FAULT_KILLS', 20, validate=validate.Range(1))
EVENTS: Final = env.int('FAULT_EVENTS', 5000, validate=validate.Range(100))
# The restart tests: events sent to a server whose database is restarted.
RESTART_EVENTS: Final = env.int('FAULT_RESTART_EVENTS', 1500, validate=validate.Range(100))
# How long the database stays away in the longest of them.
OUTAGE_SECONDS: Final = env.int('FAULT_OUTAGE_SECONDS', 10, validate=validate.Range(1))
# Schemathesis: examples for each operation, each way of authentication.
EXAMPLES: Final = env.int('FAULT_EXAMPLES', 40, validate=validate.Range(1))
# Of the disorder of events, and of which process is killed.
SEED: Final = env.int('FAULT_SEED', 1, validate=validate.Range(0))
