"""`/healthz`: this process answers. `/readyz`: and what it leans on answers too."""

from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from redis import Redis

from common.sockets.leaving import HOUSE
from recordings.queries import is_reconciler_late
from recordings.storage import storage


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 with the names of what is away; or because this process is about to end, until its sockets have gone."""
    if HOUSE.is_leaving:
        return JsonResponse({"status": "leaving", "sockets": len(HOUSE.inside)}, status=503)
    checks = {name: _works(check) for name, check in CHECKS.items()}
    # Told, but no reason to send nobody here: without the reconciler this process answers as well as ever.
    told = {"reconciler": _works(_ask_reconciler)}
    return JsonResponse(
        {"status": "ok" if all(checks.values()) else "unavailable", **checks, **told},
        status=200 if all(checks.values()) else 503,
    )


def _works(check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_redis() -> None:
    for url in {settings.REDIS_URL, settings.CHANNELS_REDIS_URL}:
        Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2).ping()


def _ask_storage() -> None:
    storage().head("readyz")


def _ask_reconciler() -> None:
    if is_reconciler_late(timezone.now()):
        raise TimeoutError


CHECKS: dict[str, Callable[[], object]] = {
    "database": _ask_database,
    "redis": _ask_redis,
    "storage": _ask_storage,
}
