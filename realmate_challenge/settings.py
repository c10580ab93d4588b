"""Django settings, from the environment and from a `.env` file beside `manage.py`. `docs/operations.md` lists them."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from django.core.management.utils import get_random_secret_key
from marshmallow.validate import OneOf, Range

from realmate_challenge.shared import environment

BASE_DIR: Final = Path(__file__).resolve().parent.parent

# --- Environment -----------------------------------------------------------------------------------------------------
environment.load(BASE_DIR)
env: Final = environment.Environment()

# `manage.py` sets the default to true.
DEBUG: Final = env.bool('DJANGO_DEBUG', default=False)
SECRET_KEY: Final = env.str('DJANGO_SECRET_KEY', get_random_secret_key()) if DEBUG else env.str('DJANGO_SECRET_KEY')
ALLOWED_HOSTS: Final = env.list('DJANGO_ALLOWED_HOSTS', ['localhost', '.localhost', '127.0.0.1', '[::1]'], str.strip)
HTTPS: Final = env.bool('DJANGO_HTTPS', default=not DEBUG)
SECURE_HSTS_PRELOAD: Final = env.bool('DJANGO_HSTS_PRELOAD', default=False)

WEBHOOK_ACCEPT_LATE_MESSAGES: Final = env.bool('WEBHOOK_ACCEPT_LATE_MESSAGES', default=False)
WEBHOOK_MAX_BODY_BYTES: Final = env.int('WEBHOOK_MAX_BODY_BYTES', 2**20, validate=Range(1, 2**30))
WEBHOOK_MAX_UNAPPLIED_EVENTS: Final = env.int('WEBHOOK_MAX_UNAPPLIED_EVENTS', 100_000, validate=Range(1))
WEBHOOK_MAX_UNAPPLIED_BYTES: Final = env.int('WEBHOOK_MAX_UNAPPLIED_BYTES', 2**28, validate=Range(2**20))
WEBHOOK_MAX_INVALID_EVENTS: Final = env.int('WEBHOOK_MAX_INVALID_EVENTS', 1_000, validate=Range(1))
WEBHOOK_SIGNATURE_SCHEME: Final = env.str('WEBHOOK_SIGNATURE_SCHEME', 'standard', validate=OneOf(['standard', 'hub']))
WEBHOOK_SECRETS: Final = env.secrets('WEBHOOK_SECRETS', '', scheme=WEBHOOK_SIGNATURE_SCHEME)
API_REQUIRE_AUTH: Final = env.bool('API_REQUIRE_AUTH', default=not DEBUG)

LOG_FORMAT: Final = env.str('LOG_FORMAT', 'text' if DEBUG else 'json', validate=OneOf(['json', 'text']))
LOG_LEVEL: Final = env.str('LOG_LEVEL', 'INFO', validate=OneOf(['DEBUG', 'INFO', 'WARNING', 'ERROR']))
DATABASE_OPTIONS: Final = {
    'django.db.backends.postgresql': {
        # Prepare a statement once per connection. PgBouncer before 1.22 in transaction mode needs
        # `?prepare_threshold=` (empty: never) in DATABASE_URL.
        'server_side_binding': True,
        'prepare_threshold': 2,
        'connect_timeout': 3,
        # A long wait for a lock ends in a 503 and a retry by the client, and frees the thread. psycopg cannot
        # read times in the other styles, which a database may have as its default.
        'options': '-c lock_timeout=5s -c DateStyle=ISO',
    },
    'django.db.backends.sqlite3': {
        # Take the write lock when a transaction begins: upgrading a read lock fails at once under contention.
        'transaction_mode': 'IMMEDIATE',
        # WAL: readers do not block the writer. FULL: committed transactions survive a power failure.
        'init_command': 'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL',
        'timeout': 5.0,
    },
}
DATABASES: Final = {
    'default': env.database(
        'DATABASE_URL', f'sqlite:///{quote(str(BASE_DIR / "db.sqlite3"))}', options=DATABASE_OPTIONS
    )
}
env.seal()
# A misspelt name would silently leave a default. The variables of Django itself are left out.
UNKNOWN_VARIABLES: Final = env.unknown_variables('WEBHOOK_.*|DJANGO_(?!SETTINGS_MODULE$|SUPERUSER_|COLORS$).*')

# --- Application -----------------------------------------------------------------------------------------------------
INSTALLED_APPS: Final = [
    'knox',  # before `webhook_api`, which replaces its admin page
    'realmate_challenge.webhook_api',
    'rest_framework',
    'drf_spectacular',
    'drf_spectacular_sidecar',
    'django.contrib.admin',
    'django.contrib.auth',
    'django.contrib.contenttypes',
    'django.contrib.sessions',
    'django.contrib.messages',
    'django.contrib.staticfiles',
    'axes',
]
MIDDLEWARE: Final = [
    'realmate_challenge.shared.observability.logs.assign_request_id',
    'realmate_challenge.shared.http.request_bodies.drop_unread_bodies',
    'realmate_challenge.shared.http.middleware.TransportSecurityMiddleware',
    'realmate_challenge.shared.http.middleware.ShortCut',
    # From here on only for pages, and for reading with a session.
    'django.middleware.security.SecurityMiddleware',
    'whitenoise.middleware.WhiteNoiseMiddleware',
    'realmate_challenge.shared.http.middleware.InputLimits',
    'django.contrib.sessions.middleware.SessionMiddleware',
    'realmate_challenge.shared.http.middleware.AdminLocaleMiddleware',
    'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
    'django.middleware.clickjacking.XFrameOptionsMiddleware',
    'axes.middleware.AxesMiddleware',
]
DEFAULT_AUTO_FIELD: Final = 'django.db.models.BigAutoField'
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

# --- Users -----------------------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS: Final = [
    'axes.backends.AxesStandaloneBackend',
    'django.contrib.auth.backends.ModelBackend',
]
AUTH_PASSWORD_VALIDATORS: Final[list[dict[str, Any]]] = [
    {'NAME': 'django.contrib.auth.password_validation.UserAttributeSimilarityValidator'},
    {'NAME': 'django.contrib.auth.password_validation.MinimumLengthValidator', 'OPTIONS': {'min_length': 12}},
    {'NAME': 'django.contrib.auth.password_validation.CommonPasswordValidator'},
    {'NAME': 'django.contrib.auth.password_validation.NumericPasswordValidator'},
]
# Idle time: each request renews the session.
SESSION_COOKIE_AGE: Final = 8 * 60 * 60
SESSION_SAVE_EVERY_REQUEST: Final = True
# Lock the pair of user name and address, so that nobody can lock an operator out from another address.
AXES_LOCKOUT_PARAMETERS: Final = [['username', 'ip_address']]
AXES_CLIENT_IP_CALLABLE: Final = 'realmate_challenge.shared.observability.security_log.client_address'
AXES_USERNAME_CALLABLE: Final = 'realmate_challenge.shared.security.login.user_name'
AXES_LOCKOUT_CALLABLE: Final = 'realmate_challenge.shared.security.login.locked_out'
AXES_FAILURE_LIMIT: Final = 10
AXES_COOLOFF_TIME: Final = timedelta(hours=1)
# Attempts during a lock do not extend it.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT: Final = False
AXES_RESET_ON_SUCCESS: Final = True
AXES_DISABLE_ACCESS_LOG: Final = True
AXES_ENABLE_ADMIN: Final = False
API_READ_PERMISSION: Final = 'webhook_api.view_conversation'

# --- API -------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK: Final = {
    'DEFAULT_AUTHENTICATION_CLASSES': [
        'realmate_challenge.shared.security.access.TokenAuthentication',
        'rest_framework.authentication.SessionAuthentication',
    ],
    'DEFAULT_PERMISSION_CLASSES': ['realmate_challenge.shared.security.access.HasReadPermission'],
    'DEFAULT_RENDERER_CLASSES': ['realmate_challenge.shared.http.renderers.OrjsonRenderer'],
    'DEFAULT_CONTENT_NEGOTIATION_CLASS': 'realmate_challenge.shared.http.negotiation.JSONFirstNegotiation',
    'DEFAULT_SCHEMA_CLASS': 'drf_spectacular.openapi.AutoSchema',
    'EXCEPTION_HANDLER': 'realmate_challenge.shared.http.exception_handler.handle_exception',
    'URL_FORMAT_OVERRIDE': None,
}
SPECTACULAR_SETTINGS: Final = {
    'TITLE': 'Webhook Event Processor',
    'DESCRIPTION': 'Registers the events of a WhatsApp customer-service platform and serves its conversations.',
    'VERSION': '1.0.0',
    'SERVERS': [{'url': '/', 'description': 'The host of this document.'}],
    'TAGS': [
        {'name': 'webhook', 'description': 'Receive the events of the platform.'},
        {'name': 'conversations', 'description': 'Read conversations and their messages.'},
    ],
    'SERVE_INCLUDE_SCHEMA': False,
    'SWAGGER_UI_DIST': 'SIDECAR',
    'SWAGGER_UI_FAVICON_HREF': 'SIDECAR',
    'REDOC_DIST': 'SIDECAR',
    'SWAGGER_UI_SETTINGS': {'deepLinking': True, 'validatorUrl': None},  # without the badge of an online validator
    'POSTPROCESSING_HOOKS': [
        'realmate_challenge.shared.api_docs.keep_enums_inline',
        'realmate_challenge.shared.api_docs.complete_operations',
    ],
    'ENUM_GENERATE_CHOICE_DESCRIPTION': False,
    'ENFORCE_NON_BLANK_FIELDS': True,
    'GENERIC_ADDITIONAL_PROPERTIES': None,
}

# --- HTTP ------------------------------------------------------------------------------------------------------------
SECURE_PROXY_SSL_HEADER: Final = ('HTTP_X_FORWARDED_PROTO', 'https') if HTTPS else None
# Only pages are redirected: `ShortCut` answers the other paths before Django's SecurityMiddleware.
SECURE_SSL_REDIRECT: Final = HTTPS
SECURE_HSTS_SECONDS: Final = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS: Final = HTTPS
SESSION_COOKIE_SECURE: Final = HTTPS
CSRF_COOKIE_SECURE: Final = HTTPS
CSRF_FAILURE_VIEW: Final = 'realmate_challenge.shared.http.exception_handler.permission_denied'
# Plain HTTP is the operator's decision, and so is HSTS with `preload`, which cannot be undone for months.
SILENCED_SYSTEM_CHECKS: Final = (
    ['security.W021'] if HTTPS else [f'security.W{number}' for number in ('004', '008', '010', '012', '016')]
)

DEFAULT_EXCEPTION_REPORTER_FILTER: Final = 'realmate_challenge.shared.security.error_reports.SecretsFilter'
# No page accepts files: do not write uploads to the disk.
FILE_UPLOAD_HANDLERS: Final[list[str]] = []

STATIC_URL: Final = 'static/'
# Serve the files from the installed packages: `collectstatic` is not needed.
WHITENOISE_USE_FINDERS: Final = True

# --- Logs ------------------------------------------------------------------------------------------------------------
LOGGING: Final = {
    'version': 1,
    'disable_existing_loggers': False,
    'formatters': {
        'json': {
            '()': 'pythonjsonlogger.orjson.OrjsonFormatter',
            'fmt': ['levelname', 'name', 'message'],
            'rename_fields': {'levelname': 'level', 'name': 'logger', 'exc_info': 'traceback'},
            'timestamp': 'time',
            'json_default': str,
        },
        'text': {
            '()': 'realmate_challenge.shared.observability.logs.TextFormatter',
            'fmt': '%(asctime)s %(levelname)-7s %(message)s',
            'datefmt': '%H:%M:%S',
        },
    },
    'filters': {'records': {'()': 'realmate_challenge.shared.observability.logs.RecordFilter'}},
    # Without a buffer, so that a graceful stop loses no line.
    'handlers': {'stderr': {'class': 'logging.StreamHandler', 'formatter': LOG_FORMAT, 'filters': ['records']}},
    'root': {'handlers': ['stderr'], 'level': LOG_LEVEL},
    'loggers': {
        'django': {'handlers': [], 'propagate': True},
        'django.request': {'level': 'ERROR'},  # without a warning for each 4xx
        'axes': {'level': 'ERROR'},  # `security_log` writes the same lines
    },
}

# --- Language and time -----------------------------------------------------------------------------------------------
# The admin is in the language of the browser, if it is one of these. The API is in English.
LANGUAGE_CODE: Final = 'en'
LANGUAGES: Final = [('en', 'English'), ('pt-br', 'Português (Brasil)')]
TIME_ZONE: Final = 'UTC'
