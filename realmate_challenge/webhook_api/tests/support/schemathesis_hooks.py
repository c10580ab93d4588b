"""Hooks that Schemathesis loads by SCHEMATHESIS_HOOKS."""

from typing import Any, Final

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

# A valid event may conflict with stored data, which a schema cannot express.
CONFLICTS: Final = frozenset({'CONVERSATION_ALREADY_EXISTS', 'CONVERSATION_CLOSED', 'MESSAGE_ALREADY_EXISTS'})


@schemathesis.hook
def filter_failure(context: object, failure: Failure, case: object, response: Any) -> bool:  # noqa: ANN401 - a hook
    """Return whether the failure counts."""
    return not (isinstance(failure, RejectedPositiveData) and response.json()['errors'][0]['code'] in CONFLICTS)
