"""An S3-speaking server as a process of its own, so that nothing of ours is patched."""

from __future__ import annotations

import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.services import http_ok
from common.services.process import spawn, stop_all, wait_ready
from common.services.urls import free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Endpoint URL; any access key will do. Empty at start; `forget_buckets` empties it again."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    child = spawn(
        "s3", command, log=ROOT / "var" / "test" / "log" / "s3.log", cwd=Path(tempfile.gettempdir())
    )
    try:
        wait_ready(child, http_ok(f"{url}/moto-api/data.json"), seconds=30)
        yield url
    finally:
        stop_all([child], grace_seconds=1)


def forget_buckets(url: str) -> None:
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"), timeout=5).close()  # noqa: S310
