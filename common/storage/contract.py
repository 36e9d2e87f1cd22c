"""What every store promises, whoever sells it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from common.refusals import Refused

CHUNK = 1024 * 1024
_PART = re.compile(r"[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,199}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store holds: `size` in bytes, `sha256` in hex."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An object as a listing shows it: nothing of its content was looked at."""

    key: str
    size: int
    stored_at: datetime


class Storage(Protocol):
    """Keys are `/`-separated ASCII names. Raises Refused (no) or Unavailable (later)."""

    def put(self, key: str, path: Path, *, content_type: str) -> Stored:
        """Store the file once, read back; the same bytes again succeed, others are Refused("key_taken")."""
        ...

    def head(self, key: str) -> Stored | None:
        """What is stored under `key`, or None."""
        ...

    def read(self, key: str) -> Iterator[bytes]:
        """Its bytes, piece by piece; Refused("not_found") at once when there is none."""
        ...

    def url(self, key: str, *, expires_seconds: int, filename: str | None = None) -> str:
        """An address that opens this one object until it expires; `filename` makes it a download."""
        ...

    def delete(self, key: str) -> None:
        """Gone afterwards, also when it never was there."""
        ...

    def listed(self, prefix: str, *, after: str = "", most: int = 1000) -> list[Listed]:
        """Objects whose keys begin with `prefix`, in the order of keys, those after the key `after` only."""
        ...

    def drop_unfinished(self, *, before: datetime) -> int:
        """How many uploads that were begun before then and never finished are given up now."""
        ...


def checked_key(key: str) -> str:
    """The key itself; Refused("bad_key") for anything that could leave the store or hide in it."""
    parts = key.split("/")
    if len(key) > 900 or not all(_PART.fullmatch(part) for part in parts):
        raise Refused("bad_key")
    return key


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
