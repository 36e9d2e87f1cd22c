"""Django settings: everything that varies comes through the table in `config/env.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import drf_spectacular_sidecar
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _
from whitenoise.compress import Compressor

from common.services import celery_url, running_services
from common.storage.zones import origins_of
from config import env
from config.assets import HASHED
from config.databases import database_options

BASE_DIR = env.BASE_DIR
SWAGGER_UI = Path(drf_spectacular_sidecar.__file__).parent / "static/drf_spectacular_sidecar/swagger-ui-dist"
VAR_DIR = env.VAR_DIR
_read = env.read_all()

DARASA_DEMO: bool = _read["DARASA_DEMO"]
DEBUG: bool = _read["DEBUG"]
SECRET_KEY: str = _read["SECRET_KEY"] or (env.local_secret("django") if DARASA_DEMO or DEBUG else "")
ALLOWED_HOSTS: list[str] = _read["ALLOWED_HOSTS"]
PORT: int = _read["PORT"]
PUBLIC_URL: str = _read["PUBLIC_URL"] or f"http://127.0.0.1:{PORT}"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
_https = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "axes",
    "drf_spectacular",
    "accounts",
    "classroom",
    "whiteboard",
    "quizzes",
    "recordings",
    "attendance",
    "housekeeping",
    "dashboard",
    "config",
]
SERVER_TIMING: bool = DEBUG or _read["SERVER_TIMING"]
SOCKET_FAST_PATH: bool = _read["SOCKET_FAST_PATH"]
OTEL_EXPORTER_OTLP_ENDPOINT: str = _read["OTEL_EXPORTER_OTLP_ENDPOINT"]
MIDDLEWARE = [
    *(["dashboard.middleware.tell_server_time"] if SERVER_TIMING else []),
    "dashboard.middleware.name_request",
    *(["config.tracing.trace_requests"] if OTEL_EXPORTER_OTLP_ENDPOINT else []),
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dashboard.middleware.CompressPages",
    "dashboard.middleware.refuse_nul",
    "dashboard.middleware.keep_private",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "dashboard.middleware.ConfineToLesson",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "dashboard.middleware.set_permissions_policy",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.context.house",
            ],
        },
    }
]

_bundled = running_services(VAR_DIR)
DATABASE_URL: str = _read["DATABASE_URL"] or _bundled.get("DATABASE_URL", "")
REDIS_URL: str = _read["REDIS_URL"] or _bundled.get("REDIS_URL", "")
CHANNELS_REDIS_URL: str = _read["CHANNELS_REDIS_URL"] or REDIS_URL
DATABASES = {"default": database_options(DATABASE_URL)}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [CHANNELS_REDIS_URL], "prefix": "darasa"},
    }
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CHANNELS_REDIS_URL}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
# A whole school signs in from one address at nine o'clock: the account is locked, never the address.
AXES_LOCKOUT_PARAMETERS = ["username"]
# The form's field; axes would look for the model's, `email`, find nothing, and lock nobody.
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "dashboard.forms.find_username"
SILENCED_SYSTEM_CHECKS = ["axes.W006"]  # it asks for the address
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "dashboard/locked_out.html"

OIDC_PRIVATE_NETWORKS: bool = _read["OIDC_PRIVATE_NETWORKS"]
PASSWORD_RESET_TIMEOUT = 2 * 3600

# PBKDF2 takes 0.4 s of processor a sign-in; a school signs in within a minute.
PASSWORD_HASHERS = [
    "accounts.hashers.SchoolArgon2PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]

EMAIL_HOST: str = _read["EMAIL_HOST"]
EMAIL_PORT: int = _read["EMAIL_PORT"]
EMAIL_HOST_USER: str = _read["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD: str = _read["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS: bool = _read["EMAIL_USE_TLS"]
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL: str = _read["EMAIL_FROM"]
WEBHOOK_ALLOW_PRIVATE: bool = _read["WEBHOOK_ALLOW_PRIVATE"]
RECORDER_CAPACITY: int = _read["RECORDER_CAPACITY"]
METRICS_TOKEN: str = _read["METRICS_TOKEN"]
MACHINE_POOLS: list[str] = _read["MACHINE_POOLS"]
MACHINE_DEPARTURES: str = _read["MACHINE_DEPARTURES"]
MACHINE_FIGURES: str = _read["MACHINE_FIGURES"]
MACHINE_LEAD_SECONDS: float = _read["MACHINE_LEAD_SECONDS"]

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-session" if _https else "darasa_session"
GUEST_COOKIE_NAME = "__Host-guest" if _https else "darasa_guest"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_SAVE_EVERY_REQUEST = False
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_SSL_REDIRECT = False  # the proxy in front of us redirects; behind it we see plain HTTP
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("fr", _("French")),
    ("es", _("Spanish")),
    ("ar", _("Arabic")),
    ("ru", _("Russian")),
    ("zh-hans", _("Chinese")),
    ("de", _("German")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE: str = _read["TIME_ZONE"]

STATIC_URL = "/static/"
STATIC_ROOT = _read["STATIC_ROOT"]
STATICFILES_DIRS: list[Any] = [path for path in [BASE_DIR / "frontend" / "dist"] if path.exists()]
STATICFILES_DIRS.append(("swagger-ui", SWAGGER_UI))
STORAGES = {"staticfiles": {"BACKEND": "config.assets.Assets"}}
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_IMMUTABLE_FILE_TEST = HASHED.pattern
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map", "ttf", "txt")

JITSI_DOMAIN: str = _read["JITSI_DOMAIN"]
JITSI_SCRIPT_PROXIED: bool = _read["JITSI_SCRIPT_PROXIED"]
JITSI_XMPP_DOMAIN: str = _read["JITSI_XMPP_DOMAIN"]
JITSI_APP_ID: str = _read["JITSI_APP_ID"]
JITSI_AUDIENCE: str = _read["JITSI_AUDIENCE"]
JITSI_APP_SECRET: str = _read["JITSI_APP_SECRET"]
JITSI_SIGNING: str = _read["JITSI_SIGNING"]
JITSI_KEYS_DIR: Path = _read["JITSI_KEYS_DIR"]
JITSI_WEB_TOKEN_SECONDS: int = _read["JITSI_WEB_TOKEN_SECONDS"]
JITSI_ORIGIN = f"https://{JITSI_DOMAIN}" if JITSI_DOMAIN and "://" not in JITSI_DOMAIN else JITSI_DOMAIN
JITSI_HOOK_TOKEN: str = _read["JITSI_HOOK_TOKEN"]
JITSI_EVENT_SECRET: str = _read["JITSI_EVENT_SECRET"]
JITSI_RECORDER_DOMAIN: str = _read["JITSI_RECORDER_DOMAIN"]
PROSODY_URL: str = _read["PROSODY_URL"]
INNER_URL: str = (_read["INNER_URL"] or PUBLIC_URL).rstrip("/")
JICOFO_URL: str = _read["JICOFO_URL"]
JVB_URLS: list[str] = _read["JVB_URLS"]
ICE_SERVERS: list[dict[str, Any]] = _read["ICE_SERVERS"]

RECORDINGS_DIR = _read["RECORDINGS_DIR"]
WORK_DIR = _read["WORK_DIR"]
STREAMS_DIR = _read["STREAMS_DIR"]
STREAM_LISTEN: str = _read["STREAM_LISTEN"]
STREAM_ADDRESS: str = _read["STREAM_ADDRESS"]
RECORDER_ENGINE: str = _read["RECORDER_ENGINE"] or ("jibri" if JITSI_DOMAIN else "embedded")
RECORDER_TIME_ZONE: str = _read["RECORDER_TIME_ZONE"]
QUIET_SECONDS: int = _read["QUIET_SECONDS"]
COMPOSE_LIVE: bool = _read["COMPOSE_LIVE"]
HARDWARE_ENCODERS: bool = _read["HARDWARE_ENCODERS"]
RENDITIONS: list[str] = _read["RENDITIONS"]
JITSI_SIMULATED: bool = _read["JITSI_SIMULATED"]
JIBRI_URLS: list[str] = _read["JIBRI_URLS"]
JIBRI_HOOK_SECRET: str = _read["JIBRI_HOOK_SECRET"]
JIBRI_RECORDER_PASSWORD: str = _read["JIBRI_RECORDER_PASSWORD"]
JIBRI_START: str = _read["JIBRI_START"]
JIBRI_CONFIRM_SECONDS: float = _read["JIBRI_CONFIRM_SECONDS"]
JIBRI_POLL_SECONDS: float = _read["JIBRI_POLL_SECONDS"]
JIBRI_SILENCE_SECONDS: float = _read["JIBRI_SILENCE_SECONDS"]
JIBRI_START_SECONDS: float = _read["JIBRI_START_SECONDS"]
RECORDER_ALARM_SECONDS: float = _read["RECORDER_ALARM_SECONDS"]
LEASE_SECONDS: int = _read["LEASE_SECONDS"]
CRASH_AT: str = _read["CRASH_AT"]
FFMPEG_STALL_SECONDS: float = _read["FFMPEG_STALL_SECONDS"]
STORAGE_BACKEND: str = _read["STORAGE_BACKEND"]
STORAGE_DIR = _read["STORAGE_DIR"]
BACKUP_DIR: Path = _read["BACKUP_DIR"]
BOARD_FILE_MAX_MB: int = _read["BOARD_FILE_MAX_MB"]
BOARD_FILES_MAX_MB: int = _read["BOARD_FILES_MAX_MB"]
SLIDES_MAX_PAGES: int = _read["SLIDES_MAX_PAGES"]
SLIDES_PAGE_SECONDS: int = _read["SLIDES_PAGE_SECONDS"]
IMAGE_MAX_MEGAPIXELS: int = _read["IMAGE_MAX_MEGAPIXELS"]
SPEECH_MODEL: str = _read["SPEECH_MODEL"]
SPEECH_COMMAND: str = _read["SPEECH_COMMAND"]
MEDIA_LINK_SECONDS: int = _read["MEDIA_LINK_SECONDS"]
S3_ZONES: str = _read["S3_ZONES"]
ZONES_FILE = Path(_read["ZONES_FILE"] or BASE_DIR / "terraform" / "zones.json")
ZONE: str = _read["ZONE"]
WORK_ZONES: list[str] = _read["WORK_ZONES"]
S3 = {name: _read[name] for name in _read if name.startswith("S3_")}

_s3_origin = S3["S3_ENDPOINT_URL"] or f"https://*.s3.{S3['S3_REGION']}.amazonaws.com"
_script_origins = [JITSI_ORIGIN] if JITSI_ORIGIN and not JITSI_SCRIPT_PROXIED else []
_media_origins = [_s3_origin, *origins_of(S3_ZONES)] if STORAGE_BACKEND == "s3" else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE, *_script_origins],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "blob:", "data:", *_media_origins],
        "font-src": [SELF],
        "media-src": [SELF, "blob:", *_media_origins],
        # Pieces of a video in several sizes are loaded by a program of the page.
        "connect-src": [SELF, *_media_origins],
        "frame-src": [JITSI_ORIGIN] if JITSI_ORIGIN else [NONE],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "object-src": [NONE],
    }
}

API_CALLER_PER_MINUTE: int = _read["API_CALLER_PER_MINUTE"]
API_ADDRESS_PER_MINUTE: int = _read["API_ADDRESS_PER_MINUTE"]
BEARER_VERIFIER = "accounts.api.providers.verify_by_provider"
REST_FRAMEWORK = {
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "common.api.openapi.ApiSchema",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Darasa",
    "DESCRIPTION": "People, courses, lessons, recordings and registers of a school that owns its classroom.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVERS": [{"url": PUBLIC_URL}],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.openapi.add_problems",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Role": "accounts.models.Role",
        "Standing": "classroom.models.Standing",
        "RosterStanding": "classroom.api.shapes.ON_A_ROSTER",
        "LessonStatus": "classroom.models.LessonStatus",
        "RecordingState": "recordings.models.RecordingState",
        "RecordingAnswer": "accounts.models.RecordingAnswer",
        "LedgerState": "recordings.models.LedgerState",
        "Language": LANGUAGES,
    },
}

CELERY_BROKER_URL = celery_url(REDIS_URL)
TASK_QUEUES: dict[str, dict[str, str | int]] = {
    "recordings.advance": {"queue": "media"},
    "recordings.make_chunks": {"queue": "media", "priority": 3},
    # Redis takes the highest number last: what somebody may need some day waits for what a class waits for.
    "recordings.make_rendition": {"queue": "media", "priority": 9},
    "recordings.make_poster": {"queue": "media", "priority": 9},
    "recordings.tend_fleet": {"queue": "outward"},
    "recordings.reconcile": {"queue": "outward"},
    "recordings.tell_operators": {"queue": "outward"},
    "recordings.scale": {"queue": "outward"},
    # Receivers of webhooks and mail servers may be slow; the sweeps must not wait behind them.
    "accounts.deliver_webhooks": {"queue": "outward"},
    "dashboard.send_letters": {"queue": "outward"},
    "dashboard.tell_concerns": {"queue": "outward"},
    "accounts.send_invitation": {"queue": "outward"},
    "accounts.sweep_invitations": {"queue": "outward"},
    "accounts.send_password_letter": {"queue": "outward"},
    "classroom.ask_prosody": {"queue": "outward"},
    # A class waits for its slides: not behind yesterday's recordings, and the sweeps not behind them.
    "whiteboard.import_file": {"queue": "boards"},
    "whiteboard.export_board": {"queue": "boards"},
    "whiteboard.tidy_file": {"queue": "boards"},
}
# The zone's own queue first; where it says nothing, the table.
CELERY_TASK_ROUTES = ("recordings.residency.route_by_zone", TASK_QUEUES)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3000
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "global_keyprefix": "darasa-"}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False  # our handler writes to stderr: into itself, were that a logger
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULER = "config.clockwork:Clockwork"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep-password-letters": {
        "task": "accounts.sweep_password_letters",
        "schedule": 10.0,
        "options": {"expires": 20},
    },
    "sweep-rooms": {"task": "classroom.sweep", "schedule": 2.0, "options": {"expires": 4}},
    "sweep-quizzes": {"task": "quizzes.sweep", "schedule": 1.0, "options": {"expires": 3}},
    "sweep-bridges": {"task": "classroom.sweep_bridges", "schedule": 10.0, "options": {"expires": 10}},
    "keep-order": {"task": "classroom.keep_order", "schedule": 3.0, "options": {"expires": 3}},
    "watch-media": {"task": "classroom.watch_media", "schedule": 10.0, "options": {"expires": 10}},
    "count-people": {"task": "classroom.count_people", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-invitations": {
        "task": "accounts.sweep_invitations",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "forget-answers": {"task": "accounts.forget_answers", "schedule": 3600.0},
    "sweep-hooks": {"task": "classroom.sweep_hooks", "schedule": 5.0, "options": {"expires": 5}},
    "ask-prosody": {"task": "classroom.ask_prosody", "schedule": 30.0, "options": {"expires": 30}},
    "reconcile-recordings": {"task": "recordings.reconcile", "schedule": 60.0, "options": {"expires": 60}},
    "scale": {"task": "recordings.scale", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-recordings": {"task": "recordings.sweep", "schedule": 2.0, "options": {"expires": 4}},
    "compose-live": {"task": "recordings.compose_live", "schedule": 10.0, "options": {"expires": 10}},
    "deliver-webhooks": {"task": "accounts.deliver_webhooks", "schedule": 5.0, "options": {"expires": 5}},
    "sweep-webhooks": {"task": "accounts.sweep_webhooks", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-letters": {"task": "classroom.sweep_letters", "schedule": 10.0, "options": {"expires": 10}},
    "tell-concerns": {"task": "dashboard.tell_concerns", "schedule": 30.0, "options": {"expires": 30}},
    "send-letters": {"task": "dashboard.send_letters", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-boards": {"task": "whiteboard.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "sweep-registers": {"task": "attendance.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "write-notes": {"task": "attendance.write_notes", "schedule": 60.0, "options": {"expires": 60}},
    "make-reports": {"task": "attendance.make_reports", "schedule": 60.0, "options": {"expires": 60}},
    "forget-activity": {"task": "attendance.forget", "schedule": 3600.0},
    "sweep-requests": {"task": "housekeeping.sweep", "schedule": 30.0, "options": {"expires": 60}},
    **(
        {"tend-fleet": {"task": "recordings.tend_fleet", "schedule": 2.0, "options": {"expires": 4}}}
        if RECORDER_ENGINE == "jibri"
        else {}
    ),
    "note-tick": {"task": "dashboard.note_tick", "schedule": 10.0, "options": {"expires": 10}},
    "retire": {"task": "housekeeping.retire", "schedule": 3600.0, "options": {"expires": 7200}},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.PlainLines"}, "json": {"()": "config.logs.JsonLines"}},
    "filters": {"refusals": {"()": "config.logs.WithoutTraceback"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": _read["LOG_FORMAT"],
            "filters": ["refusals"],
        },
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        "uvicorn.access": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
