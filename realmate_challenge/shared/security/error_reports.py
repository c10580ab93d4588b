"""What Django's debug page and error reports hide."""

import re
from typing import Final, final

from django.views.debug import SafeExceptionReporterFilter


@final
class SecretsFilter(SafeExceptionReporterFilter):
    """Django's filter, which also hides settings named URL or DSN: such an address often holds a password."""

    hidden_settings: Final = re.compile(f'{SafeExceptionReporterFilter.hidden_settings.pattern}|URL|DSN', re.IGNORECASE)  # type: ignore[misc]  # not final in Django
