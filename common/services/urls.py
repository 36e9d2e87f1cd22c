"""Where the two services are, and the note that tells other terminals of the same folder."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from common.services.process import alive

# sockaddr_un.sun_path holds 108 bytes with the final NUL.
MAX_SOCKET_PATH_BYTES = 107


@dataclass(frozen=True)
class ServiceUrls:
    database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}


def fits_socket(path: Path) -> bool:
    return len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES


def free_port() -> int:
    """Below those that kernels give to whoever asks for any, also to each connection: it stays free until it is used."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def postgres_url(*, user: str, database: str, at: Path | int, password: str = "") -> str:
    """`at` is the absolute socket folder, or a port on 127.0.0.1."""
    if isinstance(at, Path):
        return f"postgresql://{user}@/{database}?host={quote(str(at))}"
    return f"postgresql://{user}:{password}@127.0.0.1:{at}/{database}"


def redis_url(*, at: Path | int, password: str = "") -> str:
    """`at` is the absolute socket, or a port on 127.0.0.1."""
    if isinstance(at, Path):
        return f"unix://{quote(str(at))}?db=0"
    return f"redis://:{password}@127.0.0.1:{at}/0"


def celery_url(url: str) -> str:
    """The same Redis in kombu's spelling, which knows sockets under another scheme."""
    if not url.startswith("unix://"):
        return url
    path, _, query = url.removeprefix("unix://").partition("?")
    return f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or '0'}"


def stored_secret(path: Path) -> str:
    """A random word kept in a file of mode 600, made at the first call."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text()
    word = secrets.token_urlsafe(24)
    write_private(path, word)
    return word


def write_private(path: Path, text: str) -> None:
    """Never readable by others, never half written."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)


def note_of(directory: Path) -> Path:
    return directory / "services.json"


def running_services(directory: Path) -> dict[str, str]:
    """`DATABASE_URL` and `REDIS_URL` as far as they are served from `directory` right now."""
    try:
        note = json.loads(note_of(directory).read_text())
    except (OSError, ValueError):
        return {}
    # After kill -9 the note outlives its writer.
    return dict(note["urls"]) if alive(int(note["pid"])) else {}
