from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from realmate_challenge.webhook_api.admin.base import ReadOnlyAdmin

# Knox's own page creates tokens and shows their keys.
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(ReadOnlyAdmin):
    list_display = ('beginning', 'user', 'created', 'expiry')
    list_display_links = None
    list_select_related = ('user',)
    ordering = ('-created',)
    search_fields = ('user__username',)

    @admin.display(description=_('key'))
    def beginning(self, token: AuthToken) -> str:
        return f'{token.token_key[:8]}…'
