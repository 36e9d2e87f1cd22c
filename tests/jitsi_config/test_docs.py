"""The pages an operator copies from name what there is."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path

import pytest
from django.core.management import get_commands

from config import env
from tests.jitsi_config.stack import FOLDER, MAIN, ROOT, load, required

OPERATIONS = ROOT / "docs" / "operations"
NAMES = (*("install", "upgrade", "scale", "backup", "break-glass", "jitsi-hooks", "doctor", "systemd"),)
PAGES = [OPERATIONS / f"{name}.md" for name in NAMES]
README = (FOLDER / "README.md").read_text()
SOMEBODY_S = re.compile(
    r"docker compose (?:--profile \S+ )?(?:exec|logs|restart|stop|up)((?: +(?!sh\b|python\b)\S+)*)"
)
# Read by Compose itself, or by the tools.
FOR_COMPOSE = {"COMPOSE_PROFILES", "COMPOSE_FILE", "DARASA_VERSION"}


def test_every_variable_that_may_be_set_is_explained() -> None:
    text = "\n".join(file.read_text() for file in (MAIN, FOLDER / "compose.private.yaml"))
    used = set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)", text))
    explained = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", README)) | FOR_COMPOSE
    of_configure = required() | {
        "JIBRI_URLS",
        "CA_BUNDLE",
        "TRIAL_CERTIFICATE",
        "ACME_EMAIL",
        "JITSI_IMAGE_REPO",
    }
    assert used - explained - of_configure - {"RECORDER_ENGINE"} == set()
    named = set(re.findall(r"^\| ((?:`[A-Z0-9_]+` ?)+)", README, re.MULTILINE))
    in_table = {name for row in named for name in re.findall(r"[A-Z][A-Z0-9_]+", row)}
    assert in_table - used - FOR_COMPOSE == set()


def test_every_file_has_its_place_in_the_table() -> None:
    files = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    not_ours_to_explain = ("certificates/", "prosody/", ".env", "README", "store/__pycache__")
    for name in {name for name in files if not name.startswith(not_ours_to_explain)}:
        assert f"`{name}`" in README, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_names_a_service_that_there_is(page: Path) -> None:
    services = {*load()["services"], "NAME"}
    blocks = "\n".join(re.findall(r"^```\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL))
    for words in SOMEBODY_S.findall(blocks.replace("\\\n", " ")):
        plain = [word for word in words.split() if re.fullmatch(r"[a-z][a-z0-9-]*|NAME", word)]
        assert not plain or plain[0] in services, words


@pytest.mark.parametrize("page", [*PAGES, FOLDER / "README.md"], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target


# What stands in backticks or in a block to copy, without what only looks like a name of ours.
ALL_PAGES = pytest.mark.parametrize("page", [*PAGES, FOLDER / "README.md"], ids=lambda page: page.name)
FILE = re.compile(
    r"(?<![\w/.…<-])((?:[\w.-]+/)*[\w.-]+\.(?:py|sh|md|conf|yaml|js|lua|template|toml))\b(?![/*])"
)
# Made on the operator's machine, or lying in a container: named, and rightly not here.
THEIRS = {"config.js", "interface_config.js", "bridge.env", "prosody.cfg.lua", "nginx.conf", "regions.conf"}
PLACES = (ROOT, FOLDER, FOLDER / "systemd", OPERATIONS, FOLDER / "prosody", FOLDER / "prosody" / "modules")


def words_of(page: Path) -> str:
    """Only what is meant to be copied or names something."""
    text = page.read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*blocks, *spans])


@ALL_PAGES
def test_every_file_that_is_named_is_there(page: Path) -> None:
    for name in sorted(set(FILE.findall(words_of(page)))):
        is_ours = any((place / name).exists() for place in PLACES)
        assert is_ours or Path(name).name in THEIRS, f"{page.name}: {name}"


@ALL_PAGES
def test_every_setting_that_is_named_is_one(page: Path) -> None:
    """Of Darasa, of the Compose files, of an image by its own list, or asked for by a tool of ours."""
    known = {setting.name for setting in env.TABLE} | FOR_COMPOSE | IN_A_SENTENCE
    known |= set(re.findall(r"[A-Z][A-Z0-9_]+", (FOLDER / "configure").read_text()))
    for file in FOLDER.glob("compose*.yaml"):
        known |= set(re.findall(r"[A-Z][A-Z0-9_]+", file.read_text()))
    known |= set(re.findall(r"[A-Z][A-Z0-9_]+", (ROOT / "tests/jitsi_config/known_names.json").read_text()))
    known |= set(re.findall(r"[A-Z][A-Z0-9_]+_DIR", (ROOT / "scripts/jitsi_names.py").read_text()))
    known |= set(re.findall(r"^([A-Z_]+) =", (ROOT / "attendance/presence.py").read_text(), re.MULTILINE))
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b", words_of(page)))
    assert named - known == set()


# Placeholders, and beginnings of several names.
IN_A_SENTENCE = {"THE_NEW_ONE", "THE_NEW_ADDRESS", "JIBRI_XMPP", "DARASA_QUEUES"}


@ALL_PAGES
def test_every_command_of_ours_that_is_named_is_there(page: Path) -> None:
    words = words_of(page)
    for command in re.findall(r"manage\.py ([a-z_]+)", words):
        assert command in get_commands(), command
    for module in re.findall(r"python3? -m ([a-z_.]+)", words):
        assert importlib.util.find_spec(module.rstrip(".")) is not None, module
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", words)) <= targets
    for program in re.findall(r"(?:^|[\s;])(?:\./|jitsi_config/)([a-z-]+)(?=[\s`]|$)", words, re.MULTILINE):
        assert (FOLDER / program).exists(), program


@ALL_PAGES
def test_every_option_of_up_and_emergency_link_is_one_that_it_takes(page: Path) -> None:
    for program, reader in (("up", "configure"), ("emergency-link", "emergency-link")):
        answer = subprocess.run([FOLDER / reader, "--help"], capture_output=True, text=True, check=True)
        for said in re.findall(rf"(?:\./|jitsi_config/|`){program} ([^\n`]*)", words_of(page)):
            for option in re.findall(r"--[a-z-]+", said):
                assert option in answer.stdout, f"{program} {option}"
