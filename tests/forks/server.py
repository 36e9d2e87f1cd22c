"""`python -m tests.forks.server FD`: forks a process for each wish that comes through the socket FD, until it is closed."""

from __future__ import annotations

import json
import os
import resource
import runpy
import select
import signal
import socket
import sys
from dataclasses import dataclass
from types import FrameType

from tests.forks.reading import read_everything, take_own_settings


@dataclass(frozen=True, slots=True)
class Wish:
    """For one process."""

    words: list[str]
    environment: dict[str, str]

    def be_granted(self) -> None:
        """In the new process, which is then as if Python had been started with these words."""
        os.environ.clear()
        os.environ.update(self.environment)
        for stream in (sys.stdout, sys.stderr):
            # Python itself reads this word before any of ours.
            stream.reconfigure(write_through="PYTHONUNBUFFERED" in os.environ)  # type: ignore[union-attr]
        take_own_settings()
        if self.words[0] == "-m":
            sys.argv = self.words[1:]
            runpy.run_module(self.words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = self.words
            runpy.run_path(self.words[0], run_name="__main__")


class Nursery:
    def __init__(self, wishes: socket.socket) -> None:
        self._wishes = wishes
        self._waiting: dict[int, socket.socket] = {}  # process → who wants to know of its end
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(self._wake, False)

    def listen(self) -> Wish:
        """Comes back in each of the new processes, and in no other one."""
        signal.set_wakeup_fd(self._wake)
        signal.signal(signal.SIGCHLD, self._leave_to_the_pipe)
        while True:
            ready = select.select([self._wishes.fileno(), self._woken], [], [])[0]
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._bury()
            if self._wishes.fileno() in ready and (wish := self._fork()):
                return wish

    @staticmethod
    def _leave_to_the_pipe(_number: int, _frame: FrameType | None) -> None:
        """Python writes into it before it calls this."""

    def _fork(self) -> Wish | None:
        """The wish in the new process, None in this one."""
        line, handles, *_ = socket.recv_fds(self._wishes, 1 << 16, 2)
        if not line:
            sys.exit()
        while not line.endswith(b"\n"):
            line += self._wishes.recv(1 << 16)
        log, told = handles
        if (pid := os.fork()) == 0:
            self._forget_all(log, told)
            return Wish(**json.loads(line))
        os.close(log)
        self._waiting[pid] = socket.socket(fileno=told)
        self._waiting[pid].sendall(json.dumps({"pid": pid}).encode() + b"\n")
        return None

    def _forget_all(self, log: int, told: int) -> None:
        """Nothing of this process is the new one's, else nobody would learn of an end."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(log, 1)
        os.dup2(log, 2)
        for handle in (log, told, self._woken, self._wake):
            os.close(handle)
        for one in (self._wishes, *self._waiting.values()):
            one.close()

    def _bury(self) -> None:
        for pid in list(self._waiting):
            ended, status, use = os.wait4(pid, os.WNOHANG)
            if ended:
                self._tell(self._waiting.pop(pid), os.waitstatus_to_exitcode(status), use)

    @staticmethod
    def _tell(told: socket.socket, code: int, use: resource.struct_rusage) -> None:
        """Nobody need listen any more."""
        end = {"code": code, "cpu": use.ru_utime + use.ru_stime}
        with told:
            try:
                told.sendall(json.dumps(end).encode() + b"\n")
            except BrokenPipeError:
                return


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as from_the_tests:
        read_everything()
        granted = Nursery(from_the_tests).listen()
    granted.be_granted()
