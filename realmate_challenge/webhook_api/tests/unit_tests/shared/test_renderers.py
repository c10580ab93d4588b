"""JSON of UUIDs, times and other values."""

from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy

from realmate_challenge.shared.http.renderers import OrjsonRenderer
from realmate_challenge.webhook_api.entities.conversation import ConversationStatus

ID = UUID('6a41b347-8d80-4ce9-84ba-7af66f369f6a')


@pytest.mark.parametrize(
    ('value', 'json'),
    [
        ({'a': [1, True, None, 'é😀']}, '{"a":[1,true,null,"é😀"]}'),
        (ID, f'"{ID}"'),
        (ConversationStatus.OPEN, '"OPEN"'),
        (datetime(2025, 2, 21, 10, 20, 41, 349308, UTC), '"2025-02-21T10:20:41.349308Z"'),
        (datetime(1, 1, 1, tzinfo=UTC), '"0001-01-01T00:00:00Z"'),
        (datetime(2025, 2, 21, tzinfo=timezone(timedelta(hours=-3))), '"2025-02-21T00:00:00-03:00"'),
        (date(2025, 2, 21), '"2025-02-21"'),
        # Converted by REST framework's encoder.
        (gettext_lazy('Not found.'), '"Not found."'),
        (None, ''),
    ],
)
def test_values(value: object, json: str) -> None:
    assert OrjsonRenderer().render(value) == json.encode()
