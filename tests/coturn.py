"""A real coturn, configured as in jitsi_config/compose.yaml, on a free port of this machine."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
        wait_until(lambda: _is_open(port), 20, what="coturn")
        yield port
    finally:
        process.kill()
        process.wait()


def _is_open(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
