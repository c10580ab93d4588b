"""Components of the OpenAPI schema, and the pages of Swagger UI and ReDoc, which load nothing from other hosts."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final, Never

from django.contrib.staticfiles import finders
from django.http import StreamingHttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, PolymorphicProxySerializer, extend_schema_field
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView
from rest_framework import exceptions, serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from realmate_challenge.shared.http.exception_handler import InternalError, ServiceUnavailable, api_error, envelope
from realmate_challenge.shared.pagination import DEFAULT_PAGE_SIZE, MAX_PAGE, MAX_PAGE_SIZE


class ErrorMessageSerializer(serializers.Serializer[Never]):
    message = serializers.CharField()


class FieldErrorSerializer(serializers.Serializer[Never]):
    field = serializers.CharField(allow_null=True, help_text='Full dotted path; null if the error concerns no field.')
    message = serializers.CharField()
    code = serializers.CharField()


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name='ErrorDetails',
        serializers=[FieldErrorSerializer(many=True), ErrorMessageSerializer],
        resource_type_field_name=None,
        many=False,
    )
)
class ErrorDetailsField(serializers.JSONField):
    """Field errors or one message."""


class ErrorSerializer(serializers.Serializer[Never]):
    """The details are a list if, and only if, the code is VALIDATION_ERROR."""

    code = serializers.CharField()
    details = ErrorDetailsField()


class ErrorEnvelopeSerializer(serializers.Serializer[Never]):
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]  # REST framework moves fields off the class


def error(description: str, *examples: Exception) -> OpenApiResponse:
    """Describe the response to an error, with the bodies of examples."""
    values = [envelope(api_error(each)) for each in examples]
    named = [OpenApiExample(value['errors'][0]['code'], value=value, response_only=True) for value in values]
    return OpenApiResponse(ErrorEnvelopeSerializer, description, examples=named)


class PageSerializer(serializers.Serializer[Never]):
    """The query parameters of pages, for the schema. `PageRequest` reads them."""

    page = serializers.IntegerField(required=False, min_value=1, max_value=MAX_PAGE, help_text='No such page: 404.')
    page_size = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_PAGE_SIZE, help_text=f'Default: {DEFAULT_PAGE_SIZE}.'
    )


SERVER_ERRORS: Final = {
    500: error('A bug, which is logged.', InternalError()),
    503: error(
        'The database is not available, or the store of unapplied events is full. Retry after `Retry-After` seconds.',
        ServiceUnavailable(),
    ),
}
READ_ERRORS: Final = {
    401: error('Credentials are missing or invalid.', exceptions.NotAuthenticated()),
    403: error('The user has no right to read conversations.', exceptions.PermissionDenied()),
    406: error('All responses are JSON.', exceptions.NotAcceptable()),
    **SERVER_ERRORS,
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """Explain in the dialog of Swagger UI what to enter."""

    target_class = 'realmate_challenge.shared.security.access.TokenAuthentication'
    name = 'tokenAuth'

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:  # noqa: ARG002 - its signature
        description = 'For reading, without a log-in at /admin/: `Token KEY`, as `manage.py create_token` prints it.'
        return {'type': 'apiKey', 'in': 'header', 'name': 'Authorization', 'description': description}


def keep_enums_inline(result: Any, **_: object) -> Any:  # noqa: ANN401 - a JSON document
    """Remove the marks from which drf-spectacular makes components of enumerations: a post-processing hook."""
    if isinstance(result, dict):
        return {key: keep_enums_inline(value) for key, value in result.items() if key != 'x-spec-enum-id'}
    return [keep_enums_inline(value) for value in result] if isinstance(result, list) else result


def complete_operations(result: Any, **_: object) -> Any:  # noqa: ANN401 - a JSON document
    """Add what drf-spectacular omits, sort responses by status, and list the codes of errors: another hook."""
    # The codes of all examples, and the one that no described operation returns.
    codes = {'METHOD_NOT_ALLOWED', *re.findall(r"'errors': \[{'code': '(\w+)'", str(result['paths']))}
    result['components']['schemas']['Error']['properties']['code']['enum'] = sorted(codes)
    for operations in result['paths'].values():
        for operation in operations.values():
            operation['responses'] = dict(sorted(operation['responses'].items()))
            if 'requestBody' in operation:
                operation['requestBody']['required'] = True  # omitted for a union
    return result


REDOC_BUNDLE: Final = 'drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js'
BLOCK_BYTES: Final = 64 * 2**10
REDOC_LOGO: Final = b'https://cdn.redoc.ly/redoc/logo-mini.svg'
NO_LOGO: Final = b'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA='


class SchemaView(SpectacularAPIView):
    """The document in YAML or JSON, by the header Accept or by `?format=json`."""

    def get_renderers(self) -> list[BaseRenderer]:
        return sorted(super().get_renderers(), key=lambda each: each.format != self.request.GET.get('format'))


class RedocView(SpectacularRedocView):
    """ReDoc and its script. The original script loads a logo from another host and has no option for that."""

    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - REST framework's signature
        if 'script' not in request.query_params:
            return super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped base
        # Stream one shared copy: a client that does not read its response then costs a few blocks, not 1 MB.
        script = _redoc_script()
        blocks = (script[start : start + BLOCK_BYTES] for start in range(0, len(script), BLOCK_BYTES))
        headers = {'Content-Length': str(len(script)), 'Cache-Control': 'max-age=3600'}
        return StreamingHttpResponse(blocks, headers=headers, content_type='text/javascript; charset=utf-8')


@cache
def _redoc_script() -> bytes:
    bundle = finders.find(REDOC_BUNDLE)
    assert bundle is not None  # noqa: S101 - it is a dependency
    return Path(bundle).read_bytes().replace(REDOC_LOGO, NO_LOGO)
