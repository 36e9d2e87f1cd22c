"""What is read once for all processes that are forked: libraries, and what is ours with settings that nobody has.

Ours takes as long to read as everything else that a process computes before its first answer. All that it takes from the
settings while it is read are languages and folders of the repository, which no environment changes: the rest each process
asks when it needs it, and finds its own (`tests/test_forks.py` compares them with those of a process begun from nothing).
"""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module, reload

# What the web, the workers and the recorders' host read before they do anything. None of it asks for settings.
LIBRARIES = (
    "authlib.integrations.httpx_client",
    "av",
    "babel.dates",
    "boto3",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.backends.redis",
    "celery.bin.celery",
    "celery.worker.consumer",
    "channels.routing",
    "channels_redis.core",
    "dateutil.rrule",
    "django.contrib.postgres.aggregates",
    "django.core.asgi",
    "django.core.cache.backends.redis",
    "django.core.management.commands.check",
    "django.db.backends.postgresql.base",
    "django.db.migrations.loader",
    "django.forms",
    "django.template.loader",
    "django.test.client",
    "django.views.debug",
    "django.views.generic",
    "icalendar",
    "joserfc.jwt",
    "jwt",
    "kombu.transport.redis",
    "msgspec.json",
    "opentelemetry.sdk.trace",
    "PIL.ImageDraw",
    "PIL.ImageFont",
    "psycopg_pool",
    "pypdfium2",
    "requests",
    "rest_framework.settings",
    "segno",
    "standardwebhooks",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.main",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "whitenoise.middleware",
    "yaml",
)
APPS = (
    "accounts",
    "attendance",
    "classroom",
    "dashboard",
    "housekeeping",
    "quizzes",
    "recordings",
    "whiteboard",
)
OURS = ("config.urls", "config.sockets", "config.tracing", *(f"{app}.tasks" for app in APPS))
NOBODY = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "nobody's " * 8,
    "DATABASE_URL": "postgres://nobody@localhost/none",
    "REDIS_URL": "redis://localhost/0",
}


def read_everything() -> None:
    for name in LIBRARIES:
        import_module(name)
    from django.conf import settings

    assert not settings.configured, "a library has read settings, which are each process's own"
    _read_ours()
    gc.collect()
    gc.freeze()


def _read_ours() -> None:
    import django

    environment = dict(os.environ)
    os.environ.update(NOBODY)
    django.setup()
    for name in OURS:
        import_module(name)
    os.environ.clear()
    os.environ.update(environment)


def take_own_settings() -> None:
    """In the new process, once its environment is its own. Nobody's are forgotten wherever something keeps them; of
    Darasa's processes (who else names settings?) the own ones are read at once."""
    from django.conf import settings
    from django.db import connections
    from django.utils.functional import empty

    reload(sys.modules["config.env"])
    del sys.modules["config.settings"]
    settings._wrapped = empty
    vars(connections).clear()
    connections.__init__()  # type: ignore[misc]
    if "DJANGO_SETTINGS_MODULE" in os.environ:
        _wear()


def _wear() -> None:
    """Two libraries look at the settings while they are read."""
    from axes import conf
    from django.conf import settings
    from drf_spectacular.settings import spectacular_settings

    reload(conf)
    spectacular_settings.apply_patches({"SERVERS": settings.SPECTACULAR_SETTINGS["SERVERS"]})  # type: ignore[no-untyped-call]
