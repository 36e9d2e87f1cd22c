"""Which tests are begun first, by which worker, and how long each kind of them took.

Of the four workers of `make test` two take what is light: it fills both processors, and gives way. The third and the
fourth take what is heavy: processes of their own and sockets, that are waited for more than they compute. Sound and pictures in
real time are the third one's only: never two of them at once. What measures them to the second comes in a run of its
own, when nothing else runs.
"""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from tests.forks import Nursery

TESTS = Path(__file__).parent
# What each test cost in the run before.
COSTS = TESTS.parent / "var" / "test" / "costs.txt"
HEAVY = (
    "faults",
    "journeys",
    "recordings/embedded",
    "scripts",
    "wire",
    "jitsi_config/prosody",
    "classroom/jitsi",
)
# A browser that only looks at pages is as light as it is long.
LIGHT = tuple(f"journeys/test_{name}.py" for name in ("accessibility", "api_docs", "oidc"))
MEDIA = (
    "recordings/embedded",
    "journeys/test_lesson.py",
    "journeys/test_guest.py",
    "journeys/board",
    "journeys/test_stream.py",
    "faults/test_stream_loss.py",
)
ALONE = ("faults/test_jibri_loss.py", "faults/test_recorder_loss.py", "faults/test_prosody_events.py")
# Files that take longest: begun first, lest one worker is left with them when the others have nothing to do.
LONG = (
    "journeys/test_accessibility.py",
    "architecture/test_authorisation.py",
    "api/test_fuzz.py",
    "recordings/test_compositing.py",
    "recordings/test_live.py",
    "recordings/test_makers.py",
    "wire/test_authorisation.py",
    "architecture/test_doors.py",
    "api/test_who_may.py",
    "journeys/test_oidc.py",
    "architecture/test_lists.py",
    "classroom/test_lesson_model.py",
    "recordings/test_late_footage.py",
    "recordings/test_renewed.py",
    "wire/snapshots/test_room.py",
    "wire/test_board_socket.py",
    "whiteboard/test_conversion.py",
    "dashboard/test_report_paper.py",
    "faults/test_demo.py",
    "faults/test_prosody_events.py",
    "faults/test_board_nodes.py",
    "faults/test_pipeline_crashes.py",
    "faults/test_web_loss.py",
    "journeys/test_jitsi_page.py",
    "journeys/test_quiz.py",
    "faults/test_redis_loss.py",
)
# Worker → the kinds it takes, the first ones first. Any other worker takes what comes.
LANES = {
    "gw0": ("light", "heavy"),
    "gw1": ("light", "heavy"),
    "gw2": ("media", "alone", "heavy", "light"),
    "gw3": ("heavy", "light"),
}
KINDS = ("light", "heavy", "media", "alone")
POLITE = 5
CPU = "cpu_seconds"
COSTLY = 40


def kind_of(path: str) -> str:
    """Of a file below tests/."""
    if path in LIGHT or not _lies_in(path, HEAVY):
        return "light"
    if _lies_in(path, ALONE):
        return "alone"
    return "media" if _lies_in(path, MEDIA) else "heavy"


def _lies_in(path: str, places: Iterable[str]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def is_wanted(path: Path, kinds: str) -> bool:
    """Whether a run of these kinds, with commas between them, tries that file; whatever is no file of tests is wanted."""
    if not path.match("test_*.py") or not path.is_relative_to(TESTS):
        return True
    return kind_of(path.relative_to(TESTS).as_posix()) in kinds.split(",")


def load_by_turns(config: pytest.Config) -> None:
    """In a fresh clone each of several workers compiles a part of the files, and finds the others compiled. All at once
    with the first file, each would compile all of them."""
    worker, workers = (os.environ.get(f"PYTEST_XDIST_WORKER{name}") for name in ("", "_COUNT"))
    if worker and workers:
        kinds = config.getoption("kinds")
        files = sorted(file for place in config.args for file in _files_at(place) if is_wanted(file, kinds))
        for file in in_turn(files, int(worker.removeprefix("gw")), int(workers)):
            import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))


def in_turn(files: list[Path], worker: int, workers: int) -> list[Path]:
    """All of them; each worker begins with another part."""
    begin = len(files) * worker // workers
    return [*files[begin:], *files[:begin]]


def _files_at(place: str) -> list[Path]:
    """Of one of pytest's arguments."""
    path = (TESTS.parent / place.partition("::")[0]).resolve()
    return list(path.rglob("test_*.py")) if path.is_dir() else [path]


def put_in_order(items: list[pytest.Item]) -> None:
    """What is `media` or `alone` is `heavy` too."""
    order = {path: place for place, path in enumerate(LONG)}
    places = {item: item.path.relative_to(TESTS).as_posix() for item in items}
    for item, path in places.items():
        if (kind := kind_of(path)) != "light":
            item.add_marker("heavy")
            item.add_marker(kind)
    items.sort(key=lambda item: order.get(places[item], len(LONG)))


