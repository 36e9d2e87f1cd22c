"""Finds a coturn for the tests of `common/checkup/stun.py`; `scripts/prosody.py` installs Debian's with its own.

Standard library only.
"""

from __future__ import annotations

import os
import shutil

INSTRUCTION = (
    "The tests of STUN and TURN need coturn. Install it (Debian: sudo apt-get install coturn; its service "
    "need not run), or name one: COTURN=/path/to/turnserver make test"
)


def find_coturn() -> str | None:
    """COTURN from the environment, else the one on PATH or where Debian puts programs."""
    if named := os.environ.get("COTURN"):
        return shutil.which(named)
    return shutil.which("turnserver") or shutil.which("turnserver", path="/usr/bin:/usr/sbin:/usr/local/bin")
