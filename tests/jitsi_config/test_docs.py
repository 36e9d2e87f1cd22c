"""The pages an operator copies from name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.jitsi_config.stack import FOLDER, MAIN, ROOT, load, required

OPERATIONS = ROOT / "docs" / "operations"
PAGES = [OPERATIONS / f"{name}.md" for name in ("install", "upgrade", "scale", "break-glass", "doctor")]
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