class Lanes(LoadFileScheduling):  # type: ignore[misc]
    """A file is one worker's, and goes to a worker that takes its kind."""

    def _assign_work_unit(self, node: Any) -> None:
        suiting = sorted(self._suiting(node), key=lambda found: found[0])
        if suiting:
            self.workqueue.move_to_end(suiting[0][1], last=False)
        super()._assign_work_unit(node)

    def _reschedule(self, node: Any) -> None:
        if self.workqueue and not node.shutting_down and not any(self._suiting(node)):
            node.shutdown()
        else:
            super()._reschedule(node)

    def _suiting(self, node: Any) -> Iterator[tuple[int, str]]:
        lane = LANES.get(node.gateway.id, KINDS)
        for scope in self.workqueue:
            kind = kind_of(scope.removeprefix("tests/"))
            if kind in lane:
                yield lane.index(kind), scope


def give_way() -> None:
    """In a worker for light tests: whoever waits for sound, pictures or a process goes first."""
    if LANES.get(os.environ.get("PYTEST_XDIST_WORKER", ""), ("",))[0] == "light":
        os.nice(POLITE)


def used() -> float:
    """Seconds of a processor, of this process and of those it has waited for, the forked ones too."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Nursery.spent + sum(one.ru_utime + one.ru_stime for one in spent)


@dataclass(slots=True)
class Sum:
    """Of the reports of one kind."""

    tests: int = 0
    seconds: float = 0
    cpu: float = 0
    begins: float = float("inf")
    ends: float = 0

    def add(self, report: pytest.TestReport) -> None:
        self.tests += report.when == "call"
        self.seconds += report.duration
        self.begins, self.ends = min(self.begins, report.start), max(self.ends, report.stop)
        if report.when == "teardown":
            self.cpu += sum(
                number for name, number in report.user_properties if name == CPU and isinstance(number, float)
            )


def sums_of(reports: Iterable[pytest.TestReport], place: Callable[[str], str]) -> dict[str, Sum]:
    """By what `place` makes of a file below tests/."""
    sums: dict[str, Sum] = defaultdict(Sum)
    for report in reports:
        sums[place(report.nodeid.partition("::")[0].removeprefix("tests/"))].add(report)
    return sums


def say_durations(terminal: pytest.TerminalReporter) -> None:
    lists = terminal.stats.values()
    told = [one for reports in lists for one in reports if isinstance(one, pytest.TestReport)]
    sums = sums_of(told, kind_of)
    if sum(one.seconds for one in sums.values()) < 60:
        return
    terminal.section("how long it took")
    begins = min(one.begins for one in sums.values())
    for kind in (kind for kind in KINDS if kind in sums):
        one = sums[kind]
        terminal.line(
            f"{kind:>6}: {one.tests:>5} tests, from {clock(one.begins - begins)} to {clock(one.ends - begins)}, "
            f"{clock(one.seconds)} one after the other, {one.cpu:.0f} seconds of a processor"
        )
    files = sorted(sums_of(told, str).items(), key=lambda item: -item[1].cpu)[:COSTLY]
    terminal.line("  most: " + ", ".join(f"{path} {one.cpu:.0f}" for path, one in files))
    terminal.line("  last: " + ", ".join(_last_of_each(told, begins)))
    COSTS.parent.mkdir(parents=True, exist_ok=True)
    COSTS.write_text("".join(sorted(_lines_of(told))))


def _last_of_each(reports: list[pytest.TestReport], begins: float) -> Iterator[str]:
    """Of each worker its last file, from when to when: the run ends with the latest of them."""
    spans: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in reports:
        file = one.nodeid.partition("::")[0].removeprefix("tests/")
        spans[getattr(one, "worker_id", ""), file] += [one.start - begins, one.stop - begins]
    last = {
        worker: max((max(span), file) for (who, file), span in spans.items() if who == worker)
        for worker, _ in spans
    }
    for worker, (end, file) in sorted(last.items(), key=lambda item: -item[1][0]):
        yield f"{file} {clock(min(spans[worker, file]))} to {clock(end)}"


def _lines_of(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """Seconds of a processor and of the clock, and the test."""
    seconds: dict[str, float] = defaultdict(float)
    for report in reports:
        seconds[report.nodeid] += report.duration
    for report in reports:
        if report.when == "teardown":
            cpu = sum(
                number for name, number in report.user_properties if name == CPU and isinstance(number, float)
            )
            yield f"{cpu:8.2f} {seconds[report.nodeid]:8.2f} {report.nodeid}\n"


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
