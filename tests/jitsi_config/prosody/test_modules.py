"""What can be said of the modules without running them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scripts.prosody import INSTRUCTION, find_luac
from tests.jitsi_config.prosody.server import MODULES

FILES = sorted(MODULES.glob("*.lua"))
OPTION = re.compile(r'get_option_\w+\(\s*"(\w+)"')
REQUIRED = re.compile(r'require "([\w.]+)"')


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_is_lua(file: Path) -> None:
    luac = find_luac()
    assert luac, INSTRUCTION
    done = subprocess.run([luac, "-p", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_needs_nothing_but_prosody(file: Path) -> None:
    required = set(REQUIRED.findall(file.read_text()))
    own = {"darasa", "darasa_media", "darasa_queue"}
    assert {name for name in required - own if not re.match(r"util\.|net\.http$|lfs$", name)} == set()


def test_the_page_names_every_option_and_no_other() -> None:
    used = {name for file in FILES for name in OPTION.findall(file.read_text())}
    page = (MODULES.parent / "README.md").read_text()
    table = page.partition("## Options")[2].partition("\n## ")[0]
    named = {
        name for row in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)
    }
    others = {"admins", "http_default_host", "transcriber_prefixes"}
    assert used - others == named
