"""How long from a fresh clone to the first page? Clones HEAD, runs `make run` twice, prints the seconds.

Uncommitted changes are not in the clone. The last line of the output is JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 600
# What this terminal has set must not help or hinder a newcomer's clone.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "VIRTUAL_ENV", "PYTHONPATH", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def main() -> int:
    with fresh_clone() as clone:
        first, second = start_seconds(clone, "first"), start_seconds(clone, "second")
    print("\n  start    seconds to 200 on /")
    for name, seconds in (("first", first), ("second", second)):
        print(f"  {name:<8} {'not reached' if seconds is None else f'{seconds:.1f}'}")
    print(json.dumps({"first_start_seconds": first, "second_start_seconds": second}))
    return 0


@contextlib.contextmanager
def fresh_clone() -> Iterator[Path]:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="cold-", dir=ROOT / "var"))
    try:
        subprocess.run(["git", "clone", "--quiet", ROOT, folder / "darasa"], check=True)
        yield folder / "darasa"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def start_seconds(clone: Path, name: str) -> float | None:
    """None when the page did not come; what `make run` said is then printed."""
    port = free_port()
    log = clone.parent / f"{name}.log"
    began = time.monotonic()
    with log.open("wb") as output, started(clone, port, output.fileno()) as process:
        answered = wait_for_page(process, f"http://127.0.0.1:{port}/")
        seconds = time.monotonic() - began
    if answered:
        return round(seconds, 2)
    print(log.read_text("utf-8", "replace"), file=sys.stderr)
    return None


@contextlib.contextmanager
def started(clone: Path, port: int, output: int) -> Iterator[subprocess.Popen[bytes]]:
    kept = {key: value for key, value in os.environ.items() if key not in FOREIGN}
    process = subprocess.Popen(
        ["make", "run"],
        cwd=clone,
        env={**kept, "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C to the whole group, as a terminal would; then by force."""
    for number, patience in ((signal.SIGINT, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def wait_for_page(process: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers(url):
            return True
        time.sleep(0.05)
    return False


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310 - our own address
            return bool(page.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
