import re
from typing import Final

from django.views.debug import SafeExceptionReporterFilter


class SecretsFilter(SafeExceptionReporterFilter):
    """Hide also settings named URL or DSN, which often contain a password."""

    hidden_settings: Final = re.compile(f'{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|DSN', re.IGNORECASE)  # type: ignore[misc]  # not final in Django
