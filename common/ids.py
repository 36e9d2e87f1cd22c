"""Identifiers that leave the house."""

import hashlib
import secrets


def make_room_name() -> str:
    """An unguessable Jitsi room name: 128 random bits; only what no client rewrites, `[a-z0-9-]`."""
    return f"room-{secrets.token_hex(16)}"


def hash_secret(secret: str) -> str:
    """For secrets of at least 128 random bits only: there is nothing to guess, so it need not be slow."""
    return hashlib.sha256(secret.encode()).hexdigest()
