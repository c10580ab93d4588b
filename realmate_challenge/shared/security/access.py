"""Authentication and permission of readers."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from knox import auth
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from realmate_challenge.shared.database.retries import resilient

if TYPE_CHECKING:
    # `rest_framework.views` imports this module, for its default classes.
    from rest_framework.views import APIView


class TokenAuthentication(auth.TokenAuthentication):  # type: ignore[misc]  # untyped base
    """Authenticate by a token that is stored as a hash and expires (django-rest-knox)."""

    @resilient
    def authenticate_credentials(self, token: bytes) -> Any:  # noqa: ANN401 - untyped
        """Raises: AuthenticationFailed."""
        # Keys are hexadecimal. Knox cannot decode other bytes than UTF-8, and PostgreSQL cannot compare a NUL.
        if not token.isalnum():
            raise exceptions.AuthenticationFailed
        return super().authenticate_credentials(token)

    def _cleanup_token(self, auth_token: Any) -> bool:  # noqa: ANN401 - untyped
        """Return whether the token has expired. Knox's own method also queries all other tokens of the user."""
        return auth_token.expiry is not None and auth_token.expiry <= timezone.now()


class HasReadPermission(BasePermission):
    """Allow users with `API_READ_PERMISSION`, or everybody if `API_REQUIRE_AUTH` is off."""

    def has_permission(self, request: Request, view: 'APIView') -> bool:  # noqa: ARG002 - REST framework's signature
        return not settings.API_REQUIRE_AUTH or request.user.has_perm(settings.API_READ_PERMISSION)
