"""Identifiers that leave the house."""

import secrets


def make_room_name() -> str:
    """An unguessable Jitsi room name: 128 random bits; only what no client rewrites, `[a-z0-9-]`."""
    return f"room-{secrets.token_hex(16)}"
