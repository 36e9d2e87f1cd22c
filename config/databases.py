"""The database's URL, turned into what Django expects."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def database_options(url: str) -> dict[str, Any]:
    """Django's connection settings of a `postgresql://` URL.

    `?host=/socket/dir` means a Unix socket, `?pool=0` a connection a thread instead of the shared pool.
    """
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
        "OPTIONS": {}
        if query.get("pool") == ["0"]
        else {"pool": {"min_size": 1, "max_size": 12, "timeout": 5}},
    }
