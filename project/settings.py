"""The one settings file. What differs between machines comes from the environment (README, "Settings")."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from project import environment

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(str(BASE_DIR / ".env"))  # never overrides what the environment says

SECRET_KEY = environment.read_secret("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = environment.read_keys("FIELD_ENCRYPTION_KEYS")
DEBUG = environment.read_boolean("DEBUG", default=False)
ALLOWED_HOSTS = environment.read_list("ALLOWED_HOSTS", default="localhost,127.0.0.1")
CSRF_FAILURE_VIEW = "project.error_pages.form_too_old"
CSRF_TRUSTED_ORIGINS = environment.read_list("CSRF_TRUSTED_ORIGINS")

# Amazon. Both addresses stay empty in production; the local Amazon sets them.
AMAZON_SP_API_URL = environment.read_address("AMAZON_SP_API_URL")
AMAZON_LWA_URL = environment.read_address("AMAZON_LWA_URL")
AMAZON_PULL_SECONDS = environment.read_integer("AMAZON_PULL_SECONDS", default=180, minimum=1, maximum=86_400)
AMAZON_OVERLAP_SECONDS = environment.read_integer("AMAZON_OVERLAP_SECONDS", default=1800, minimum=0, maximum=604_800)
AMAZON_FIRST_PULL_DAYS = environment.read_integer("AMAZON_FIRST_PULL_DAYS", default=30, minimum=1, maximum=730)

# Hosts inside our own network that webhooks may go to; all others must be public, and reached by HTTPS.
WEBHOOK_PRIVATE_HOSTS = environment.read_hosts("WEBHOOK_PRIVATE_HOSTS")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the default one would put its own site in place of ours
    "unfold.contrib.filters",
    "project.apps.BackOfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "customers",
    "commerce_orders",
    "amazon_channel",
    "project.apps.ProjectConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "project.middleware.AdminContentPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "project.language.PersonsLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "project.second_factor.SecondFactorGate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "project.middleware.BackFromForms",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # the innermost, as its lock-out page needs all the others
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {
    "default": {
        **environment.read_database("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    # Without these, concurrent writers lose work to "database is locked": one writer at a time, readers never wait.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=134217728;"
            "PRAGMA journal_size_limit=27103364;PRAGMA cache_size=-32000;PRAGMA wal_autocheckpoint=4000;"
        ),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# A brake on guesses: five wrong passwords for a user from one address, and that pair waits. Others are not kept out.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_FAILURE_LIMIT = 5
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # who logged in when, and from where, is nobody's business afterwards
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "project.login.show_lockout"
AXES_CLIENT_IP_CALLABLE = "project.login.client_address"
LOGIN_URL = "admin:login"
REQUIRE_SECOND_FACTOR = environment.read_boolean("REQUIRE_SECOND_FACTOR", default=False)
OTP_TOTP_ISSUER = "Commerce back office"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("zh-hans", "简体中文"),
    ("sv", "svenska"),
    ("de", "Deutsch"),
    ("it", "italiano"),
    ("fr", "français"),
]
LOCALE_PATHS = [BASE_DIR / "project" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "project" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # pages work before, and without, collectstatic

# Security. Cookies and redirects demand HTTPS unless DEBUG or the demo on loopback says otherwise.
SERVED_OVER_HTTPS = environment.read_boolean("SERVED_OVER_HTTPS", default=not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SERVED_OVER_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SERVED_OVER_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SERVED_OVER_HTTPS
BEHIND_PROXY = environment.read_boolean("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Mails to staff about what stands still. Buyers are never written to.
mail_server = environment.read_mail_server("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = (mail_server[f"EMAIL_{name}"] for name in ("BACKEND", "HOST", "PORT"))
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = mail_server["EMAIL_HOST_USER"], mail_server["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS, EMAIL_USE_SSL = mail_server.get("EMAIL_USE_TLS", False), mail_server.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.read_text("DEFAULT_FROM_EMAIL", default="orders@localhost")
ALERT_EMAILS = environment.read_list("ALERT_EMAILS")
SITE_URL = environment.read_address("SITE_URL") or environment.guess_address(ALLOWED_HOSTS, is_https=SERVED_OVER_HTTPS)

# A token's requests: a minute's worth at once, and then as many a minute.
API_REQUESTS_PER_MINUTE = environment.read_integer("API_REQUESTS_PER_MINUTE", default=6000, minimum=0, maximum=10**6)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["commerce_orders.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["commerce_orders.api.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["commerce_orders.api.throttling.TokenThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["commerce_orders.api.parsers.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "commerce_orders.api.errors.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Commerce orders",
    "DESCRIPTION": (
        "Commerce orders, their shipments and the Amazon orders behind them.\n\n"
        "**Versions.** The address names the version. Within one, names, codes and meanings stay; fields, filters, "
        "values of Amazon's and operations are only added, so ignore what you do not know. What is to go is marked "
        "deprecated here and answered with the headers `Deprecation` and `Sunset` for at least twelve months before; a "
        "new version is served beside the old one for as long. Nothing is deprecated now."
    ),
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "commerce_orders.api.documentation.name_server",
        "commerce_orders.api.documentation.let_fields_be_chosen",
    ],
    "TAGS": [
        {"name": "orders", "description": "Commerce orders of every sales channel: read, take over, ship, cancel."},
        {"name": "shipments", "description": "Packages of many orders at once."},
        {"name": "amazon", "description": "Amazon's own orders as they are mirrored, and each account's settings."},
        {"name": "customers", "description": "Personal data of buyers; each answer is recorded."},
        {"name": "webhooks", "description": "Who is told what, and what became of it."},
        {"name": "deliveries", "description": "Single messages to webhooks."},
    ],
    "ENUM_NAME_OVERRIDES": {"OrderStatus": "commerce_orders.states.OrderStatus.choices"},
}

# django-q2 is only a trigger; the truth is in our own tables. Its defaults lose or repeat work:
# retry must exceed timeout × (1 + ceil((queue_limit + bulk) / workers)), or a prefetched job runs twice.
QUEUE_WORKERS = environment.read_integer("QUEUE_WORKERS", default=2, minimum=1, maximum=64)
QUEUE_TIMEOUT = 300
Q_CLUSTER = {
    "name": "orders",
    "orm": "default",
    "broker_class": "project.jobs.Queue",
    "workers": QUEUE_WORKERS,
    "queue_limit": QUEUE_WORKERS,
    "bulk": 1,
    "timeout": QUEUE_TIMEOUT,
    "retry": QUEUE_TIMEOUT * (1 + -(-(QUEUE_WORKERS + 1) // QUEUE_WORKERS)) + 60,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,  # pruning after every job is its brake; project.schedules prunes instead
    "recycle": 100_000,
    "max_rss": None,
    "catch_up": False,
    "guard_cycle": 0.5,
    "poll": 0.5,
    "ALT_CLUSTERS": {},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "project.logging.OneLineFormatter"}},
    "filters": {"refusals_without_stack": {"()": "project.logging.RefusalsWithoutStack"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # At DEBUG or INFO these print addresses, access tokens and buyers' data.
        "sp_api": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # A page that its reader may not open was refused as it should; the address, without the stack, is enough.
        "django.request": {"filters": ["refusals_without_stack"]},
        # At WARNING it prints what of a buyer's name or message no font can draw.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},  # at INFO, its steps for each font of a document
        "django-q": {"level": "WARNING"},  # at INFO, three lines for each job
    },
}


def _static(name: str, request: object) -> str:
    return static(f"project/{name}")


UNFOLD = {
    "SITE_TITLE": _("Commerce back office"),
    "SITE_HEADER": _("Commerce back office"),
    "SITE_SYMBOL": "local_shipping",
    "SITE_URL": None,  # no site beside the back office to return to
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": partial(_static, "favicon.svg")}],
    "STYLES": [partial(_static, name) for name in ("back_office.css", "order_list.css")],
    "SCRIPTS": [partial(_static, f"{name}.js") for name in ("back_office", "order_list", "keyboard", "note_drafts")],
    "DASHBOARD_CALLBACK": "project.dashboard.show",
    # The theme's search finds names of tables; the sidebar holds everything there is, in words of the shop.
    "SIDEBAR": {"show_search": False, "navigation": "project.navigation.sidebar"},
}
