"""Several pieces at once, one thread and one ffmpeg each: x264 wastes less that way than with threads of its own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol, TypeVar

from recordings.compositing.steps import Progress

TICK_SECONDS = 0.5


class Task(Protocol):
    @property
    def is_done(self) -> bool: ...

    @property
    def seconds(self) -> float: ...

    def make(self, progress: Progress) -> None: ...


class Stopped(Exception):
    """Somebody else's piece failed, or the work was taken away: this one ends as well."""


One = TypeVar("One", bound=Task)


def hands() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_once(jobs: Sequence[One], progress: Progress) -> None:
    """All that are not done. Raises what the first one that failed raised, when the others have stopped."""
    work_off(jobs, progress, claim=lambda job: True, done=lambda job: None)


def work_off(
    jobs: Sequence[One], progress: Progress, *, claim: Callable[[One], bool], done: Callable[[One], None]
) -> None:
    """Until all are done, by these hands or by somebody's who shares the work.

    `claim` says whether this process may make the job now; one that another makes is asked about again. Both
    and `progress` are called by this thread alone; when it raises, the others stop. The threads stay until the end:
    Linux ends a child with the thread that started it.
    """
    waiting, shares, stop = list(jobs), dict.fromkeys(range(len(jobs)), 0.0), threading.Event()
    total, place = sum(job.seconds for job in jobs) or 1.0, {id(job): n for n, job in enumerate(jobs)}
    running: dict[Future[None], One] = {}

    def run(job: One) -> None:
        def tell(part: float) -> None:
            if stop.is_set():
                raise Stopped
            shares[place[id(job)]] = part

        tell(0)
        job.make(tell)

    with ThreadPoolExecutor(max_workers=hands(), thread_name_prefix="piece") as pool:
        try:
            while waiting or running:
                for job in list(waiting):
                    if job.is_done:
                        waiting.remove(job)
                        shares[place[id(job)]] = 1.0
                    elif len(running) < hands() and claim(job):
                        waiting.remove(job)
                        running[pool.submit(run, job)] = job
                if running:
                    for future in wait(running, timeout=TICK_SECONDS, return_when=FIRST_COMPLETED).done:
                        job = running.pop(future)
                        future.result()
                        shares[place[id(job)]] = 1.0
                        done(job)
                elif waiting:
                    time.sleep(TICK_SECONDS)
                progress(sum(shares[n] * job.seconds for n, job in enumerate(jobs)) / total)
        finally:
            stop.set()
            for future in running:
                future.cancel()
