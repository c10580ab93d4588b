"""Read the error envelope, and check its form each time."""

from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.response import Response

type Answer = Response | HttpResponse


def error_of(answer: Answer) -> tuple[int, str]:
    """Return the status and the code of the only error."""
    assert answer['Content-Type'] == 'application/json'
    document = orjson.loads(answer.content)
    assert list(document) == ['errors']
    (error,) = document['errors']
    assert set(error) == {'code', 'details'}
    if error['code'] == 'VALIDATION_ERROR':
        assert error['details']
        assert all(set(detail) == {'field', 'message', 'code'} for detail in error['details'])
    else:
        assert set(error['details']) == {'message'}
        assert isinstance(error['details']['message'], str)
    return answer.status_code, error['code']


def invalid_fields(answer: Answer) -> dict[str | None, str]:
    """Return the code of each invalid field of a validation error."""
    assert error_of(answer) == (400, 'VALIDATION_ERROR')
    details: list[dict[str, Any]] = orjson.loads(answer.content)['errors'][0]['details']
    return {detail['field']: detail['code'] for detail in details}
