"""One URL each for PostgreSQL and Redis, turned into what Django, Channels and Celery expect."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def database_options(url: str) -> dict[str, Any]:
    """Django's connection settings of a `postgresql://` URL; `?host=/socket/dir` means a Unix socket."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "darasa",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 12, "timeout": 5}},
    }


def broker_url(url: str) -> str:
    """Celery's spelling: `unix:///run/redis.sock?db=1` becomes `redis+socket:///run/redis.sock?virtual_host=1`."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    number = parse_qs(query).get("db", ["0"])[0]
    return f"redis+socket://{path}?virtual_host={number}"
