"""How much the proofs try. The defaults are what CI runs; for a long night, say so in the environment.

`PROOF_EXAMPLES` (1500): histories that each property is tried on in memory; a fifteenth of them on the database.
`PROOF_ROUNDS` (200): how often each race is run.
"""

import os
from typing import Final

EXAMPLES: Final = int(os.environ.get('PROOF_EXAMPLES') or 1500)
EXAMPLES_ON_DATABASE: Final = max(EXAMPLES // 15, 1)
ROUNDS: Final = int(os.environ.get('PROOF_ROUNDS') or 200)
