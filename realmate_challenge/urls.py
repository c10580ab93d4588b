"""The addresses; the hot one first."""

from typing import Final

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from realmate_challenge.shared import exception_handler
from realmate_challenge.shared.docs import RedocView, SwaggerView
from realmate_challenge.shared.views import UnknownURLView

handler400: Final = exception_handler.bad_request
handler403: Final = exception_handler.permission_denied
handler404: Final = exception_handler.page_not_found
handler500: Final = exception_handler.server_error

urlpatterns: Final[list[URLPattern | URLResolver]] = [
    path('', include('realmate_challenge.webhook_api.urls')),
    path('schema/', SpectacularAPIView.as_view(), name='schema'),
    path('docs/', SwaggerView.as_view(), name='docs'),
    path('redoc/', RedocView.as_view(), name='redoc'),
    path('admin/', admin.site.urls),
    # Also while DEBUG, when Django would answer with a page of its own.
    re_path('', UnknownURLView.as_view()),
]
