"""How long the long ones run. The defaults are what the gate runs; see `docs/reliability.md`."""

from typing import Final

from realmate_challenge.shared import environment

# The crash test: workers (now and then the whole server) killed, while so many events are sent.
KILLS: Final = environment.number('FAULT_KILLS', default=20, minimum=1)
EVENTS: Final = environment.number('FAULT_EVENTS', default=5000, minimum=100)
# The restart tests: events sent to a server whose database is restarted.
RESTART_EVENTS: Final = environment.number('FAULT_RESTART_EVENTS', default=1500, minimum=100)
# How long the database stays away in the longest of them.
OUTAGE_SECONDS: Final = environment.number('FAULT_OUTAGE_SECONDS', default=10, minimum=1)
# Schemathesis: examples for each operation, each way of authentication.
EXAMPLES: Final = environment.number('FAULT_EXAMPLES', default=40, minimum=1)
# Of the disorder of events, and of which process is killed.
SEED: Final = environment.number('FAULT_SEED', default=1, minimum=0)
