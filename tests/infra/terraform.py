"""Terraform as a process, on a copy of terraform/: nothing of a run is left beside what is committed.

Where the binary or the provider is missing, tests skip and say so. With CI=true a binary without its provider is an
error: there the layer is meant to run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "terraform"
PROVIDER = Path("registry.terraform.io/hashicorp/aws")
# Terraform's own places for providers that need not be fetched, and where images unpack what they bring.
PLACES = (
    Path.home() / ".terraform.d/plugins",
    Path("/usr/local/share/terraform/plugins"),
    Path("/usr/share/terraform/plugins"),
    *sorted(Path("/opt").glob("*")),
)


@dataclass(frozen=True, slots=True)
class Terraform:
    binary: str
    environment: dict[str, str]

    def run(self, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Never asks, never colours; output and errors together in `stdout`."""
        return subprocess.run(
            [self.binary, *words],
            cwd=folder,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )

    def do(self, folder: Path, *words: str, **variables: str) -> str:
        result = self.run(folder, *words, **variables)
        assert result.returncode == 0, f"terraform {' '.join(words)}\n{result.stdout[-6000:]}"
        return result.stdout

    def init(self, folder: Path, *words: str) -> str:
        return self.do(folder, "init", "-input=false", "-no-color", *words)


def find_binary() -> str:
    return shutil.which("terraform") or _missing("terraform is not on PATH")


def find_terraform(folder: Path) -> Terraform:
    """With a mirror of the provider; `folder` takes the configuration that names it."""
    binary, mirror = find_binary(), next(_mirrors(), None)
    if mirror is None:
        _missing("no mirror of hashicorp/aws: set TF_PLUGIN_MIRROR", binary_is_there=True)
    configuration = folder / "terraform.rc"
    configuration.write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    return Terraform(
        binary,
        {
            **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
            "TF_CLI_CONFIG_FILE": str(configuration),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
        },
    )


def copy_of(folder: Path) -> Path:
    shutil.copytree(SOURCE, folder / "terraform", ignore=shutil.ignore_patterns(".terraform"))
    return folder / "terraform"


def _mirrors() -> Iterator[Path]:
    named = os.environ.get("TF_PLUGIN_MIRROR")
    for place in [Path(named)] if named else PLACES:
        if (place / PROVIDER).is_dir():
            yield place


def _missing(what: str, *, binary_is_there: bool = False) -> NoReturn:
    if binary_is_there and os.environ.get("CI") == "true":
        pytest.fail(f"{what}, though terraform is there")
    pytest.skip(what)
