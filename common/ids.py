"""Identifiers and secrets that leave the house."""

import hashlib
import secrets


def make_room_name() -> str:
    """An unguessable Jitsi room name: 128 random bits; only what no client rewrites, `[a-z0-9-]`."""
    return f"room-{secrets.token_hex(16)}"


def make_secret() -> str:
    """256 random bits that fit into an address or a cookie; keep only their fingerprint."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """SHA-256 in hex: enough for secrets of full entropy, which nobody can try one after the other."""
    return hashlib.sha256(secret.encode()).hexdigest()
