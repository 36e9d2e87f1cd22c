"""A cell's Jitsi machines, as Terraform's text and roles.yaml describe them, with words that such a machine could hear."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.config.test_cell import MANIFEST
from tests.jitsi_config.stack import FOLDER, ROOT

CELL = FOLDER / "cell"
MODULES = {"shard": "signal_shard", "jvb": "jvb_pool", "jibri": "jibri_pool", "turn": "turn"}
NAME = re.compile(r"\b([A-Z][A-Z0-9_]{3,})\s+=")
HOSTS = {
    "app": "classroom.eu.school.example",
    "meet": "meet.eu.school.example",
    "turn": "turn.eu.school.example",
}
ROLES = {"jvb": "jvb-blue"}
INSIDE = "darasa-production-eu.internal"
WORDS = {
    "AWS_REGION": "eu-central-1",
    "DARASA_CELL": "darasa-production-eu",
    "DARASA_CIDR": "10.64.0.0/16",
    "DARASA_FOLDER": "fs-1",
    "DARASA_FOLDER_DOOR": "fsap-1",
    "DARASA_MANIFEST": "/vc/production/eu/manifest",
    "DARASA_SHARDS": f"a.{INSIDE},b.{INSIDE}",
    "DARASA_URL": f"http://app.{INSIDE}:8000",
    "DARASA_ZONE": "eu",
    "PUBLIC_URL": f"https://{HOSTS['meet']}",
    "TURN_HOST": HOSTS["turn"],
    "TURN_PEERS": "10.64.0.0/16",
}
PEM = "-----BEGIN PRIVATE KEY-----\nk\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nc\n-----END CERTIFICATE-----"


def strong(name: str) -> str:
    return f"{name}-{'0123456789' * 4}"


SECRETS = {
    "jitsi": strong("jitsi"),
    "turn": strong("turn"),
    "turn-certificate": PEM,
    "jitsi-hooks": json.dumps({name: strong(name) for name in ("JITSI_HOOK_TOKEN", "JITSI_EVENT_SECRET")}),
    "jibri-hooks": json.dumps(
        {name: strong(name) for name in ("JIBRI_HOOK_SECRET", "JIBRI_RECORDER_PASSWORD")}
    ),
    "xmpp": json.dumps(
        {name: strong(name) for name in ("JICOFO_AUTH_PASSWORD", "JVB_AUTH_PASSWORD", "JIBRI_XMPP_PASSWORD")}
    ),
}


def program(name: str) -> Any:
    """A script of an image, as a module."""
    spec = importlib.util.spec_from_file_location(f"of_an_image_{name}", CELL / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


learn, machine, compose = program("learn"), program("machine"), program("compose")


def text_of(kind: str) -> str:
    """What Terraform says of machines of this kind: its module, and how the cell calls it."""
    module = (ROOT / "terraform/modules" / MODULES[kind] / "main.tf").read_text()
    cell = (ROOT / "terraform/cells/runtime/main.tf").read_text()
    begins = cell.index(f'module "{MODULES[kind]}" {{')
    return module + cell[begins : cell.index("\n}", begins)]


def names_told(kind: str) -> set[str]:
    return set(NAME.findall(text_of(kind) + (ROOT / "terraform/modules/host/main.tf").read_text()))


def secrets_told(kind: str) -> list[str]:
    [found] = re.findall(r"^  secrets +=\s*\[(.*?)\]", text_of(kind), re.M | re.S)
    return sorted(re.findall(r'"([\w-]+)"', found))


def told(kind: str) -> dict[str, str]:
    """KeyError for a word that Terraform says and nobody here has thought of."""
    secrets = ",".join(f"{WORDS['DARASA_CELL']}/{name}" for name in secrets_told(kind))
    words = WORDS | {"DARASA_ROLE": ROLES.get(kind, kind), "DARASA_SECRETS": secrets}
    return {name: words[name] for name in names_told(kind)}


def place(public: str = "198.51.100.7") -> Any:
    return learn.Place("i-0123", "10.64.3.4", public, "eu-central-1", MANIFEST["account_id"])


class Drawer:
    """Papers in memory."""

    def __init__(self) -> None:
        self.manifest: dict[str, Any] = json.loads(json.dumps(MANIFEST | {"hosts": HOSTS}))
        self.secrets = {f"{WORDS['DARASA_CELL']}/{name}": value for name, value in SECRETS.items()}

    def secret(self, name: str) -> str:
        return self.secrets[name]

    def parameter(self, name: str) -> str:
        assert name == WORDS["DARASA_MANIFEST"]
        return json.dumps(self.manifest)


@cache
def image_of(kind: str) -> str:
    """Its Compose file, as it lies in the image."""
    return json.dumps(compose.compose_of(kind))


def compose_of(kind: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(image_of(kind))
    return made


def learnt(kind: str) -> dict[str, str]:
    """What its Compose file is told."""
    files = learn.learn(told(kind), Drawer(), place(), image_of(kind))
    return dict(line.split("=", 1) for line in files["cell.env"].splitlines())


def copy_into(folder: Path, kind: str) -> None:
    """What an image of this kind has below /etc/darasa, and what cloud-init writes there."""
    (folder / "etc/darasa").mkdir(parents=True)
    (folder / "run/darasa").mkdir(parents=True)
    (folder / "etc/darasa/compose.json").write_text(image_of(kind))
