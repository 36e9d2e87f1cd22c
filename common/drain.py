"""`python -m common.drain --pid PID [--port 8000]`: empty one web process before it is stopped.

Systemd calls it as `ExecStop`, `jitsi_config/deploy` in the container. It succeeds also when somebody stays, or when the
process is gone: what follows is SIGTERM anyway. Only the standard library: it must start at once.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

LONGEST_SECONDS = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m common.drain", description=__doc__)
    parser.add_argument("--pid", type=int, required=True, help="of the process; 1 in a container")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--seconds", type=float, default=LONGEST_SECONDS, help="no longer than that")
    chosen = parser.parse_args(arguments)
    try:
        os.kill(chosen.pid, signal.SIGUSR1)
    except ProcessLookupError:
        return 0
    left = wait_until_empty(chosen.port, chosen.seconds)
    said = "nobody is inside any more" if left == 0 else f"{'?' if left is None else left} sockets are left"
    sys.stderr.write(f"{said}\n")
    return 0


def wait_until_empty(port: int, seconds: float) -> int | None:
    """How many sockets are left; None when it does not say."""
    deadline = time.monotonic() + seconds
    while (left := ask(port)) != 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def ask(port: int) -> int | None:
    """The number that `/readyz` says of a process that is leaving."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    # A name from ALLOWED_HOSTS, which need not have 127.0.0.1.
    host = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or f"127.0.0.1:{port}"
    try:
        connection.request("GET", "/readyz", headers={"Host": host})
        said = json.loads(connection.getresponse().read())
        return int(said["sockets"]) if said.get("status") == "leaving" else None
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return None
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
