"""One child process that is ours from start to end: its group, its log, its death."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Probe = Callable[[], bool]

TAIL_LINES = 20
_PR_SET_PDEATHSIG = 1
# Loaded here, not in the forked child: dlopen between fork and exec can deadlock.
libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServiceError(RuntimeError):
    """A service cannot run here; the text is a sentence for the person at the terminal."""


class ChildError(ServiceError):
    """A child ended, or never became ready. The text names it, its exit code and its last lines."""


@dataclass(frozen=True)
class Child:
    """A started process, leader of its own session, so that Ctrl-C in the terminal reaches only us.

    `stop_signals` are sent one after another, each after half of what is left of the grace.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signals: tuple[signal.Signals, ...] = field(default=(signal.SIGTERM,))

    @property
    def exit_code(self) -> int | None:
        """None while it runs; -9 after SIGKILL, as in `subprocess`."""
        return self.process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Only to the leader: a worker's pool must hear of the end from its parent, after its task."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Whatever is left of the group, also after its leader has ended."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self, count: int = TAIL_LINES) -> list[str]:
        try:
            return self.log.read_text("utf-8", "replace").splitlines()[-count:]
        except OSError:
            return []

    def obituary(self, what: str = "") -> str:
        head = f"{self.name} {what or describe_exit(self.exit_code)}. Last lines of {self.log}:"
        return "\n".join([head, *(f"    {line}" for line in self.last_lines() or ["(nothing)"])])


def describe_exit(code: int | None) -> str:
    if code is None:
        return "is still running"
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def spawn(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    uid: int | None = None,
    gid: int | None = None,
    umask: int = -1,
    in_child: Callable[[], None] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,),
) -> Child:
    """Start `command` in a session of its own; output goes to `log`, the previous log to `log.1`.

    `in_child` runs between fork and exec. The kernel sends `death_signal` when the *thread* that
    called this ends (Linux only), so call it from the main thread.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
            user=uid,
            group=gid,
            extra_groups=None if uid is None else [],
            umask=umask,
            preexec_fn=dying_with_us(death_signal, in_child),
        )
    return Child(name, process, log, stop_signals)


def dying_with_us(number: signal.Signals, in_child: Callable[[], None] | None = None) -> Callable[[], None]:
    """For `preexec_fn`: the kernel sends the child `number` when we are gone, even by kill -9."""
    parent = os.getpid()

    def prepare() -> None:
        if in_child:
            in_child()
        if libc is None:
            return
        # After in_child: a change of credentials clears the death signal.
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return prepare


def wait_ready(child: Child, probe: Probe, seconds: float) -> None:
    """Until `probe` says yes. A child that ends, or takes longer, raises `ChildError`."""
    deadline = time.monotonic() + seconds
    while not probe():
        if child.exit_code is not None:
            raise ChildError(child.obituary())
        if time.monotonic() > deadline:
            raise ChildError(child.obituary(f"was not ready after {seconds:.0f} s"))
        time.sleep(0.03)


def stop_all(children: Iterable[Child], grace_seconds: float) -> None:
    """End them in reverse order of start, together within `grace_seconds`; then SIGKILL each group.

    They are asked in order but waited for together, so one that hangs does not eat the others' grace.
    """
    last_first = list(children)[::-1]
    deadline = time.monotonic() + grace_seconds
    with uninterrupted():
        for step in range(max((len(child.stop_signals) for child in last_first), default=0)):
            _ask(last_first, step)
            left = deadline - time.monotonic()
            final = step + 1 == max(len(child.stop_signals) for child in last_first)
            _wait(last_first, left if final else left / 2)
        for child in last_first:
            child.kill_group()


def _ask(children: Iterable[Child], step: int) -> None:
    for child in children:
        if child.exit_code is None and step < len(child.stop_signals):
            child.signal(child.stop_signals[step])


def _wait(children: Sequence[Child], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(child.exit_code is None for child in children) and time.monotonic() < deadline:
        time.sleep(0.01)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the block is done: a second Ctrl-C must not orphan anyone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def terminated_as_exit() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into `SystemExit`, so that `finally` and `with` clean up after them too."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    with handling({signal.SIGTERM, signal.SIGHUP}, leave):
        yield


@contextlib.contextmanager
def handling(numbers: Iterable[signal.Signals], handler: Callable[[int, object], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def inhabitants(directory: Path) -> list[int]:
    """Processes whose working folder is `directory` (PostgreSQL and Redis move into their data).

    Surer than a pid file: after a crash in a container the same pid is often someone else.
    Empty where there is no /proc.
    """
    home = str(directory.resolve())
    return sorted(pid for pid in _all_pids() if _working_folder(pid) == home)


def _all_pids() -> list[int]:
    proc = Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdigit()] if proc.is_dir() else []


def _working_folder(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


def wait_until_empty(directory: Path, service: str, seconds: float = 5) -> None:
    """After kill -9 of the parent its servers need a moment to shut down; one that stays is an error."""
    deadline = time.monotonic() + seconds
    while pids := inhabitants(directory):
        if time.monotonic() > deadline:
            raise ServiceError(
                f"A previous {service} (pid {pids[0]}) still runs on {directory}. Stop it, then start again."
            )
        time.sleep(0.05)
