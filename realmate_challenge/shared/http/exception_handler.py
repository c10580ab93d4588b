"""Convert every exception into a status and the error envelope. No other module does."""

import logging
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied, SuspiciousOperation, ValidationError
from django.core.signals import got_request_exception
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from realmate_challenge.shared.database.retries import is_unavailability
from realmate_challenge.shared.errors import DomainError, NotFoundError, UnavailableError
from realmate_challenge.shared.http.renderers import OrjsonRenderer
from realmate_challenge.shared.observability import metrics, security_log
from realmate_challenge.shared.observability.logs import OncePerMinute

logger: Final = logging.getLogger(__name__)

ADMIN: Final = '/admin/'
# What look-ups raise for values that they cannot convert or compare.
MALFORMED: Final = (ValueError, OverflowError, ValidationError, DataError)
# An outage fails all requests for the same reason.
_traceback_is_due: Final = OncePerMinute()


class BadRequest(exceptions.APIException):
    status_code = status.HTTP_400_BAD_REQUEST
    default_detail = 'Bad request.'
    default_code = 'bad_request'


class ServiceUnavailable(exceptions.APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = 'The service is temporarily unavailable. Retry later.'
    default_code = 'service_unavailable'
    wait = 2  # seconds


class InternalError(exceptions.APIException):
    default_detail = 'An unexpected error occurred.'
    default_code = 'internal_error'


def handle_exception(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Return the response to an exception: REST framework's `EXCEPTION_HANDLER`, for every kind of exception."""
    request = context['request']
    set_rollback()
    if isinstance(exc, security_log.REFUSALS):
        security_log.record_refusal(request, context['view'], exc)
    # The views of the docs render HTML and YAML. Their errors are JSON, too.
    request.accepted_renderer, request.accepted_media_type = OrjsonRenderer(), OrjsonRenderer.media_type
    error = api_error(exc)
    headers = {'WWW-Authenticate': getattr(error, 'auth_header', None), 'Retry-After': getattr(error, 'wait', None)}
    given = {name: str(value) for name, value in headers.items() if value is not None}
    response = Response(envelope(error), error.status_code, headers=given)
    if status.is_server_error(error.status_code):
        _report(exc, error, request, response)
    return response


def api_error(exc: Exception) -> exceptions.APIException:
    """Return the error with the status, the code and the message of the response to an exception."""
    match exc:
        case exceptions.APIException():
            return exc
        case DomainError():
            error = exceptions.APIException(str(exc), exc.code)
            is_missing = isinstance(exc, NotFoundError)
            error.status_code = status.HTTP_404_NOT_FOUND if is_missing else status.HTTP_400_BAD_REQUEST
            return error
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case SuspiciousOperation():
            return BadRequest()
    is_temporary = isinstance(exc, UnavailableError) or is_unavailability(exc)
    return ServiceUnavailable() if is_temporary else InternalError()


def reason(error: exceptions.APIException) -> str:
    """Return the code of an error, or the invalid fields, in one line without values of the client."""
    if isinstance(error, exceptions.ValidationError):
        return ' '.join(f'{each["field"] or "event"}: {each["message"]}' for each in _field_errors(error.detail))
    code = str(error.get_codes()).upper()
    return 'NOT_AUTHENTICATED' if code == 'AUTHENTICATION_FAILED' else code


def envelope(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return {'errors': [{'code': 'VALIDATION_ERROR', 'details': list(_field_errors(error.detail))}]}
    return {'errors': [{'code': reason(error), 'details': {'message': str(error.detail)}}]}


def _field_errors(detail: object, path: str | None = None) -> Iterator[dict[str, str | None]]:
    """Flatten nested error details: one for each error, with the full dotted path of the field."""
    match detail:
        case dict():
            for key, value in detail.items():
                is_field = key != api_settings.NON_FIELD_ERRORS_KEY
                yield from _field_errors(value, '.'.join(filter(None, (path, str(key)))) if is_field else path)
        case list():
            for value in detail:
                yield from _field_errors(value, path)
        case _:
            yield {'field': path, 'message': str(detail), 'code': getattr(detail, 'code', 'invalid')}


def _report(exc: Exception, error: exceptions.APIException, request: Any, response: HttpResponse) -> None:  # noqa: ANN401 - REST framework's or Django's request
    """Count or signal a failure, and log it in one line, with the `log_facts` that a view has set in the request."""
    facts = {'status': error.status_code, 'path': request.path, **getattr(request, 'log_facts', {})}
    if exc is error:  # raised by a view that is not ready
        logger.warning('%s: %s', error.get_codes(), exc, extra=facts)
    elif isinstance(error, ServiceUnavailable):
        metrics.UNAVAILABLE.inc()
        logger.error('%s: %s', error.get_codes(), exc, extra=facts, exc_info=exc if _traceback_is_due() else None)
    else:
        got_request_exception.send(sender=handle_exception, request=request)
        logger.error('%s: %s', error.get_codes(), exc, extra=facts, exc_info=exc)
    # Django would log the response again.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - as `log_response` of Django does


def error_response(request: HttpRequest, error: exceptions.APIException) -> HttpResponse:
    """Return an error outside of REST framework's views: a page in the admin, the envelope elsewhere."""
    if request.path_info.startswith(ADMIN):
        # The error may have occurred before the middleware for the language.
        with translation.override(translation.get_language_from_request(request)):
            texts = {'title': gettext(HTTPStatus(error.status_code).phrase), 'details': gettext(str(error.detail))}
            return render(request, 'admin/error.html', texts, status=error.status_code)
    body = OrjsonRenderer().render(envelope(error))
    return HttpResponse(body, status=error.status_code, content_type=OrjsonRenderer.media_type)


def handle_admin_exception(request: HttpRequest, exc: Exception) -> HttpResponse | None:
    """Return the page for a failed look-up of the admin, or None for other exceptions, which Django handles.

    The admin passes ids and filters of the client to look-ups without validation: what they refuse is a 400. A bug with
    such an exception is logged with its traceback, too.
    """
    error = BadRequest() if isinstance(exc, MALFORMED) else api_error(exc)
    if not isinstance(exc, MALFORMED) and not isinstance(error, ServiceUnavailable):
        return None
    response = error_response(request, error)
    _report(exc, error, request, response)
    return response


def _error_view(error: type[exceptions.APIException]) -> Callable[..., HttpResponse]:
    return csrf_exempt(lambda request, exception=None, reason='': error_response(request, error()))  # noqa: ARG005 - Django's signatures


# The views of `handler400` to `handler500`, and of CSRF failures.
bad_request: Final = _error_view(BadRequest)
permission_denied: Final = _error_view(exceptions.PermissionDenied)
page_not_found: Final = _error_view(exceptions.NotFound)
server_error: Final = _error_view(InternalError)
