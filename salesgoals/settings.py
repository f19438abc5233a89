"""Settings by environment, safe when nothing is set. `docs/deploy.md` lists every variable."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _
from environs import Env

from salesgoals.logs import logging_config
from salesgoals.secret_key import secret_key_of

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("SALESGOALS_DATA_DIR", "") or BASE_DIR / "var").resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

# --- Safety ---------------------------------------------------------------------------------------
DEBUG = env.bool("SALESGOALS_DEBUG", False)
SECRET_KEY = env.str("SALESGOALS_SECRET_KEY", "") or secret_key_of(DATA_DIR)
SITE_URL = env.str("SALESGOALS_URL", "http://127.0.0.1:8000").rstrip("/")
HTTPS = env.bool("SALESGOALS_HTTPS", SITE_URL.startswith("https://"))
_site = urlsplit(SITE_URL)
# Loopback stays allowed for probes; SALESGOALS_HOSTS adds further names of this site.
ALLOWED_HOSTS = [
    "localhost",
    "127.0.0.1",
    "[::1]",
    _site.hostname or "localhost",
    *env.list("SALESGOALS_HOSTS", []),
]
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "salesgoals_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes speak plain HTTP from inside
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "salesgoals.errors.csrf_failure"
# Reverse proxies in front that may tell the client's address; 0: nobody, so such a header is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES = env.int("SALESGOALS_PROXIES", 0)

# --- Rooms ----------------------------------------------------------------------------------------
ROOMS = ["org", "crm", "metrics", "targets", "tracking", "dashboards"]
INSTALLED_APPS = [
    "salesgoals.apps.SalesGoalsConfig",
    *ROOMS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "salesgoals.apps.StaticFiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
]
MIDDLEWARE = [
    "salesgoals.middleware.RequestIdMiddleware",
    "org.http.ApiUsageMiddleware",
    "salesgoals.middleware.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "org.http.RowScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "salesgoals.urls"
WSGI_APPLICATION = "salesgoals.wsgi.application"
APPEND_SLASH = True
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "salesgoals.context.page_frame",
            ]
        },
    }
]

# --- Storage --------------------------------------------------------------------------------------
_sqlite_url = f"sqlite:///{DATA_DIR / 'salesgoals.sqlite3'}"
DATABASES = {"default": env.dj_db_url("DATABASE_URL", _sqlite_url, conn_max_age=60, conn_health_checks=True)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock at the start: writers queue (timeout) instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", "")
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {  # shared by the web processes of one machine, unlike memory: rate limits must count together
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    }
}

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("SALESGOALS_STATIC_ROOT", "") or BASE_DIR / "staticfiles")
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "salesgoals.vendor_files.VendorFinder",
]
# Names with a hash are there once `collectstatic` has run; until then, and while developing, files are found
# in place.
STATIC_COLLECTED = not DEBUG and (STATIC_ROOT / "staticfiles.json").is_file()
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("png", "jpg", "gif", "woff", "woff2", "gz", "br", "map")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_COLLECTED or "collectstatic" in sys.argv[1:2]
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = DATA_DIR / "media"
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"  # the table is asked only on a cache miss

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"  # stored and shown moments; days are cut in the company's time zone (org.Company)

# --- Sign-in --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "org.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "org.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation link went to that address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[SalesGoals] "
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/300s/key",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "SalesGoals"

# --- API ------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("SALESGOALS_MAX_BODY_MB", 64) * 1_000_000  # 10,000 records fit well
DATA_UPLOAD_MAX_NUMBER_FIELDS = (
    20_000  # a page of 200 children has six fields each; a draft of others comes along
)
API_USAGE_SECONDS = 30.0  # a web process counts that long before it writes what tokens did; 0: until asked
REST_FRAMEWORK: dict[str, object] = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # Our own views add bearer tokens (org.http); named here, they would import this very package.
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "api": env.str("SALESGOALS_API_RATE", "6000/min"),
        "incoming": env.str("SALESGOALS_INCOMING_RATE", "600/min"),
    },
    "EXCEPTION_HANDLER": "org.http.problem_handler",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "NUM_PROXIES": PROXIES,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
# The guide stands above the addresses that the document describes, with this site's own address.
_guide = (BASE_DIR / "docs" / "api.md").read_text().removeprefix("# The API\n\n")
_guide = _guide.replace("http://127.0.0.1:8000", SITE_URL)
SPECTACULAR_SETTINGS = {
    "TITLE": "SalesGoals API",
    "DESCRIPTION": _guide,
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],  # it describes, it shows no data
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AssignmentKindEnum": "org.models.AssignmentKind",
        "CalibrationStatusEnum": "targets.models.CalibrationStatus.values",
    },
}

# --- Mail -----------------------------------------------------------------------------------------
EMAIL_HOST = env.str("SALESGOALS_SMTP_HOST", "")
EMAIL_PORT = env.int("SALESGOALS_SMTP_PORT", 587)
EMAIL_HOST_USER = env.str("SALESGOALS_SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.str("SALESGOALS_SMTP_PASSWORD", "")
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_USE_TLS = env.bool("SALESGOALS_SMTP_STARTTLS", EMAIL_PORT == 587)
# Without a mail server, mails are printed in the log rather than lost without a trace.
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("SALESGOALS_FROM_EMAIL", "") or f"salesgoals@{_site.hostname}"

# --- Background work ------------------------------------------------------------------------------
BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
else:
    for _name in ("messages", "control"):
        (BROKER_DIR / _name).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT = "salesgoals.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.05,
    }
CELERY_WORKER_PREFETCH_MULTIPLIER = 4  # the file transport hands out one message a poll; Redis gains too
CELERY_TASK_IGNORE_RESULT = True  # state lives in job rows and in the outbox
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# The schedule is code: an interval is no company's own setting. Ticks have a queue and a worker of their own,
# so that a long job never delays them, and expire, so that they never pile up behind an absent worker.
CELERY_BEAT_SCHEDULE = {
    "sweep outbox": {
        "task": "metrics.tasks.sweep_outbox",
        "schedule": 5.0,
        "options": {"queue": "beat", "expires": 5},
    },
    "sweep imports": {
        "task": "crm.tasks.sweep_imports",
        "schedule": 15.0,
        "options": {"queue": "beat", "expires": 15},
    },
    "forget imports": {
        "task": "crm.tasks.forget_imports",
        "schedule": crontab(hour="3", minute="30"),
        "options": {"queue": "beat", "expires": 3600},
    },
    "sweep connections": {
        "task": "crm.tasks.sweep_connections",
        "schedule": 20.0,
        "options": {"queue": "beat", "expires": 20},
    },
    "compare connections": {
        "task": "crm.tasks.sweep_comparisons",
        "schedule": crontab(hour="1", minute="20"),
        "options": {"queue": "beat", "expires": 3600},
    },
    "sweep plan jobs": {
        "task": "targets.tasks.sweep_plan_jobs",
        "schedule": 15.0,
        "options": {"queue": "beat", "expires": 15},
    },
    "forget grid drafts": {
        "task": "targets.tasks.forget_grid_drafts",
        "schedule": crontab(hour="3", minute="40"),
        "options": {"queue": "beat", "expires": 3600},
    },
    # At :05, :15 … of every hour: so also at five past midnight in the company's time zone (or ten past, in
    # the few zones a quarter of an hour off).
    "sweep snapshots": {
        "task": "tracking.tasks.sweep_snapshots",
        "schedule": crontab(minute="5-59/10"),
        "options": {"queue": "beat", "expires": 600},
    },
    "sweep webhooks": {
        "task": "org.tasks.sweep_hooks",
        "schedule": 5.0,
        "options": {"queue": "beat", "expires": 5},
    },
    "sweep incoming webhooks": {
        "task": "crm.tasks.sweep_incoming",
        "schedule": 5.0,
        "options": {"queue": "beat", "expires": 5},
    },
    "forget incoming webhooks": {
        "task": "crm.tasks.forget_incoming",
        "schedule": crontab(minute="47", hour="2"),
        "options": {"queue": "beat", "expires": 3600},
    },
    "forget webhooks": {
        "task": "org.tasks.forget_hooks",
        "schedule": crontab(minute="37", hour="2"),
        "options": {"queue": "beat", "expires": 3600},
    },
    "forget usage": {
        "task": "org.tasks.forget_usage",
        "schedule": crontab(minute="47", hour="2"),
        "options": {"queue": "beat", "expires": 3600},
    },
}
# Private networks that webhooks may be sent to, for receivers inside the house; all others must be public.
_networks: list[str] = env.list("SALESGOALS_HOOK_NETWORKS", [])
HOOK_NETWORKS = [str(ipaddress.ip_network(each)) for each in _networks]
# The same for systems that are pulled from: who may be told is not yet who may be asked.
_networks = env.list("SALESGOALS_CONNECTOR_NETWORKS", [])
CONNECTOR_NETWORKS = [str(ipaddress.ip_network(each)) for each in _networks]
READY_OUTBOX_SECONDS = env.int("SALESGOALS_READY_OUTBOX_SECONDS", 300)

# --- Logs -----------------------------------------------------------------------------------------
LOGGING_CONFIG = None
logging_config(level=env.str("SALESGOALS_LOG_LEVEL", "INFO"), style=env.str("SALESGOALS_LOG_STYLE", "auto"))
