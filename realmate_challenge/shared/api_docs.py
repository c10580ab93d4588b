"""The error envelope and credentials as OpenAPI sees them, and how to describe an error response with an example."""

from collections.abc import Iterable
from typing import Any, Final, Never, final

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer
from rest_framework import serializers

from realmate_challenge.shared.http.exception_handler import envelope
from realmate_challenge.shared.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE


class ErrorDetailsSerializer(serializers.Serializer[Never]):
    message = serializers.CharField()


class ErrorSerializer(serializers.Serializer[Never]):
    code = serializers.CharField()
    details = ErrorDetailsSerializer()


class ErrorEnvelopeSerializer(serializers.Serializer[Never]):
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # REST framework moves fields off the class


class FieldErrorSerializer(serializers.Serializer[Never]):
    field = serializers.CharField(allow_null=True, help_text='Full dotted path; null when no field is to blame.')
    message = serializers.CharField()
    code = serializers.CharField()


class ValidationErrorSerializer(serializers.Serializer[Never]):
    code = serializers.ChoiceField(choices=['VALIDATION_ERROR'])
    details = FieldErrorSerializer(many=True)


class ValidationErrorEnvelopeSerializer(serializers.Serializer[Never]):
    errors = ValidationErrorSerializer(many=True)  # type: ignore[assignment]  # REST framework moves fields off the class


def _examples(errors: Iterable[tuple[str, str]]) -> list[OpenApiExample]:
    return [OpenApiExample(code, value=envelope(code, message), response_only=True) for code, message in errors]


def error(description: str, *errors: tuple[str, str]) -> OpenApiResponse:
    """A response with one error in the envelope; `errors` are codes with an example message each."""
    return OpenApiResponse(ErrorEnvelopeSerializer, description, examples=_examples(errors))


def bad_request(description: str, *errors: tuple[str, str], field: str, message: str, code: str) -> OpenApiResponse:
    """A 400: either a list of field errors, of which `field` is the example, or one error as in `error`."""
    either: Any = PolymorphicProxySerializer(
        component_name='BadRequest',
        serializers=[ValidationErrorEnvelopeSerializer, ErrorEnvelopeSerializer],
        resource_type_field_name=None,
    )
    details = [{'field': field, 'message': message, 'code': code}]
    example = {'errors': [{'code': 'VALIDATION_ERROR', 'details': details}]}
    invalid = OpenApiExample('VALIDATION_ERROR', value=example, response_only=True)
    return OpenApiResponse(either, description, examples=[invalid, *_examples(errors)])


PAGE_PARAMETERS: Final = [
    OpenApiParameter('page', OpenApiTypes.INT, description='From 1. A page that does not exist is a 404.'),
    OpenApiParameter(
        'page_size',
        OpenApiTypes.INT,
        description=f'The number of rows on a page (default: {DEFAULT_PAGE_SIZE}, maximum: {MAX_PAGE_SIZE}).',
    ),
]
NOT_AUTHENTICATED = error(
    'Credentials are missing or wrong.', ('NOT_AUTHENTICATED', 'Authentication credentials were not provided.')
)
PERMISSION_DENIED = error(
    'The user of the credentials has no right to read conversations.',
    ('PERMISSION_DENIED', 'You do not have permission to perform this action.'),
)
NOT_ACCEPTABLE = error(
    'The service speaks JSON only.', ('NOT_ACCEPTABLE', 'Could not satisfy the request Accept header.')
)
SERVICE_UNAVAILABLE = error(
    'The database cannot be reached or is locked, or the store of unapplied events is full. '
    'Try again after `Retry-After` seconds.',
    ('SERVICE_UNAVAILABLE', 'The service cannot answer just now. Try again soon.'),
)
INTERNAL_ERROR = error('A bug; it is logged.', ('INTERNAL_ERROR', 'An unexpected error occurred.'))


@final
class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Says in the docs' dialog what to enter; drf-spectacular's own leaves that to be guessed."""

    target_class = 'realmate_challenge.shared.security.access.TokenAuthentication'
    name = 'tokenAuth'

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 - its signature
        description = 'For reading: `Token KEY`, with the key that `manage.py create_token USER` prints.'
        return {'type': 'apiKey', 'in': 'header', 'name': 'Authorization', 'description': description}


@final
class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    target_class = 'rest_framework.authentication.SessionAuthentication'
    name = 'cookieAuth'

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 - its signature
        description = 'For reading: the session of a user who is logged in at `/admin/`. Nothing needs to be entered.'
        return {'type': 'apiKey', 'in': 'cookie', 'name': settings.SESSION_COOKIE_NAME, 'description': description}


def keep_enums_inline(result: Any, **_: object) -> Any:  # noqa: ANN401 - a JSON document
    """Post-processing hook: drops the marks by which drf-spectacular would gather enumerations into components."""
    if isinstance(result, dict):
        return {key: keep_enums_inline(value) for key, value in result.items() if key != 'x-spec-enum-id'}
    return [keep_enums_inline(value) for value in result] if isinstance(result, list) else result


def require_bodies(result: Any, **_: object) -> Any:  # noqa: ANN401 - a JSON document
    """Post-processing hook: no operation that takes a body does without; of a union drf-spectacular cannot tell."""
    for operations in result['paths'].values():
        for operation in operations.values():
            if 'requestBody' in operation:
                operation['requestBody']['required'] = True
    return result
