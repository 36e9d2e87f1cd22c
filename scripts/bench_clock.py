"""Whose processor time a measurement was: without it, a busy machine looks like a slow program."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
CLEARING_UP_SECONDS = 15.0


@contextlib.contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """A bench ends by itself, whatever it waits for: first like somebody's Ctrl-C, then without asking. Its servers
    die with it."""
    timer = threading.Timer(seconds, _give_up, [seconds])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _give_up(seconds: float) -> None:
    print(f"Not finished after {seconds:.0f} s.", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(CLEARING_UP_SECONDS)
    os._exit(1)


def tree_seconds(roots: Sequence[int]) -> float:
    """Of these processes and all below them, the dead ones that were waited for included."""
    stats = {pid: stat for path in Path("/proc").glob("[0-9]*") if (stat := _read(pid := int(path.name)))}
    wanted, spent = set(roots), 0
    while True:
        more = {pid for pid, stat in stats.items() if int(stat[1]) in wanted} - wanted
        if not more:
            break
        wanted |= more
    for pid in wanted & set(stats):
        spent += sum(int(one) for one in stats[pid][11:15])
    return spent / TICKS_A_SECOND


def _read(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def machine_seconds() -> float:
    """Of everybody on this machine."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _waiting, irq, softirq = (int(one) for one in fields[:7])
    return (user + nice + system + irq + softirq) / TICKS_A_SECOND


class Clock:
    """Processor seconds of each group of processes since it was made; `others` are strangers to the measurement."""

    def __init__(self, groups: Mapping[str, Sequence[int]]) -> None:
        self.groups = groups
        self.begun, self.before = time.monotonic(), self._now()

    def _now(self) -> dict[str, float]:
        own = {name: tree_seconds(pids) for name, pids in self.groups.items()}
        own["clients"] = sum(os.times()[:2])
        return {**own, "machine": machine_seconds()}

    def read(self) -> dict[str, float]:
        spent = {name: seconds - self.before[name] for name, seconds in self._now().items()}
        machine = spent.pop("machine")
        spent["others"] = max(0.0, machine - sum(spent.values()))
        told = {f"{name}_cpu_seconds": round(seconds, 2) for name, seconds in spent.items()}
        return {**told, "wall_seconds": round(time.monotonic() - self.begun, 2)}
