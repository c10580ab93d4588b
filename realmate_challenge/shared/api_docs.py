"""The OpenAPI description of errors and credentials, and the pages that show it.

The pages load nothing from another host, and their Content-Security-Policy enforces that.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final, Never, final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, PolymorphicProxySerializer
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

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
    field = serializers.CharField(allow_null=True, help_text='Dotted path; null for an error of the whole document.')
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
    """Describe a response with one error. `errors` are its codes, each with an example of a message."""
    return OpenApiResponse(ErrorEnvelopeSerializer, description, examples=_examples(errors))


def bad_request(description: str, *errors: tuple[str, str], field: str, message: str, code: str) -> OpenApiResponse:
    """Describe a 400: field errors, with one as the example, or one error as in `error`."""
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
SERVER_ERRORS: Final = {
    500: error('A bug; it is logged.', ('INTERNAL_ERROR', 'An unexpected error occurred.')),
    503: error(
        'The database cannot be reached or is locked, or the store of unapplied events is full. '
        'Try again after `Retry-After` seconds.',
        ('SERVICE_UNAVAILABLE', 'The service cannot answer just now. Try again soon.'),
    ),
}
READ_ERRORS: Final = {
    401: error(
        'Credentials are missing or wrong.', ('NOT_AUTHENTICATED', 'Authentication credentials were not provided.')
    ),
    403: error(
        'The user of the credentials has no right to read conversations.',
        ('PERMISSION_DENIED', 'You do not have permission to perform this action.'),
    ),
    406: error('The only format is JSON.', ('NOT_ACCEPTABLE', 'Could not satisfy the request Accept header.')),
    **SERVER_ERRORS,
}


@final
class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Describe what to enter in the dialog of Swagger."""

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
    """Post-processing hook: remove the marks for drf-spectacular's own hook, which would move enums to components."""
    if isinstance(result, dict):
        return {key: keep_enums_inline(value) for key, value in result.items() if key != 'x-spec-enum-id'}
    return [keep_enums_inline(value) for value in result] if isinstance(result, list) else result


def require_bodies(result: Any, **_: object) -> Any:  # noqa: ANN401 - a JSON document
    """Post-processing hook: mark bodies as required, which drf-spectacular does not do for a union."""
    for operations in result['paths'].values():
        for operation in operations.values():
            if 'requestBody' in operation:
                operation['requestBody']['required'] = True
    return result


DIRECTIVES: Final = {
    'default-src': "'none'",
    'script-src': "'self'",
    # Both pages create their styles with scripts.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' data:",
    'font-src': "'self' data:",
    'connect-src': "'self'",
    # ReDoc searches in a worker that it creates.
    'worker-src': 'blob:',
    'base-uri': "'none'",
    'form-action': "'self'",
    'frame-ancestors': "'none'",
}
POLICY: Final = '; '.join(f'{name} {sources}' for name, sources in DIRECTIVES.items())

PIECE_BYTES: Final = 64 * 2**10
REDOC_BUNDLE: Final = 'drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js'
REDOC_LOGO: Final = b'https://cdn.redoc.ly/redoc/logo-mini.svg'
NO_LOGO: Final = b'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='


class SelfContainedPage(APIView):
    """Mixin for a view of the documentation."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - REST framework's signature
        final_response = super().finalize_response(request, response, *args, **kwargs)
        final_response.headers['Content-Security-Policy'] = POLICY
        return final_response


@final
class SwaggerView(SelfContainedPage, SpectacularSwaggerSplitView):
    """The script has its own URL, so the policy need not allow inline scripts."""


@final
class RedocView(SelfContainedPage, SpectacularRedocView):
    """Serve the script without the logo, which ReDoc would load from another host (it has no option for this)."""

    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - as above
        if 'script' in request.query_params:
            return _redoc_script()
        page: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped base
        return page


def _redoc_script() -> StreamingHttpResponse:
    """Stream the script from one copy in memory: a client that does not read keeps one piece, not 1 MB."""
    script = _redoc_bytes()
    pieces = (script[start : start + PIECE_BYTES] for start in range(0, len(script), PIECE_BYTES))
    headers = {'Content-Length': str(len(script)), 'Cache-Control': 'max-age=3600'}
    return StreamingHttpResponse(pieces, headers=headers, content_type='text/javascript; charset=utf-8')


@cache
def _redoc_bytes() -> bytes:
    bundle = finders.find(REDOC_BUNDLE)
    assert bundle is not None  # noqa: S101 - it is a dependency
    return Path(bundle).read_bytes().replace(REDOC_LOGO, NO_LOGO)
