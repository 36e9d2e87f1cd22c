"""A real coturn, configured as in jitsi_config/compose.yaml, on a free port of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.checkup.stun import Relay, StunFailure, bind
from common.services.urls import free_port
from scripts.coturn import INSTRUCTION, find_coturn
from tests.processes import wait_until

SECRET, REALM = "the secret of the relays", "turn.test"


@contextmanager
def coturn(folder: Path, *options: str) -> Iterator[int]:
    """Its port, for UDP and TCP. Without options it wants credentials made of SECRET."""
    program = find_coturn()
    if program is None:
        pytest.fail(INSTRUCTION)
    port = free_port()
    words = ["-n", "--log-file=stdout", "--simple-log", "--fingerprint", f"--realm={REALM}", "--no-cli"]
    words += [f"--listening-port={port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]
    words += ["--no-tls", "--no-dtls", f"--userdb={folder / 'users'}", f"--pidfile={folder / 'pid'}"]
    words += options or ["--use-auth-secret", f"--static-auth-secret={SECRET}"]
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _hears(port, "tcp") and _hears(port, "udp"), 20, what="coturn")
        yield port
    finally:
        process.kill()
        process.wait()


def _hears(port: int, transport: str) -> bool:
    """Its two listeners begin one after the other, and a datagram to none is refused like a connection."""
    try:
        return bool(bind(Relay("stun", "127.0.0.1", port, transport), seconds=1))
    except StunFailure:
        return False
