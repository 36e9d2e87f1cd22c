"""The door for whoever sends: one ffmpeg that listens, put up again at once whenever a sender is gone."""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress

from common.services.process import dying_with_us
from recordings.streaming import programs
from recordings.streaming.outlets import PACKET, Outlet

log = logging.getLogger(__name__)

CHUNK = 64 * 1024
# Somebody knocks with another key again and again: the door does not turn faster than this.
PAUSE_SECONDS = 0.5


def free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


class Ingest:
    """One who looks keeps it open; what comes goes to all `outlets`, from a thread that waits for nobody."""

    def __init__(self, *, address: str, port: int, key: str) -> None:
        self.address, self.key = address, key
        self.port = port or free_port(address)
        self.outlets: list[Outlet] = []
        self.take = 0  # how many senders came, counted by their first byte
        self.heard_at = 0.0
        self.refused = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def is_flowing(self, within_seconds: float) -> bool:
        return self.heard_at > time.monotonic() - within_seconds

    @property
    def is_open(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def forget(self) -> None:
        """Whoever sent is gone: what is left of it in a pipe goes nowhere any more."""
        self._process, self.heard_at = None, 0.0

    def open(self) -> None:
        """From the main thread. The door does not turn faster than it should."""
        if time.monotonic() - self._started_at < PAUSE_SECONDS:
            return
        self._started_at = time.monotonic()
        process = self._process = subprocess.Popen(
            programs.ingest(address=self.address, port=self.port, key=self.key),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=dying_with_us(signal.SIGKILL),
        )
        threading.Thread(target=self._pump, args=(process,), daemon=True).start()

    def close(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            self._process.wait()

    def _pump(self, process: subprocess.Popen[bytes]) -> None:
        """Complaints first: the one about a wrong key is written before the first byte of what came with it."""
        assert process.stdout is not None and process.stderr is not None  # noqa: S101  opened as pipes
        rest, is_new = b"", True
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ, "bytes")
            ready.register(process.stderr, selectors.EVENT_READ, "words")
            while ready.get_map():
                for key, _ in sorted(ready.select(), key=lambda found: found[0].data != "words"):
                    chunk = os.read(key.fd, CHUNK)
                    if not chunk:
                        ready.unregister(key.fileobj)
                    elif key.data == "words":
                        if self._hears_refusal(process, chunk):
                            return
                    elif process is self._process:
                        whole = len(rest + chunk) // PACKET * PACKET
                        ahead, rest = (rest + chunk)[:whole], (rest + chunk)[whole:]
                        self._hand_on(ahead, is_new=is_new)
                        is_new = False

    def _hears_refusal(self, process: subprocess.Popen[bytes], words: bytes) -> bool:
        for line in words.decode(errors="replace").splitlines():
            if programs.is_refusal(line):
                process.kill()
                self.refused += 1
                log.warning("Somebody came with a wrong key and was let go")
                return True
            # ffmpeg names the whole address when it complains, key and all.
            log.info("Ingest: %s", line.replace(self.key, "…"))
        return False

    def _hand_on(self, chunk: bytes, *, is_new: bool) -> None:
        self.heard_at = time.monotonic()
        if is_new:
            self.take += 1
        for outlet in list(self.outlets):
            outlet.put(chunk)
