"""Settings, all from the environment; a `.env` file beside `manage.py` is read too. Names: see `docs/operations.md`."""

from pathlib import Path
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

from realmate_challenge.shared import environment

BASE_DIR: Final = Path(__file__).resolve().parent.parent

environment.load(BASE_DIR)

# --- Doors -----------------------------------------------------------------------------------------------------------
# `manage.py` sets DJANGO_DEBUG, unless told otherwise; `wsgi.py` and `asgi.py` do not.
DEBUG: Final = environment.flag('DJANGO_DEBUG', default=False)
SECRET_KEY: Final = environment.text('DJANGO_SECRET_KEY', get_random_secret_key() if DEBUG else '')
if not SECRET_KEY:
    message = 'DJANGO_SECRET_KEY must be set (or DJANGO_DEBUG=true, for development).'
    raise ImproperlyConfigured(message)
ALLOWED_HOSTS: Final = environment.names('DJANGO_ALLOWED_HOSTS', 'localhost,.localhost,127.0.0.1,[::1]')

# --- The service -----------------------------------------------------------------------------------------------------
WEBHOOK_ACCEPT_LATE_MESSAGES: Final = environment.flag('WEBHOOK_ACCEPT_LATE_MESSAGES', default=False)
WEBHOOK_MAX_BODY_BYTES: Final = environment.number('WEBHOOK_MAX_BODY_BYTES', default=2**20, minimum=1)
# A body that takes longer is cut off: see `shared.slow_bodies`.
WEBHOOK_BODY_TIMEOUT_SECONDS: Final = environment.number('WEBHOOK_BODY_TIMEOUT_SECONDS', default=15, minimum=1)
WEBHOOK_SIGNATURE_SCHEME: Final = environment.choice('WEBHOOK_SIGNATURE_SCHEME', {'standard', 'hub'}, 'standard')
WEBHOOK_SECRETS: Final = environment.secrets('WEBHOOK_SECRETS', WEBHOOK_SIGNATURE_SCHEME)
API_REQUIRE_AUTH: Final = environment.flag('API_REQUIRE_AUTH', default=not DEBUG)

