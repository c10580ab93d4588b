"""Hooks that Schemathesis loads by SCHEMATHESIS_HOOKS."""

from datetime import datetime
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

# A valid event may conflict with stored data, which a schema cannot express.
CONFLICTS: Final = frozenset({'CONVERSATION_ALREADY_EXISTS', 'CONVERSATION_CLOSED', 'MESSAGE_ALREADY_EXISTS'})

DAYS: Final = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30))  # noqa: DTZ001 - an event may lack the offset
OFFSETS: Final = st.sampled_from(['', 'Z', '-03:00', '+0530'])
# A pattern alone would generate the 31st of February, which the service refuses.
schemathesis.openapi.format('iso-8601', st.builds('{}{}'.format, DAYS.map(datetime.isoformat), OFFSETS))


@schemathesis.hook
def filter_failure(context: object, failure: Failure, case: object, response: Any) -> bool:  # noqa: ANN401 - a hook
    """Return whether the failure counts."""
    return not (isinstance(failure, RejectedPositiveData) and response.json()['errors'][0]['code'] in CONFLICTS)
