"""Many stores as one: which of them keeps an object, its key says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from common.storage.contract import Listed, Storage, Stored


class ByKey:
    """`choose` is given a key, or what a key begins with."""

    def __init__(self, choose: Callable[[str], Storage]) -> None:
        self._choose = choose

    def put(self, key: str, path: Path, *, content_type: str) -> Stored:
        return self._choose(key).put(key, path, content_type=content_type)

    def head(self, key: str) -> Stored | None:
        return self._choose(key).head(key)

    def read(self, key: str) -> Iterator[bytes]:
        return self._choose(key).read(key)

    def url(self, key: str, *, expires_seconds: int, filename: str | None = None) -> str:
        return self._choose(key).url(key, expires_seconds=expires_seconds, filename=filename)

    def delete(self, key: str) -> None:
        self._choose(key).delete(key)

    def listed(self, prefix: str, *, after: str = "", most: int = 1000) -> list[Listed]:
        return self._choose(prefix).listed(prefix, after=after, most=most)

    def drop_unfinished(self, *, before: datetime) -> int:
        return self._choose("").drop_unfinished(before=before)
