"""REST framework's tokens, where no header may crash a look into the database."""

from typing import TYPE_CHECKING, Any, final

from rest_framework import authentication, exceptions

if TYPE_CHECKING:
    from rest_framework.authtoken.models import Token


@final
class TokenAuthentication(authentication.TokenAuthentication):
    def authenticate_credentials(self, key: str) -> 'tuple[Any, Token]':
        """Raises: AuthenticationFailed."""
        if '\0' in key:
            # PostgreSQL refuses to compare it. Django's development server lets it through in a header.
            raise exceptions.AuthenticationFailed
        return super().authenticate_credentials(key)
