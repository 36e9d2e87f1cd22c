"""Finds an nginx for the tests of `jitsi_config/nginx/`; fetches Debian's into `var/nginx/` if that is possible.

Fetched and unpacked, not installed: nothing is started and nothing on the machine changes. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / "var" / "nginx"
PACKAGES = ("nginx", "nginx-common", "libnginx-mod-stream")
INSTRUCTION = (
    "No nginx with its stream module here. On Debian: sudo apt-get install nginx libnginx-mod-stream"
)
SYSTEM_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])


@dataclass(frozen=True)
class Nginx:
    """`preamble` loads the stream module where that is a file of its own, as at Debian's."""

    program: str
    preamble: str
    mime_types: str


def find_nginx() -> Nginx | None:
    """The one of this machine, else the one unpacked before, else one fetched now."""
    return _under(Path("/")) or _under(PLACE) or (_under(PLACE) if _fetch() else None)


def _under(root: Path) -> Nginx | None:
    own = root == Path("/")
    program = shutil.which("nginx", path=SYSTEM_PATH if own else str(root / "usr" / "sbin"))
    types = root / "etc" / "nginx" / "mime.types"
    if not program or not types.exists():
        return None
    built = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stderr
    module = root / "usr" / "lib" / "nginx" / "modules" / "ngx_stream_module.so"
    if "--with-stream=dynamic" not in built:
        return Nginx(program, "", str(types)) if "--with-stream" in built else None
    return Nginx(program, f"load_module {module};\n", str(types)) if module.exists() else None


def _fetch() -> bool:
    if os.geteuid() != 0 or not all(shutil.which(name) for name in ("apt-get", "dpkg")):
        return False
    downloads = PLACE / "packages"
    downloads.mkdir(parents=True, exist_ok=True)
    if not _done("apt-get", "download", *PACKAGES, cwd=downloads):
        if not _done("apt-get", "update", "-q", cwd=downloads):
            return False
        _done("apt-get", "download", *PACKAGES, cwd=downloads)
    packages = sorted(downloads.glob("*.deb"))
    return bool(packages) and all(
        _done("dpkg", "-x", str(one), str(PLACE), cwd=downloads) for one in packages
    )


def _done(*command: str, cwd: Path) -> bool:
    return subprocess.run(command, cwd=cwd, capture_output=True, check=False).returncode == 0
