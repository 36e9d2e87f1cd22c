"""The Compose files as Compose reads them: merged keys, and variables filled in from an environment."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "jitsi_config"
MAIN = FOLDER / "compose.yaml"
JITSI = {
    "meet-web": "web",
    "prosody": "prosody",
    "jicofo": "jicofo",
    "jvb": "jvb",
    "jvb-2": "jvb",
    "jibri": "jibri",
}
DARASA = (
    "migrate",
    "darasa-web",
    "worker",
    "worker-media",
    "worker-boards",
    "worker-outward",
    "beat",
    "recorders",
)
# The innermost `${NAME…}` first, so that a default may hold another variable.
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z][A-Z0-9_]*)(?P<op>:?[-?])?(?P<rest>[^${}]*)\}")


class MissingError(Exception):
    """A required variable has no value."""


def filled(text: str, values: dict[str, str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        value = values.get(match["name"])
        absent = value is None or ((match["op"] or "").startswith(":") and not value)
        if absent and (match["op"] or "").endswith("?"):
            raise MissingError(match["name"])
        return (match["rest"] if (match["op"] or "").endswith("-") else "") if absent else str(value)

    while VARIABLE.search(text):
        text = VARIABLE.sub(value_of, text)
    return text.replace("$$", "$")


def load(file: Path = MAIN, values: dict[str, str] | None = None) -> dict[str, Any]:
    """With `values`, filled in; else with the variables as they are written."""
    read: dict[str, Any] = yaml.safe_load(file.read_text())
    return read if values is None else filled_tree(read, values)


def filled_tree(tree: Any, values: dict[str, str]) -> Any:
    if isinstance(tree, dict):
        return {key: filled_tree(value, values) for key, value in tree.items()}
    if isinstance(tree, list):
        return [filled_tree(value, values) for value in tree]
    return filled(tree, values) if isinstance(tree, str) else tree


def required(file: Path = MAIN) -> set[str]:
    """What must be in `.env`."""
    text = "\n".join(line for line in file.read_text().splitlines() if not line.lstrip().startswith("#"))
    return set(re.findall(r"\$\{([A-Z][A-Z0-9_]*):?\?", text))


def configure(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real `configure`, writing into `folder`."""
    command = [sys.executable, str(FOLDER / "configure"), "--folder", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def env_of(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
