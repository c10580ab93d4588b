"""What Schemathesis cannot know of the service. It loads this by SCHEMATHESIS_HOOKS."""

from typing import Any, Final

import schemathesis
from schemathesis.core.failures import Failure
from schemathesis.openapi.checks import RejectedPositiveData

# A well-formed event may still contradict what is stored: a document cannot say that.
BY_STATE: Final = frozenset({'CONVERSATION_ALREADY_EXISTS', 'CONVERSATION_CLOSED', 'MESSAGE_ALREADY_EXISTS'})


@schemathesis.hook
def filter_failure(context: object, failure: Failure, case: object, response: Any) -> bool:  # noqa: ANN401 - its signature
    """Whether it is one."""
    is_by_state = isinstance(failure, RejectedPositiveData) and response.json()['errors'][0]['code'] in BY_STATE
    return not is_by_state
