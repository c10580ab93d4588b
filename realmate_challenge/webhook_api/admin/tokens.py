"""Tokens for reading: who has one, and revoking it. `manage.py create_token` makes them."""

from typing import final

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

# Knox's own page creates tokens and shows their keys.
admin.site.unregister(AuthToken)


@final
@admin.register(AuthToken)
class TokenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # Django's is not generic at run time
    list_display = ('beginning', 'user', 'created', 'expiry')
    list_display_links = None
    list_select_related = ('user',)
    ordering = ('-created',)
    search_fields = ('user__username',)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002 - Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:  # noqa: ARG002 - the same
        return False

    @admin.display(description=_('key'))
    def beginning(self, token: AuthToken) -> str:
        return f'{token.token_key[:8]}…'
