"""A simulated Jibri: `python -m recordings.simulated.jibri --port 2222 --recordings-dir DIR [--webhook URL]`.

It speaks Jibri's HTTP API and webhooks, writes Jibri's folders with real video, runs the finalize script,
and misbehaves on request: at the start (`--behaviour`) or later (`POST /simulator {"behaviour": …}`):
`well`, `busy`, `unhealthy`, `refuses`, `silent`, `never-starts`, `dies-after:SECONDS`, `leaves-early:SECONDS`,
`slow-finalize:SECONDS`, `no-finalize`. `POST /simulator {"die": true}` ends it at once, in the middle of whatever it
does. There is no browser in it: whoever is in the room is not filmed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from recordings.simulated.film import FORMATS, Film

HEALTH, START, STOP = (f"/jibri/api/v1.0/{word}" for word in ("health", "startService", "stopService"))
INTERNAL = "/jibri/api/internal/v1.0/"
EXIT_CODES = {"gracefulShutdown": 255, "notifyConfigChanged": 0, "shutdown": 255}
WEBHOOK_SECONDS = 2.0
JOIN_LIMIT_SECONDS = 30.0
DEFAULT_SECONDS = {"dies-after": 10.0, "leaves-early": 10.0, "slow-finalize": 20.0}
BEHAVIOURS = {
    *("well", "busy", "unhealthy", "refuses", "silent", "never-starts", "no-finalize"),
    *DEFAULT_SECONDS,
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    name: str = "well"
    seconds: float = 0.0

    @classmethod
    def read(cls, text: str) -> Behaviour:
        name, _, seconds = text.partition(":")
        if name not in BEHAVIOURS:
            raise ValueError(f"one of {', '.join(sorted(BEHAVIOURS))}")
        return cls(name, float(seconds or DEFAULT_SECONDS.get(name, 0)))

    def __str__(self) -> str:
        return f"{self.name}:{self.seconds:g}" if self.name in DEFAULT_SECONDS else self.name


@dataclass(slots=True)
class Session:
    """What records right now; `film` comes when the browser has joined."""

    id: str
    call_name: str
    base_url: str
    folder: Path
    film: Film | None = None
    stream_to: str = ""


class Jibri:
    """The state of one Jibri. `_lock` guards it; ends of a session exclude each other by `_ending`."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.behaviour: Behaviour = options.behaviour
        self.session: Session | None = None
        self.is_expired = self.is_leaving = False
        self._lock, self._ending = threading.Lock(), threading.Lock()

    # What it says

    def status(self) -> dict[str, Any]:
        healthy = "UNHEALTHY" if self.behaviour.name == "unhealthy" else "HEALTHY"
        is_busy = self.session is not None or self.behaviour.name == "busy"
        busy = "BUSY" if is_busy else "EXPIRED" if self.is_expired else "IDLE"
        details = {"chrome": {"healthStatus": healthy, "detail": "" if healthy == "HEALTHY" else "simulated"}}
        return {"busyStatus": busy, "health": {"healthStatus": healthy, "details": details}}

    def tell_status(self) -> None:
        self._post("/v1/status", {"jibriId": self.options.name, "status": self.status()})

    def tell_session(self, session: Session, status: str, failure: str = "") -> None:
        told: dict[str, Any] = {"sessionId": session.id, "status": status}
        if failure:
            told["failure"] = {"reason": "ERROR", "error": {"scope": "SESSION", "detail": failure}}
            told["shouldRetry"] = True
        self._post("/v1/session/status", {"jibriId": self.options.name, "session": told})

    def _post(self, path: str, body: dict[str, Any]) -> None:
        """Two seconds, once: whoever does not listen then has missed it."""
        if self.options.webhook:
            threading.Thread(target=self._send, args=(path, body), daemon=True).start()

    def _send(self, path: str, body: dict[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310  given on the command line
            f"{self.options.webhook.rstrip('/')}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS) as answer:  # noqa: S310
                heard = answer.status == 200
        except (OSError, ValueError):
            heard = False
        if not heard:
            say(f"nobody heard {path}")

    def keep_telling(self) -> None:
        while True:
            self.tell_status()
            time.sleep(self.options.webhook_seconds)

    # What it is told

    def start(self, body: Any) -> tuple[int, str]:
        """The answer to startService. Accepted means BUSY; everything after that is asynchronous."""
        try:
            url, login = body["callParams"]["callUrlInfo"], body.get("callLoginParams")
            session_id, name, base = str(body["sessionId"]), str(url["callName"]), str(url["baseUrl"])
        except (KeyError, TypeError, AttributeError):
            return 500, "Cannot deserialize the request"
        stream_to = str(body.get("youTubeStreamKey") or "") if body.get("sinkType") == "stream" else ""
        if not login or (body.get("sinkType") != "file" and not stream_to):
            return 412, "Missing required field"
        if self.behaviour.name in {"refuses", "unhealthy"}:
            return 500, "Internal error"
        folder = self.options.recordings_dir / re.sub(r"[^A-Za-z0-9_-]", "_", session_id)
        session = Session(session_id, name, base, folder, stream_to=stream_to)
        with self._lock:
            if self.session is not None or self.behaviour.name == "busy":
                return 412, "Jibri is currently busy"
            self.session = session
        say(f"takes {session.id} for {session.call_name}")
        self.tell_status()
        time.sleep(self.options.launch_seconds)  # the call blocks while the browser starts
        threading.Thread(target=self._run, args=(session,), daemon=True).start()
        return 200, ""

    def _run(self, session: Session) -> None:
        behaviour = self.behaviour
        if behaviour.name == "never-starts":
            self._after(JOIN_LIMIT_SECONDS, session, lambda: self.finish(session, "FailedToJoinCall"))
            return
        time.sleep(self.options.launch_seconds)
        with self._lock:
            if self.session is not session:
                return
            session.film = self._film(session)
        self.tell_session(session, "ON")
        if behaviour.name == "dies-after":
            self._after(behaviour.seconds, session, die)
        elif behaviour.name == "leaves-early":
            self._after(behaviour.seconds, session, lambda: self.finish(session))
        # Linux ends a child that is tied to us with the thread that started it.
        while self.session is session:
            if session.stream_to and session.film is not None and not session.film.is_running:
                # Jibri gives up a session whose ffmpeg ends, and is free again.
                self.finish(session, "FfmpegExited")
            time.sleep(0.1)

    def _film(self, session: Session) -> Film:
        if session.stream_to:
            width, height = self.options.size
            return Film(session.stream_to, width=width, height=height, fps=self.options.fps)
        session.folder.mkdir(parents=True, exist_ok=True)
        stem = f"{session.call_name}_{time.strftime('%Y-%m-%d-%H-%M-%S')}"[:125]
        width, height = self.options.size
        path = session.folder / f"{stem}.{self.options.format}"
        return Film(path, width=width, height=height, fps=self.options.fps)

    def _after(self, seconds: float, session: Session, act: Callable[[], object]) -> None:
        time.sleep(seconds)
        if self.session is session:
            act()

    def stop(self) -> None:
        """Returns when everything is done, the finalize script too; at once when nothing runs."""
        session = self.session
        if session is not None:
            self.finish(session)

    def finish(self, session: Session, failure: str = "") -> None:
        with self._ending:
            if self.session is not session:
                return
            with self._lock:
                film = session.film
            if film is not None:
                film.close()
                if not session.stream_to:
                    self._write_metadata(session)
                    self._finalize(session.folder)
            with self._lock:
                self.session = None
                self.is_expired = bool(self.options.single_use)
        say(f"is done with {session.id}")
        self.tell_session(session, "OFF", failure)
        self.tell_status()
        if self.is_leaving:
            os._exit(EXIT_CODES["gracefulShutdown"])

    def _write_metadata(self, session: Session) -> None:
        """Over whatever an earlier session left there, as Jibri does."""
        told = {"meeting_url": f"{session.base_url}/{session.call_name}", "participants": []}
        (session.folder / "metadata.json").write_text(json.dumps(told))

    def _finalize(self, folder: Path) -> None:
        behaviour = self.behaviour
        if behaviour.name == "no-finalize":
            return
        if behaviour.name == "slow-finalize":
            time.sleep(behaviour.seconds)
        if self.options.finalize:
            # Its exit code is of no interest to Jibri.
            subprocess.run([self.options.finalize, str(folder)], check=False)
            return
        (folder / "finalized").touch()
        self._post("/finalized", {"session": folder.name})

    def shut_down(self, word: str) -> None:
        if word == "gracefulShutdown" and self.session is not None:
            self.is_leaving = True
            return
        os._exit(EXIT_CODES[word])


def die() -> None:
    """Like a machine that loses its power: nobody says goodbye."""
    say("dies")
    os.kill(os.getpid(), signal.SIGKILL)


def say(text: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    jibri: Jibri

    def do_GET(self) -> None:
        self._maybe_hang()
        if self.path == HEALTH:
            self._answer(200, {"status": self.jibri.status()})
        elif self.path == "/simulator":
            session = self.jibri.session
            told = {
                "behaviour": str(self.jibri.behaviour),
                "session": session and session.id,
                "pid": os.getpid(),
            }
            self._answer(200, told)
        else:
            self._answer(404, "")

    def do_POST(self) -> None:
        body = self._body()
        if self.path == "/simulator":
            return self._behave(body)
        self._maybe_hang()
        if self.path == START:
            return self._answer(*self.jibri.start(body))
        if self.path == STOP:
            self.jibri.stop()
            return self._answer(200, "")
        word = self.path.removeprefix(INTERNAL)
        if self.path.startswith(INTERNAL) and word in EXIT_CODES:
            self._answer(200, "")
            return self.jibri.shut_down(word)
        return self._answer(404, "")

    def _behave(self, body: Any) -> None:
        if isinstance(body, dict) and body.get("die"):
            die()
        try:
            self.jibri.behaviour = Behaviour.read(str(body["behaviour"]))
        except (ValueError, KeyError, TypeError) as error:
            return self._answer(400, str(error))
        self.jibri.tell_status()
        return self._answer(200, {"behaviour": str(self.jibri.behaviour)})

    def _maybe_hang(self) -> None:
        while self.jibri.behaviour.name == "silent":
            time.sleep(0.2)

    def _body(self) -> Any:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with suppress(ValueError):
            return json.loads(text)
        return None

    def _answer(self, code: int, content: dict[str, Any] | str) -> None:
        data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(content, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(BrokenPipeError):
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        return


def read_options(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="recordings.simulated.jibri", description=__doc__)
    parser.add_argument("--port", type=int, default=2222)
    parser.add_argument("--internal-port", type=int, default=0, help="3333 on a real one; 0: none")
    parser.add_argument("--name", default="", help="its jibriId; jibri-<port> when empty")
    parser.add_argument("--recordings-dir", type=lambda text: Path(text).absolute(), required=True)
    parser.add_argument("--webhook", default="", help="where /v1/status is posted")
    parser.add_argument("--webhook-seconds", type=float, default=60.0)
    parser.add_argument("--finalize", default="", help="a script; empty: the marker is put by the simulator")
    parser.add_argument("--behaviour", type=Behaviour.read, default=Behaviour())
    parser.add_argument("--format", choices=sorted(FORMATS), default="ts")
    parser.add_argument("--size", type=_size, default=(640, 360))
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--launch-seconds", type=float, default=0.5)
    parser.add_argument("--single-use", action="store_true")
    options = parser.parse_args(arguments)
    options.name = options.name or f"jibri-{options.port}"
    return options


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def main() -> None:
    options = read_options()
    jibri = Jibri(options)
    handler = type("OwnHandler", (Handler,), {"jibri": jibri})
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=_leave, args=(jibri,)).start())
    threading.Thread(target=jibri.keep_telling, daemon=True).start()
    if options.internal_port:
        inside = ThreadingHTTPServer(("127.0.0.1", options.internal_port), handler)
        threading.Thread(target=inside.serve_forever, daemon=True).start()
    say(f"{options.name} listens on 127.0.0.1:{options.port}")
    ThreadingHTTPServer(("127.0.0.1", options.port), handler).serve_forever()


def _leave(jibri: Jibri) -> None:
    jibri.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
