"""Finds a Prosody for the tests of `jitsi_config/prosody/`, and installs Debian's if that is possible.

`python3 scripts/prosody.py` says which one would be used. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

# Prosody brings what our modules need. The others are for Jitsi's own plugins, which some tests load beside ours.
PACKAGES = ("prosody", "lua5.4")
PACKAGES_OF_JITSI = ("lua-cjson", "lua-luaossl", "lua-basexx", "lua-inspect", "lua-sec", "lua-unbound")
# Asked for by scripts/coturn.py; one call of apt-get for both.
COTURN = "coturn"
INSTRUCTION = (
    "The tests of the Prosody modules need Prosody 0.12 or newer. Install it (Debian: sudo apt-get install "
    f"{' '.join((*PACKAGES, *PACKAGES_OF_JITSI))}), or name one: PROSODY=/path/to/prosody make test"
)


def find_prosody() -> str | None:
    """PROSODY from the environment, else the one on PATH or where Debian puts programs of the system."""
    if named := os.environ.get("PROSODY"):
        return shutil.which(named)
    return shutil.which("prosody") or shutil.which("prosody", path="/usr/bin:/usr/sbin:/usr/local/bin")


def find_luac() -> str | None:
    return next((found for name in ("luac5.4", "luac") if (found := shutil.which(name))), None)


def lua_path_for_jitsi() -> str:
    """LUA_PATH with the pure Lua libraries that Debian 12 puts on the path of older Luas only (basexx, inspect)."""
    folders = sorted(Path("/usr/share/lua").glob("5.[1-4]"), reverse=True)
    return ";".join([*(f"{folder}/?.lua" for folder in folders), ";"])


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_commands() -> list[list[str]]:
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends"]
    return [["apt-get", "update", "-q"], [*install, *PACKAGES, *PACKAGES_OF_JITSI, COTURN]]


if __name__ == "__main__":
    found = find_prosody()
    print(found or INSTRUCTION)
    sys.exit(0 if found else 1)
