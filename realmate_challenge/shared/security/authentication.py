"""Tokens for reading: stored as a hash, with an expiry date (django-rest-knox)."""

from typing import Any, final

from django.utils import timezone
from knox import auth
from rest_framework import exceptions


@final
class TokenAuthentication(auth.TokenAuthentication):  # type: ignore[misc]  # untyped base
    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        """Raises: AuthenticationFailed."""
        # Keys are hexadecimal. Knox cannot decode other bytes than UTF-8, and PostgreSQL cannot compare a NUL.
        if not token.isalnum():
            raise exceptions.AuthenticationFailed
        credentials: tuple[Any, Any] = super().authenticate_credentials(token)
        return credentials

    def _cleanup_token(self, auth_token: Any) -> bool:  # noqa: ANN401 - untyped
        """Return whether the token has expired. Knox itself would query the user's other tokens for each request."""
        return auth_token.expiry is not None and auth_token.expiry <= timezone.now()
