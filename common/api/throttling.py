"""Budgets of requests a minute, counted in Redis."""

from __future__ import annotations

import logging
import time

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled

log = logging.getLogger(__name__)
WINDOW_SECONDS = 60


def spend(scope: str, who: object, per_minute: int) -> None:
    """One request of `who`; raises Throttled, with the seconds to wait, beyond `per_minute`."""
    now = int(time.time())
    key = f"api:{scope}:{who}:{now // WINDOW_SECONDS}"
    if _count(key) > per_minute:
        raise Throttled(wait=WINDOW_SECONDS - now % WINDOW_SECONDS)


def _count(key: str) -> int:
    try:
        cache.add(key, 0, timeout=2 * WINDOW_SECONDS)
        return cache.incr(key)
    except (RedisError, ValueError):
        # A school must not stand still because the counter does.
        log.warning("requests are not counted: the cache is away", exc_info=True)
        return 0