# --- Application -----------------------------------------------------------------------------------------------------
INSTALLED_APPS: Final = [
    'realmate_challenge.webhook_api',
    'rest_framework',
    'rest_framework.authtoken',
    'drf_spectacular',
    'drf_spectacular_sidecar',
    'django.contrib.admin',
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'django.contrib.messages',
    'django.contrib.staticfiles',
]
MIDDLEWARE: Final = [
    'realmate_challenge.shared.logs.RequestIdMiddleware',
    'realmate_challenge.shared.middleware.ShortCut',
    # From here on: people's pages, and reading with a session. Machines go around.
    'django.middleware.security.SecurityMiddleware',
    'whitenoise.middleware.WhiteNoiseMiddleware',
    'realmate_challenge.shared.middleware.refuse_nul',
    'django.contrib.sessions.middleware.SessionMiddleware',
    'realmate_challenge.shared.middleware.AdminLocaleMiddleware',
    'realmate_challenge.shared.middleware.AdminSecurityPolicyMiddleware',
    'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
    'django.middleware.clickjacking.XFrameOptionsMiddleware',
]
ROOT_URLCONF: Final = 'realmate_challenge.urls'
WSGI_APPLICATION: Final = 'realmate_challenge.wsgi.application'
TEMPLATES: Final = [
    {
        'BACKEND': 'django.template.backends.django.DjangoTemplates',
        'DIRS': [BASE_DIR / 'realmate_challenge' / 'templates'],
        'APP_DIRS': True,
        'OPTIONS': {
            'context_processors': [
                'django.template.context_processors.request',
                'django.contrib.auth.context_processors.auth',
                'django.contrib.messages.context_processors.messages',
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------------------------------
DATABASES: Final[dict[str, dict[str, Any]]] = {
    'default': environment.database('DATABASE_URL', f'sqlite:///{BASE_DIR / "db.sqlite3"}')
}
_database: Final = DATABASES['default']
# Connections are kept for good; one that broke is replaced when it is used (see `shared.database`).
_database['CONN_MAX_AGE'] = None
if _database['ENGINE'] == 'django.db.backends.postgresql':
    _defaults: dict[str, Any] = {
        # Parameters travel apart from the statement, and a statement is planned once per connection. Behind PgBouncer
        # before 1.21 in transaction mode, say `?prepare_threshold=` (empty: never) in DATABASE_URL.
        'server_side_binding': True,
        'prepare_threshold': 2,
        'connect_timeout': 3,
        # A wait for a lock ends in a 503 and a redelivery, not in a thread that hangs.
        'options': '-c lock_timeout=5s',
    }
else:
    _defaults = {
        # Take the write lock when a transaction begins: upgrading a read lock later fails at once under contention.
        'transaction_mode': 'IMMEDIATE',
        # Readers do not block the writer; FULL: what was acknowledged survives a power cut.
        'init_command': 'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL',
        'timeout': 5.0,
    }
_database['OPTIONS'] = environment.with_defaults(_database.get('OPTIONS', {}), _defaults)
DEFAULT_AUTO_FIELD: Final = 'django.db.models.BigAutoField'

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: Final = {
    'DEFAULT_AUTHENTICATION_CLASSES': [
        'realmate_challenge.shared.authentication.TokenAuthentication',
        'rest_framework.authentication.SessionAuthentication',
    ],
    'DEFAULT_PERMISSION_CLASSES': ['realmate_challenge.shared.permissions.MayRead'],
    'DEFAULT_RENDERER_CLASSES': ['realmate_challenge.shared.renderers.OrjsonRenderer'],
    'DEFAULT_PARSER_CLASSES': ['realmate_challenge.shared.parsers.JSONParser'],
    'DEFAULT_CONTENT_NEGOTIATION_CLASS': 'realmate_challenge.shared.negotiation.JSONFirstNegotiation',
    'DEFAULT_SCHEMA_CLASS': 'drf_spectacular.openapi.AutoSchema',
    'EXCEPTION_HANDLER': 'realmate_challenge.shared.exception_handler.handle_exception',
    'TEST_REQUEST_DEFAULT_FORMAT': 'json',
    'URL_FORMAT_OVERRIDE': None,
}
SPECTACULAR_SETTINGS: Final = {
    'TITLE': 'Webhook Event Processor',
    'DESCRIPTION': 'Registers the events of a WhatsApp customer-service platform and serves its conversations.',
    'VERSION': '1.0.0',
    'TAGS': [
        {'name': 'webhook', 'description': 'What the platform sends.'},
        {'name': 'conversations', 'description': 'What became of it.'},
    ],
    'SERVE_INCLUDE_SCHEMA': False,
    'SWAGGER_UI_DIST': 'SIDECAR',
    'SWAGGER_UI_FAVICON_HREF': 'SIDECAR',
    'REDOC_DIST': 'SIDECAR',
    # None: no badge of an online validator.
    'SWAGGER_UI_SETTINGS': {'deepLinking': True, 'validatorUrl': None},
    'POSTPROCESSING_HOOKS': [
        'realmate_challenge.shared.openapi.keep_enums_inline',
        'realmate_challenge.shared.openapi.require_bodies',
    ],
    'ENUM_GENERATE_CHOICE_DESCRIPTION': False,
    'ENFORCE_NON_BLANK_FIELDS': True,
    'GENERIC_ADDITIONAL_PROPERTIES': None,
}

# --- HTTP ------------------------------------------------------------------------------------------------------------
HTTPS: Final = environment.flag('DJANGO_HTTPS', default=not DEBUG)
SECURE_PROXY_SSL_HEADER: Final = ('HTTP_X_FORWARDED_PROTO', 'https') if HTTPS else None
SECURE_SSL_REDIRECT: Final = HTTPS
# People's pages are redirected. An API's client is not: a redirect loses a body, and tells a token to nobody in time.
SECURE_REDIRECT_EXEMPT: Final = [r'^webhook/?$', r'^conversations/', r'^health/', r'^metrics$']
SECURE_HSTS_SECONDS: Final = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS: Final = HTTPS
SECURE_HSTS_PRELOAD: Final = HTTPS
SESSION_COOKIE_SECURE: Final = HTTPS
CSRF_COOKIE_SECURE: Final = HTTPS
X_FRAME_OPTIONS: Final = 'DENY'
# Plain HTTP by decision is no finding.
SILENCED_SYSTEM_CHECKS: Final = (
    [] if HTTPS else [f'security.W{number}' for number in ('004', '008', '010', '012', '016')]
)

STATIC_URL: Final = 'static/'
# Served from where the packages keep them, so that there is nothing to collect.
WHITENOISE_USE_FINDERS: Final = True

# --- Logs ------------------------------------------------------------------------------------------------------------
LOG_FORMAT: Final = environment.choice('LOG_FORMAT', {'json', 'text'}, 'text' if DEBUG else 'json')
LOG_LEVEL: Final = environment.choice('LOG_LEVEL', {'DEBUG', 'INFO', 'WARNING', 'ERROR'}, 'INFO')
LOGGING: Final = {
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {
        'json': {'()': 'realmate_challenge.shared.logs.JSONFormatter'},
        'text': {'()': 'realmate_challenge.shared.logs.TextFormatter'},
    },
    'filters': {'client_mistakes': {'()': 'realmate_challenge.shared.logs.ClientMistakeFilter'}},
    'handlers': {
        # To stderr, at once: a graceful stop loses no line, and a line that cannot be written changes no answer.
        'stderr': {'class': 'logging.StreamHandler', 'formatter': LOG_FORMAT, 'filters': ['client_mistakes']}
    },
    'root': {'handlers': ['stderr'], 'level': LOG_LEVEL},
    'loggers': {
        'django': {'handlers': [], 'propagate': True},
        # A 4xx is the client's affair; events have a line of their own.
        'django.request': {'level': 'ERROR'},
        'django.server': {'handlers': ['stderr'], 'propagate': False},
    },
}

# --- Language and time -----------------------------------------------------------------------------------------------
# People's pages are in the reader's language, if it is one of these; what machines read is in English.
LANGUAGE_CODE: Final = 'en'
LANGUAGES: Final = [('en', 'English'), ('pt-br', 'Português (Brasil)')]
USE_I18N: Final = True
TIME_ZONE: Final = 'UTC'
USE_TZ: Final = True
