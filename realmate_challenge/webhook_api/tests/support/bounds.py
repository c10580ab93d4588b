"""The numbers of generated histories; the defaults are those of CI. `PROOF_EXAMPLES=100000` tries more."""

import os
from typing import Final

EXAMPLES: Final = int(os.environ.get('PROOF_EXAMPLES') or 1500)
EXAMPLES_ON_DATABASE: Final = max(EXAMPLES // 15, 1)
