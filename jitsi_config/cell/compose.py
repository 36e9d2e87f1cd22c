#!/usr/bin/env python3
"""`compose.py shard`: the Compose file of an image for one kind of a cell's machines, made of those beside it by roles.yaml.
`compose.py shard --images`: what it runs, one a line.

Not Compose's own `extends`: that wants every variable of the whole file, PostgreSQL's password on a bridge too.
Python's standard library and PyYAML; called while an image is baked (`bake`).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent.parent
# How services hang together on one machine; a cell's machines say it anew.
OF_ONE_MACHINE = ("networks", "profiles", "build")


def compose_of(kind: str) -> dict[str, Any]:
    """KeyError for a kind or a service that there is not."""
    role = yaml.safe_load((FOLDER / "cell" / "roles.yaml").read_text())[kind]
    services = yaml.safe_load((FOLDER / role["file"]).read_text())["services"]
    made = {
        name: merged(alone(services[name], set(role["services"])), changes)
        for name, changes in role["services"].items()
    }
    whole = {"name": "darasa-cell", "x-kind": kind, "services": made, "networks": role.get("networks")}
    return {key: value for key, value in (whole | {"volumes": volumes_of(made)}).items() if value}


def alone(service: dict[str, Any], here: set[str]) -> dict[str, Any]:
    """Without what stands on other machines. Docker brings back what fell and, at boot, leaves the start to systemd:
    first the machine must know that it is in its cell."""
    kept = {key: value for key, value in service.items() if key not in OF_ONE_MACHINE}
    needed = {name: how for name, how in kept.pop("depends_on", {}).items() if name in here}
    deploy = {key: value for key, value in kept.pop("deploy", {}).items() if key != "replicas"}
    more = {"depends_on": needed, "deploy": deploy, "restart": "on-failure"}
    return kept | {key: value for key, value in more.items() if value}


def merged(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """ValueError where `-key` finds nothing to take away."""
    new = dict(old)
    for key, value in changes.items():
        name = key.lstrip("=+-")
        if key[0] == "+":
            new[name] = [*new.get(name, []), *value]
        elif key[0] == "-":
            new[name] = without(new[name], value)
        elif key[0] != "=" and isinstance(value, dict) and isinstance(new.get(name), dict):
            new[name] = merged(new[name], value)
        else:
            new[name] = value
    return new


def without(words: list[str], unwanted: list[str]) -> list[str]:
    if missing := set(unwanted) - set(words):
        raise ValueError(f"not there to be taken away: {', '.join(sorted(missing))}")
    return [word for word in words if word not in unwanted]


def volumes_of(services: dict[str, Any]) -> dict[str, Any]:
    """Those with a name: their places on the machine are Docker's business."""
    places = [str(volume).partition(":")[0] for one in services.values() for volume in one.get("volumes", [])]
    return {place: {} for place in places if not place.startswith((".", "/", "$"))}


def images_of(services: dict[str, Any]) -> list[str]:
    """With their defaults: which version runs, the release says and not the machine."""
    return sorted({re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", one["image"]) for one in services.values()})


if __name__ == "__main__":
    whole = compose_of(sys.argv[1])
    is_asked_for_images = sys.argv[2:] == ["--images"]
    print("\n".join(images_of(whole["services"])) if is_asked_for_images else json.dumps(whole, indent=2))
