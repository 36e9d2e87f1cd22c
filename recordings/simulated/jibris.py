"""Several simulated Jibris under one parent: `python -m recordings.simulated.jibris --ports 2222,2223 -- OPTIONS`.

One that dies comes back after a while, as a container does with `restart: unless-stopped`.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import threading
import time

from recordings.simulated.jibri import say


def start(port: int, options: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "recordings.simulated.jibri", "--port", str(port), *options]
    return subprocess.Popen(command)


def main() -> None:
    parser = argparse.ArgumentParser(prog="recordings.simulated.jibris", description=__doc__)
    parser.add_argument("--ports", type=lambda text: [int(one) for one in text.split(",")], required=True)
    parser.add_argument("--restart-seconds", type=float, default=30.0)
    own, options = parser.parse_known_args()
    options = [one for one in options if one != "--"]
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    running = {port: start(port, options) for port in own.ports}
    dead_since: dict[int, float] = {}
    while not stopped.wait(0.2):
        for port, process in running.items():
            if process.poll() is not None and port not in dead_since:
                say(f"jibri-{port} ended with {process.returncode}")
                dead_since[port] = time.monotonic()
            elif port in dead_since and time.monotonic() - dead_since[port] > own.restart_seconds:
                del dead_since[port]
                running[port] = start(port, options)
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.wait()


if __name__ == "__main__":
    main()
