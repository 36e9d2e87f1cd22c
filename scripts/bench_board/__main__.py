"""How fast is the board, and beside what? `make bench-board`, or with `QUICK=1` for a shorter look.

Starts its own PostgreSQL, Redis, web processes and the servers it compares with, all on 127.0.0.1, and ends them.
Ratios within one run mean something on any machine; milliseconds only on a quiet one. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from common.services import bundled_services
from scripts.bench_board.report import PEERS, print_head, print_row, targets
from scripts.bench_board.servers import ROOT, Ground, Running, updates

RATE = 25
Start = Callable[[Ground], AbstractContextManager[Running]]


@dataclass(frozen=True, slots=True)
class Case:
    """`name` is server, people and drawers; `wants_board` for Darasa alone."""

    server: str
    sockets: int
    drawers: int
    start: Start
    dialect: str = "darasa"
    low: int = 0
    slow: int = 0

    @property
    def name(self) -> str:
        return f"{self.server} {self.sockets}/{self.drawers}"


def cases() -> list[Case]:
    one = partial(Ground.darasa)
    plain = partial(Ground.darasa, fast=False)
    two = partial(Ground.darasa, nodes=2)
    peers = {name: partial(Ground.peer, name=name) for name in PEERS}
    return [
        Case("loop", 200, 40, Ground.loop, "loop"),
        Case("darasa", 200, 40, one, low=4),
        Case("darasa, plain ASGI", 200, 40, plain),
        Case("darasa, 2 nodes", 200, 40, two),
        *(Case(name, 200, 40, start, name) for name, start in peers.items()),
        Case("loop", 40, 5, Ground.loop, "loop"),
        Case("darasa", 40, 5, one),
        Case("textbook", 40, 5, Ground.textbook, "textbook"),
        *(Case(name, 40, 5, start, name) for name, start in peers.items()),
        Case("loop", 200, 200, Ground.loop, "loop"),
        Case("darasa", 200, 200, one),
        *(Case(name, 200, 200, start, name) for name, start in peers.items()),
        Case("loop", 2000, 20, Ground.loop, "loop"),
        Case("darasa", 2000, 20, one, slow=5),
        *(Case(name, 2000, 20, start, name) for name, start in peers.items()),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench-board")
    parser.add_argument("--quick", action="store_true", help="5 seconds a case instead of 15")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    given = parser.parse_args()
    chosen = [case for case in cases() if given.only in case.name]
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with bundled_services(folder) as services:
            results = run_all(Ground(folder, services), chosen, 5 if given.quick else 15)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    told = targets(results)
    print(json.dumps({"seconds": 5 if given.quick else 15, "cases": results, "targets": told}))
    return 0 if all(one["holds"] for one in told) else 1


def run_all(ground: Ground, chosen: list[Case], seconds: int) -> dict[str, dict[str, Any]]:
    ours = [case for case in chosen if case.dialect == "darasa"]
    school = ground.school(len(ours)) if ours else {"boards": [], "cookies": []}
    print_head()
    boards, results = list(school["boards"]), {}
    for case in chosen:
        given: dict[str, Any] = {"path": "/board"}
        if case.dialect == "darasa":
            board = boards.pop()
            path = f"/ws/boards/{board['board']}/?ink=packed&live="
            given = {"path": path, "page": board["page"], "cookies": school["cookies"]}
        elif case.dialect in PEERS:
            given["updates"] = updates(case.drawers, seconds * RATE)
        results[case.name] = run(ground, case, seconds, given)
        print_row(case.name, results[case.name])
    return results


def run(ground: Ground, case: Case, seconds: int, given: dict[str, Any]) -> dict[str, Any]:
    with case.start(ground) as running:
        wanted = {**given, "dialect": case.dialect, "ports": running.ports, "sockets": case.sockets}
        wanted |= {
            "drawers": case.drawers,
            "rate": RATE,
            "seconds": seconds,
            "low": case.low,
            "slow": case.slow,
        }
        command = [sys.executable, "-m", "scripts.bench_board.load"]
        load = subprocess.Popen(
            command,
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        try:
            return watch(load, running, wanted, seconds)
        finally:
            load.kill()
            load.wait()


def watch(
    load: subprocess.Popen[str], running: Running, wanted: dict[str, Any], seconds: int
) -> dict[str, Any]:
    """The load's own figures, and what the servers took while it drew."""
    assert load.stdin and load.stdout and load.stderr  # noqa: S101  pipes, by construction
    load.stdin.write(json.dumps(wanted))
    load.stdin.close()
    marks, said = {}, []
    for line in load.stderr:
        said.append(line)
        if line.strip() in ("BEGIN", "END"):
            marks[line.strip()] = (running.cpu_seconds(), running.rss_bytes())
    out = load.stdout.read()
    if load.wait() or "END" not in marks:
        return {"failed": "".join(said[-5:]).strip()}
    cpu = marks["END"][0] - marks["BEGIN"][0]
    grown = marks["END"][1] - marks["BEGIN"][1]
    return {**json.loads(out), "cpu": round(cpu / seconds, 3), "rss_grown": grown, "rss": marks["END"][1]}


if __name__ == "__main__":
    sys.exit(main())
