"""The size of the fault tests, from the environment; see `docs/reliability.md`."""

from typing import Final

from environs import env

# Crash test: number of kills, and of events sent meanwhile.
KILLS: Final = env.int('FAULT_KILLS', 20)
EVENTS: Final = env.int('FAULT_EVENTS', 5000)
# Restart tests: events sent while the database restarts, and the seconds of the longest outage.
RESTART_EVENTS: Final = env.int('FAULT_RESTART_EVENTS', 1500)
OUTAGE_SECONDS: Final = env.int('FAULT_OUTAGE_SECONDS', 10)
# Schemathesis: examples for each operation.
EXAMPLES: Final = env.int('FAULT_EXAMPLES', 40)
SEED: Final = env.int('FAULT_SEED', 1)
