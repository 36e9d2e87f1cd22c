"""PostgreSQL refuses root. Give it another name without asking the machine for a new account."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from common.services.process import ServiceError, libc

_CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True)
class Identity:
    """Who a server runs as: the owner of its files outside, and how to become that between fork and exec."""

    uid: int
    becomes: int | None = None
    gid: int | None = None
    in_child: Callable[[], None] | None = None

    def own(self, tree: Path) -> None:
        """Files of a run under another identity change hands (only root can, and only root needs to)."""
        if os.geteuid() != 0 or tree.stat().st_uid == self.uid:
            return
        for path in [*tree.rglob("*"), tree]:
            os.chown(path, self.uid, -1, follow_symlinks=False)

    def must_reach(self, target: Path) -> None:
        """Raise, naming the folder, when a parent of `target` is closed to this identity."""
        for folder in reversed(target.resolve().parents):
            if not self._may_enter(folder):
                raise ServiceError(
                    f"PostgreSQL runs as uid {self.uid} and cannot enter {folder}. "
                    f"Move the project, or open the folder with: chmod o+x {folder}"
                )

    def _may_enter(self, folder: Path) -> bool:
        status = folder.stat()
        return bool(status.st_mode & (0o100 if status.st_uid == self.uid else 0o001))


def server_identity() -> Identity:
    """Ourselves where PostgreSQL accepts that: not root, and with an entry in the user database.

    Else a user namespace in which we have another number; where that is forbidden, root becomes `nobody`.
    """
    uid = os.geteuid()
    if uid != 0 and _is_known(uid):
        return Identity(uid)
    enter = user_namespace(_number_inside(), uid, os.getegid())
    if _namespaces_allowed(enter):
        return Identity(uid, in_child=enter)
    if uid != 0:
        raise ServiceError(f"PostgreSQL needs a user with a name, and uid {uid} has none. Set DATABASE_URL.")
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, becomes=nobody.pw_uid, gid=nobody.pw_gid)


def user_namespace(inside: int, uid: int, gid: int) -> Callable[[], None]:
    """For use between fork and exec: the process sees itself as `inside`; its files still belong to `uid`."""

    def enter() -> None:
        if libc is None or libc.unshare(_CLONE_NEWUSER) != 0:
            raise OSError("unshare(CLONE_NEWUSER) is not allowed")
        # The kernel accepts gid_map from an unprivileged writer only after setgroups is denied.
        for name, text in (
            ("uid_map", f"{inside} {uid} 1"),
            ("setgroups", "deny"),
            ("gid_map", f"{inside} {gid} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(text)

    return enter


def _number_inside() -> int:
    """initdb looks itself up by number, so it must be one that this machine knows."""
    return next((person.pw_uid for person in pwd.getpwall() if person.pw_uid >= 1000), 65534)


def _is_known(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _namespaces_allowed(enter: Callable[[], None]) -> bool:
    try:
        nothing = [sys.executable, "-ISc", ""]
        probe = subprocess.run(nothing, preexec_fn=enter, check=False)
    except subprocess.SubprocessError:
        return False
    return probe.returncode == 0
