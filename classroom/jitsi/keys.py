"""Keys for RS256: one JSON file each, under JITSI_KEYS_DIR; `manage.py jitsi_keys` makes and retires them.

At most two are live. The newest signs, but only after everybody who keeps our key set for a while has read it
once more; both are served. A retired key signs nothing any more and is served until its last token has ended.
`kid` is the RFC 7638 thumbprint, so the same key never has two names and a name never two keys: Prosody keeps
what it fetched for ever.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from common.ids import fingerprint
from common.refusals import Refused, Unavailable

BITS = 2048
MOST_LIVE = 2
# What the key set's Cache-Control says; a new key signs after three times as long.
CACHE_SECONDS = 300
ANNOUNCED_AFTER = timedelta(seconds=3 * CACHE_SECONDS)


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    created_at: datetime
    retired_at: datetime | None
    served_until: datetime | None
    private: rsa.RSAPrivateKey = field(repr=False, compare=False)

    @property
    def is_live(self) -> bool:
        return self.retired_at is None

    def is_announced(self, now: datetime) -> bool:
        return now >= self.created_at + ANNOUNCED_AFTER

    def is_served(self, now: datetime) -> bool:
        return self.served_until is None or now < self.served_until

    @property
    def public_pem(self) -> bytes:
        kind = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, kind)

    @property
    def asap_name(self) -> str:
        """What Prosody asks for: `<this>.pem`."""
        return fingerprint(self.kid)

    def as_jwk(self) -> dict[str, str]:
        return {**_public_numbers(self.private), "kid": self.kid, "alg": "RS256", "use": "sig"}


def read_keys(folder: Path) -> list[Key]:
    """All of them, the oldest first."""
    found = [_read_key(path, path.stat().st_mtime_ns) for path in Path(folder).glob("*.json")]
    return sorted(found, key=lambda key: (key.created_at, key.kid))


# Opening a private key costs as much as signing with it, and files change only by renaming.
@lru_cache(maxsize=16)
def _read_key(path: Path, changed_at: int) -> Key:
    kept = json.loads(path.read_text())
    private = serialization.load_pem_private_key(kept["private"].encode(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey) or _thumbprint(private) != kept["kid"]:
        raise Unavailable("jitsi_key_unreadable")
    ends = {name: _instant(kept[name]) for name in ("retired_at", "served_until")}
    return Key(
        kid=kept["kid"], created_at=datetime.fromisoformat(kept["created_at"]), private=private, **ends
    )


def find_signing_key(keys: Iterable[Key], *, now: datetime) -> Key:
    """The newest that everybody knows; the oldest, while everybody still has to learn of the first.
    Unavailable("jitsi_key_missing") when there is none."""
    live = [key for key in keys if key.is_live]
    announced = [key for key in live if key.is_announced(now)]
    if not live:
        raise Unavailable("jitsi_key_missing")
    return announced[-1] if announced else live[0]


def find_served(keys: Iterable[Key], *, now: datetime) -> list[Key]:
    return [key for key in keys if key.is_served(now)]


def make_key(folder: Path, *, now: datetime) -> Key:
    """A new one beside the present one. Refused("two_keys_are_live") for a third."""
    if sum(key.is_live for key in read_keys(folder)) >= MOST_LIVE:
        raise Refused("two_keys_are_live")
    private = _new_private()
    key = Key(_thumbprint(private), now, None, None, private)
    _write(Path(folder), key)
    return key


def _new_private() -> rsa.RSAPrivateKey:
    """One whose name no command takes for an option: of 64 thumbprints one begins with a dash."""
    while _thumbprint(private := rsa.generate_private_key(public_exponent=65537, key_size=BITS)).startswith(
        "-"
    ):
        pass
    return private


def retire_key(
    folder: Path, kid: str, *, now: datetime, longest_token: timedelta, at_once: bool = False
) -> Key:
    """It signs no more. Its tokens are honoured until they end, unless it was stolen: `at_once`.

    Refused("unknown_key"), and Refused("no_other_key_signs") while no other live key is announced.
    """
    keys = read_keys(folder)
    old = next((key for key in keys if key.kid == kid and key.is_live), None)
    if old is None:
        raise Refused("unknown_key")
    others = [key for key in keys if key.is_live and key.kid != kid]
    if not any(at_once or key.is_announced(now) for key in others):
        raise Refused("no_other_key_signs")
    retired = Key(kid, old.created_at, now, now if at_once else now + longest_token, old.private)
    _write(Path(folder), retired)
    return retired


def _write(folder: Path, key: Key) -> None:
    """Whole or not at all, and readable for nobody else from its first byte on."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = {
        "kid": key.kid,
        "created_at": key.created_at.isoformat(),
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
        "served_until": key.served_until.isoformat() if key.served_until else None,
        "private": key.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
    }
    handle, name = tempfile.mkstemp(dir=folder, prefix=".new-")
    with os.fdopen(handle, "w") as file:
        json.dump(kept, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(folder / f"{key.kid}.json")


def _public_numbers(private: rsa.RSAPrivateKey) -> dict[str, str]:
    numbers = private.public_key().public_numbers()
    return {"e": _base64(numbers.e), "kty": "RSA", "n": _base64(numbers.n)}


def _thumbprint(private: rsa.RSAPrivateKey) -> str:
    canonical = json.dumps(_public_numbers(private), separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()


def _base64(number: int) -> str:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
