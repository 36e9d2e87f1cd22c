"""The servers that are compared, each started for its case and ended after it; all on 127.0.0.1, all children of ours."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from common.services import Child, Services
from common.services.process import spawn, stop_all, wait_ready
from common.services.urls import free_port
from scripts.bootstrap import _npm_environment

ROOT = Path(__file__).resolve().parents[2]
PEERS = Path(__file__).resolve().parent / "peers"
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Running:
    """What answers, on which ports. `cpu_seconds` and `rss_bytes` are of the servers alone."""

    children: tuple[Child, ...]
    ports: tuple[int, ...]

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds_of(child.process.pid) for child in self.children)

    def rss_bytes(self) -> int:
        return sum(rss_bytes_of(child.process.pid) for child in self.children)


def cpu_seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def rss_bytes_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder with running PostgreSQL and Redis, where logs and data go."""

    folder: Path
    services: Services

    @property
    def env(self) -> dict[str, str]:
        own = {"DARASA_VAR": str(self.folder), "DARASA_DEMO": "1", "PYTHONPATH": str(ROOT)}
        return {**os.environ, **self.services.urls.environment(), **own}

    @contextmanager
    def start(
        self, name: str, commands: Sequence[Sequence[str]], ports: Sequence[int], **env: str
    ) -> Iterator[Running]:
        children: list[Child] = []
        try:
            for command, port in zip(commands, ports, strict=True):
                own = {**self.env, "PORT": str(port), **env}
                log = self.folder / "log" / f"{name}-{port}.log"
                children.append(spawn(f"{name}-{port}", command, log=log, env=own, cwd=ROOT))
                wait_ready(children[-1], partial(listens, port), seconds=60)
            yield Running(tuple(children), tuple(ports))
        finally:
            stop_all(children, grace_seconds=5)

    @contextmanager
    def darasa(self, nodes: int = 1, fast: bool = True) -> Iterator[Running]:
        ports = [free_port() for _ in range(nodes)]
        uvicorn = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--ws-max-size", "131072"]
        commands = [[*uvicorn, "--port", str(port), "--no-access-log"] for port in ports]
        with self.start("web", commands, ports, SOCKET_FAST_PATH="1" if fast else "0") as running:
            yield running

    @contextmanager
    def loop(self) -> Iterator[Running]:
        port = free_port()
        with self.start(
            "loop", [[sys.executable, "-m", "scripts.bench_board.loop", str(port)]], [port]
        ) as running:
            yield running

    @contextmanager
    def textbook(self) -> Iterator[Running]:
        port = free_port()
        uvicorn = [sys.executable, "-m", "uvicorn", "scripts.bench_board.textbook:application"]
        with self.start("textbook", [[*uvicorn, "--port", str(port), "--no-access-log"]], [port]) as running:
            yield running

    @contextmanager
    def peer(self, name: str) -> Iterator[Running]:
        port = free_port()
        with self.start(
            name, [[*node(), str(PEERS / f"{name}.mjs"), str(port), str(modules())]], [port]
        ) as running:
            yield running

    def school(self, boards: int) -> dict[str, list[dict[str, str]]]:
        """Boards, pages and sessions; see school.py."""
        command = [sys.executable, "-m", "scripts.bench_board.school"]
        done = subprocess.run(
            command, env=self.env, cwd=ROOT, input=str(boards), text=True, stdout=subprocess.PIPE, check=True
        )
        return dict(json.loads(done.stdout.splitlines()[-1]))


def listens(port: int) -> bool:
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0


def node() -> list[str]:
    return [shutil.which("node", path=_npm_environment()["PATH"]) or "node"]


def modules() -> Path:
    """`npm ci` by the committed lock file into var/, once for each state of it; no package's scripts are run."""
    files = [PEERS / "package.json", PEERS / "package-lock.json"]
    state = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    folder = ROOT / "var" / "bench_board" / state[:12]
    if (folder / "stamp").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)
    environment = {**os.environ, **_npm_environment()}
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    quiet = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    subprocess.run([npm, "ci", *quiet], cwd=folder, env=environment, check=True)
    (folder / "stamp").touch()
    return folder


def updates(drawers: int, deltas: int) -> list[list[str]]:
    """What the drawers say to the Yjs servers."""
    command = [*node(), str(PEERS / "updates.mjs"), str(modules()), str(drawers), str(deltas)]
    return list(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))
