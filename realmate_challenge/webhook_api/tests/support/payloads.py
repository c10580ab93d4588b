"""The platform's events as it posts them: the brief's four, and copies that differ from them."""

from copy import deepcopy
from typing import Any, Final

from realmate_challenge.webhook_api.serializers.events import EXAMPLES

type Payload = dict[str, Any]

BRIEF: Final[list[Payload]] = list(EXAMPLES.values())
NEW_CONVERSATION, MESSAGE_RECEIVED, MESSAGE_SENT, CLOSE_CONVERSATION = BRIEF
CONVERSATION_ID: Final[str] = NEW_CONVERSATION['data']['id']


def changed(payload: Payload, path: str, value: object) -> Payload:
    """A copy with another value at a dotted path, as error details name it: `data.direction`."""
    copy = deepcopy(payload)
    *parents, name = path.split('.')
    target = copy
    for parent in parents:
        target = target[parent]
    target[name] = value
    return copy


def without(payload: Payload, path: str) -> Payload:
    """A copy that lacks what stands at a dotted path."""
    copy = deepcopy(payload)
    *parents, name = path.split('.')
    target = copy
    for parent in parents:
        target = target[parent]
    del target[name]
    return copy
