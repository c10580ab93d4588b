from typing import Final

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from realmate_challenge.shared.api_docs import RedocView, SchemaView
from realmate_challenge.shared.http import exception_handler
from realmate_challenge.shared.http.views import LiveView, ReadyView, unknown_url
from realmate_challenge.shared.security import login
from realmate_challenge.webhook_api import urls as webhook_api

handler400: Final = exception_handler.bad_request
handler403: Final = exception_handler.permission_denied
handler404: Final = exception_handler.page_not_found
handler500: Final = exception_handler.server_error

urlpatterns: Final[list[URLPattern | URLResolver]] = [
    # Without `include`, which would add a level to resolve for each request.
    *webhook_api.urlpatterns,
    path('health/live', LiveView.as_view(), name='health-live'),
    path('health/ready', ReadyView.as_view(), name='health-ready'),
    path('schema/', SchemaView.as_view(), name='schema'),
    # Its script has a URL of its own: the Content-Security-Policy forbids scripts in the page.
    path('docs/', SpectacularSwaggerSplitView.as_view(), name='docs'),
    path('redoc/', RedocView.as_view(), name='redoc'),
    path('admin/login/', login.log_in),
    path('admin/', admin.site.urls),
    # With DEBUG, Django would answer an unknown URL with a page of its own.
    re_path('', unknown_url),
]
