"""The only place where an exception becomes a status and the error envelope."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.log import log_response
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from realmate_challenge.shared.database.retries import is_unavailability
from realmate_challenge.shared.errors import DomainError, NotFoundError, UnavailableError
from realmate_challenge.shared.http.renderers import OrjsonRenderer
from realmate_challenge.shared.observability import metrics, security_log

logger: Final = logging.getLogger(__name__)

RETRY_AFTER_SECONDS: Final = 2


class BadRequest(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = 'Bad request.'
    default_code = 'bad_request'


# Django's own exceptions, as REST framework's.
TRANSLATIONS: Final[Mapping[type[Exception], type[exceptions.APIException]]] = {
    Http404: exceptions.NotFound,
    PermissionDenied: exceptions.PermissionDenied,
    SuspiciousOperation: BadRequest,
}


def handle_exception(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Turn every exception of a view into a response: REST framework's `EXCEPTION_HANDLER`."""
    set_rollback()
    request = context.get('request')
    if request is not None:
        # The views of the documentation render HTML and YAML, but their errors are in the envelope too.
        request.accepted_renderer, request.accepted_media_type = OrjsonRenderer(), OrjsonRenderer.media_type
    for theirs, ours in TRANSLATIONS.items():
        if isinstance(exc, theirs):
            exc = ours()
    match exc:
        case DomainError():
            return _domain_error(exc)
        case exceptions.APIException():
            if request is not None and isinstance(exc, security_log.REFUSALS):
                security_log.record_refusal(request, context.get('view'), exc)
            return _api_error(exc)
        case _ if isinstance(exc, UnavailableError) or is_unavailability(exc):
            return _unavailable(exc, request)
        case _:
            return _crash(exc, request)


def _domain_error(exc: DomainError) -> Response:
    missing = isinstance(exc, NotFoundError)
    status_code = status.HTTP_404_NOT_FOUND if missing else status.HTTP_400_BAD_REQUEST
    return Response(envelope(exc.code, str(exc)), status=status_code)


def envelope(code: str, message: str) -> dict[str, Any]:
    return {'errors': [{'code': code, 'details': {'message': message}}]}


def _api_error(exc: exceptions.APIException) -> Response:
    headers = {}
    if auth_header := getattr(exc, 'auth_header', None):
        headers['WWW-Authenticate'] = auth_header
    if (wait := getattr(exc, 'wait', None)) is not None:
        headers['Retry-After'] = str(int(wait))
    if isinstance(exc, exceptions.ValidationError):
        body: dict[str, Any] = {'errors': [{'code': 'VALIDATION_ERROR', 'details': list(_flat(exc.detail))}]}
    else:
        body = envelope(_code(exc), str(exc.detail))
    return Response(body, status=exc.status_code, headers=headers)


def _code(exc: exceptions.APIException) -> str:
    codes = exc.get_codes()
    # A class may have a code of its own, as InvalidSignature has.
    return 'NOT_AUTHENTICATED' if codes == 'authentication_failed' else str(codes).upper()


def _flat(detail: object, path: str | None = None) -> Iterator[dict[str, str | None]]:
    """Yield nested details with full dotted paths."""
    match detail:
        case dict():
            for key, value in detail.items():
                is_field = key != api_settings.NON_FIELD_ERRORS_KEY
                yield from _flat(value, '.'.join(filter(None, (path, str(key)))) if is_field else path)
        case list():
            for value in detail:
                yield from _flat(value, path)
        case _:
            yield {'field': path, 'message': str(detail), 'code': getattr(detail, 'code', 'invalid')}


def _unavailable(exc: Exception, request: Any) -> Response:  # noqa: ANN401 - REST framework's request, or None
    metrics.UNAVAILABLE.inc()
    response = Response(
        envelope('SERVICE_UNAVAILABLE', 'The service cannot answer just now. Try again soon.'),
        status=status.HTTP_503_SERVICE_UNAVAILABLE,
        headers={'Retry-After': str(RETRY_AFTER_SECONDS)},
    )
    _log('Service unavailable: %s', exc, request, response)
    return response


def _crash(exc: Exception, request: Any) -> Response:  # noqa: ANN401 - REST framework's request, or None
    """Log the traceback of a bug, and send Django's signal for monitors."""
    got_request_exception.send(sender=handle_exception, request=request)
    response = Response(
        envelope('INTERNAL_ERROR', 'An unexpected error occurred.'), status=status.HTTP_500_INTERNAL_SERVER_ERROR
    )
    _log('Internal error: %s', exc, request, response)
    return response


def _log(message: str, exc: Exception, request: Any, response: Response) -> None:  # noqa: ANN401 - as above
    """Log one record. Django's function marks the response, so that its handler logs no second one."""
    log_response(message, exc, request=request, response=response, exception=exc, logger=logger)


def plain_error(code: str, message: str, status_code: int) -> HttpResponse:
    """Return the error envelope outside of REST framework."""
    body = OrjsonRenderer().render(envelope(code, message))
    return HttpResponse(body, status=status_code, content_type=OrjsonRenderer.media_type)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler400
    return plain_error('BAD_REQUEST', 'Bad request.', status.HTTP_400_BAD_REQUEST)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler403
    return plain_error('PERMISSION_DENIED', 'Permission denied.', status.HTTP_403_FORBIDDEN)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's handler404
    return plain_error('NOT_FOUND', 'Not found.', status.HTTP_404_NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django's handler500
    return plain_error('INTERNAL_ERROR', 'An unexpected error occurred.', status.HTTP_500_INTERNAL_SERVER_ERROR)
