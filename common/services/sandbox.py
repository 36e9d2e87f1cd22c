"""PostgreSQL refuses root. Give it another name without asking the machine for a user account."""

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
_ID_MAP = "1000 0 1"


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
    """Ourselves; for root a user namespace in which we are user 1000, else `nobody`."""
    if os.geteuid() != 0:
        return Identity(os.geteuid())
    if _namespaces_allowed():
        return Identity(0, in_child=enter_user_namespace)
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, becomes=nobody.pw_uid, gid=nobody.pw_gid)


def enter_user_namespace() -> None:
    """From here on this process sees itself as user 1000, while its files still belong to root."""
    if libc is None or libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError("unshare(CLONE_NEWUSER) is not allowed")
    # The kernel accepts gid_map from an unprivileged writer only after setgroups is denied.
    for name, text in (("uid_map", _ID_MAP), ("setgroups", "deny"), ("gid_map", _ID_MAP)):
        Path(f"/proc/self/{name}").write_text(text)


def _namespaces_allowed() -> bool:
    try:
        nothing = [sys.executable, "-ISc", ""]
        probe = subprocess.run(nothing, preexec_fn=enter_user_namespace, check=False)
    except subprocess.SubprocessError:
        return False
    return probe.returncode == 0
