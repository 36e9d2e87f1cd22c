"""The names that the pinned Jitsi images read, so that a test can refuse a misspelt one.

Names only: variables of each image, and keys of the Java programs' configuration. They stand in
`tests/jitsi_config/known_names.json` and are written anew, after a change of the pinned tag, by

    DOCKER_JITSI_DIR=… JIBRI_DIR=… JICOFO_DIR=… JVB_DIR=… python -m scripts.jitsi_names

where each folder is a checkout of the repository of that name. With --check it only says what has changed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parent.parent / "tests" / "jitsi_config" / "known_names.json"
TAG = "stable-11146-2"
IMAGES = ("web", "prosody", "jicofo", "jvb", "jibri")
PROGRAMS = {
    "jibri": ("JIBRI_DIR", ["src/main/resources/reference.conf"]),
    "jicofo": (
        "JICOFO_DIR",
        [
            "jicofo/src/main/resources/reference.conf",
            "jicofo-selector/src/main/resources/reference.conf",
            "jicofo-common/src/main/resources/reference.conf",
        ],
    ),
    "videobridge": ("JVB_DIR", ["jvb/src/main/resources/reference.conf"]),
}


class Checkout:
    """Files of a repository at one revision; a bare clone will do."""

    def __init__(self, folder: str, revision: str) -> None:
        self._folder, self._revision = folder, revision

    def read(self, path: str) -> str:
        return self._git("show", f"{self._revision}:{path}")

    def paths(self, under: str) -> list[str]:
        return self._git("ls-tree", "-r", "--name-only", self._revision, under).splitlines()

    def described(self) -> str:
        return self._git("rev-parse", "--short=9", self._revision).strip()

    def _git(self, *words: str) -> str:
        return subprocess.run(
            ["git", "-C", self._folder, *words], capture_output=True, text=True, check=True
        ).stdout


def revision_of(checkout_folder: str) -> str:
    """The pinned tag, if the checkout knows it; else the commit that says that it is the release; else HEAD."""
    command = ["git", "-C", checkout_folder, "log", "--all", f"--grep=release: {TAG}", "-1", "--format=%H"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return found or "HEAD"


def variables_of(checkout: Checkout, image: str) -> list[str]:
    """What the Compose files pass to the image, and what its templates and scripts read."""
    names = set()
    for path in checkout.paths(f"{image}/rootfs"):
        if "/defaults/" in path or "/scripts/" in path:
            text = checkout.read(path)
            names |= set(re.findall(r"\.Env\.([A-Z][A-Z0-9_]+)", text))
            names |= set(re.findall(r"\$\{?([A-Z][A-Z0-9_]{3,})", text)) if "/scripts/" in path else set()
    for compose in ("docker-compose.yml", "jibri.yml"):
        names |= passed_by(checkout.read(compose), image)
    return sorted(names)


def passed_by(compose: str, image: str) -> set[str]:
    block = re.search(rf"^    {image}:\n((?:(?:     .*)?\n)+)", compose, re.MULTILINE)
    return set(re.findall(r"^ +- ([A-Z][A-Z0-9_]+)(?:=.*)?$", block[1], re.MULTILINE)) if block else set()


def keys_of(texts: list[str]) -> list[str]:
    """Dotted keys of HOCON texts, those in `# examples` too."""
    from pyhocon import ConfigFactory

    keys: set[str] = set()
    for text in texts:
        keys |= set(dotted(ConfigFactory.parse_string(text, resolve=False)))
    return sorted(keys)


def dotted(tree: Any, above: str = "") -> list[str]:
    """Every path to a value; numbers are somebody's data (`20 = 16`), not names."""
    found = []
    for key, value in tree.items():
        name = f"{above}.{key}".lstrip(".").replace('"', "")
        if key.strip('"').isdigit():
            continue
        found += [name] if not hasattr(value, "items") else [name, *dotted(value, name)]
    return found


def read_names() -> dict[str, Any]:
    images = Checkout(os.environ["DOCKER_JITSI_DIR"], revision_of(os.environ["DOCKER_JITSI_DIR"]))
    keys, sources = {}, {"docker-jitsi-meet": f"{TAG} ({images.described()})"}
    for program, (variable, paths) in PROGRAMS.items():
        checkout = Checkout(os.environ[variable], "HEAD")
        keys[program] = keys_of([checkout.read(path) for path in paths])
        sources[program] = checkout.described()
    return {
        "sources": sources,
        "variables": {image: variables_of(images, image) for image in IMAGES},
        "keys": keys,
    }


def main() -> int:
    text = json.dumps(read_names(), indent=1) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text)
        print(f"{FILE.name} written")
        return 0
    stale = not FILE.exists() or FILE.read_text() != text
    print(f"{FILE.name} is {'stale: run this without --check' if stale else 'in step'}")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
