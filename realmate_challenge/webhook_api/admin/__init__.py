from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from realmate_challenge.webhook_api.admin.conversations import ConversationAdmin, MessageAdmin
from realmate_challenge.webhook_api.admin.tokens import TokenAdmin
from realmate_challenge.webhook_api.admin.unapplied_events import UnappliedEventAdmin

__all__ = ['ConversationAdmin', 'MessageAdmin', 'TokenAdmin', 'UnappliedEventAdmin']

admin.site.site_header = _('Customer service')
admin.site.site_title = _('Customer service')
admin.site.index_title = _('Conversations and events')
# The service has no other pages for operators, so there is no "View site" link.
admin.site.site_url = None
# The lists need the full width.
admin.site.enable_nav_sidebar = False
