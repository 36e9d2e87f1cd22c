"""The Dockerfile, read line by line: from what there is, by nobody special, without a secret."""

from __future__ import annotations

import fnmatch
import re
import subprocess

import pytest

from config import env
from tests.jitsi_config.stack import DARASA, ROOT, load

Step = tuple[str, list[str]]
IGNORED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]


def steps() -> list[Step]:
    """Each instruction with its words; those of one RUN as they follow each other."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(line.split()[0], line.split()[1:]) for line in lines if line.strip()]


def last_stage() -> list[Step]:
    begins = max(number for number, (what, _) in enumerate(steps()) if what == "FROM")
    return steps()[begins:]


def given(what: str) -> list[list[str]]:
    return [words for name, words in steps() if name == what]


def is_hidden(path: str) -> bool:
    """As Docker reads .dockerignore: the last rule that fits decides; a rule fits a folder and all below it."""
    parts, hidden = path.split("/"), False
    ways = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    for rule in IGNORED:
        pattern = rule.removeprefix("!")
        loose = pattern.removeprefix("**/")
        names = parts if loose != pattern else ways
        if any(fnmatch.fnmatchcase(name, loose) for name in names):
            hidden = not rule.startswith("!")
    return hidden


def sources() -> list[str]:
    """What is copied from this repository."""
    copied = [words for words in given("COPY") if not words[0].startswith("--from=")]
    return [source for words in copied for source in words[:-1]]


def test_all_that_is_copied_is_there_is_kept_and_is_not_hidden() -> None:
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert len(sources()) >= 4
    for source in sources():
        name = source.rstrip("/")
        assert (ROOT / name).exists(), source
        if name != ".":
            below = [line for line in kept.splitlines() if line == name or line.startswith(f"{name}/")]
            assert below and not all(is_hidden(line) for line in below), source


def test_what_one_stage_takes_another_has_made() -> None:
    stages = {words[2] for words in given("FROM") if len(words) == 3}
    taken = {words[0].removeprefix("--from=") for words in given("COPY") if words[0].startswith("--from=")}
    assert taken == stages == {"frontend", "packages"}


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "jitsi_config/.env", "config/.env.local", "recordings/key.pem", "var/secrets/django"),
        *("tests/conftest.py", "frontend/node_modules/a.js", "frontend/dist/a.js", "locale/de/a.mo"),
        *(".git/config", "config/__pycache__/env.pyc", "docs/api.md"),
    ],
)
def test_what_does_not_belong_there_is_hidden(path: str) -> None:
    assert is_hidden(path)


@pytest.mark.parametrize(
    "path", ["manage.py", "common/drain.py", "frontend/src/a.ts", "terraform/zones.json"]
)
def test_what_belongs_there_is_not(path: str) -> None:
    assert not is_hidden(path)


def test_the_image_holds_every_package_of_ours_and_no_secret() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "scripts"}
    assert not [name for name in packages if is_hidden(f"{name}/__init__.py")]
    assert IGNORED[0] == "*"


def test_its_bases_have_a_version_and_may_be_named_by_digest() -> None:
    defaults = dict(word.split("=", 1) for [word] in given("ARG"))
    for words in given("FROM"):
        [variable] = re.findall(r"^\$\{([A-Z_]+)\}$", words[0])
        assert re.search(r":\d[\w.-]*$", defaults[variable])
    args = load()["services"]["migrate"]["build"]["args"]
    assert args == {name: f"${{{name}:-{image}}}" for name, image in defaults.items()}


def test_the_last_stage_runs_as_nobody_special_and_says_how_it_is() -> None:
    words = dict(last_stage())
    assert words["USER"] == ["1000:1000"]
    assert words["STOPSIGNAL"] == ["SIGTERM"]
    assert "/healthz" in " ".join(words["HEALTHCHECK"])
    said = " ".join(word for _, rest in last_stage() for word in rest)
    assert not {"build-essential", "npm", "gcc"} & set(said.split())
    order = [what for what, _ in last_stage()]
    assert order.index("USER") > max(number for number, what in enumerate(order) if what in {"RUN", "COPY"})


def test_nothing_is_fetched_that_is_not_pinned() -> None:
    assert given("ADD") == []
    runs = [" ".join(words) for words in given("RUN")]
    assert any("--require-hashes -r /requirements.txt" in run for run in runs)
    assert any("npm ci" in run for run in runs)
    for run in runs:
        assert not re.search(r"\b(?:curl|wget)\b", run)
        if "apt-get install" in run:
            assert "--no-install-recommends" in run and "rm -rf /var/lib/apt/lists" in run


def test_no_secret_is_kept_in_a_layer() -> None:
    secrets = {setting.name for setting in env.TABLE if setting.secret}
    kept = " ".join(word for what in ("ENV", "ARG", "LABEL") for words in given(what) for word in words)
    assert not {name for name in secrets if f"{name}=" in kept}


def test_web_and_every_worker_are_this_image() -> None:
    services = load()["services"]
    images = {services[name]["image"] for name in DARASA}
    assert images == {"darasa:${DARASA_VERSION:-local}"}
    assert [name for name in services if "build" in services[name]] == ["migrate"]


def test_a_rule_for_this_repository_is_read_as_docker_does() -> None:
    assert is_hidden("frontend/node_modules") and not is_hidden("frontend/src")
    assert is_hidden("config/deeper/__pycache__/x.pyc") and is_hidden("anything.txt")
