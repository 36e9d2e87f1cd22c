"""How often an encoder in hardware failed after its trial: counted where every process finds it, told to Prometheus."""

from django.core.cache import cache

_COUNT = "recordings.failed_chips"


def count_failed_chip() -> None:
    cache.add(_COUNT, 0, timeout=None)
    cache.incr(_COUNT)


def failed_chips() -> int:
    """Since the cache was emptied last."""
    return int(cache.get(_COUNT, 0))
