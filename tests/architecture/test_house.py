"""What a newcomer may rely on: names of files, sizes of functions, styles for both directions of reading."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.architecture.test_arrows import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION = 60

# The closed vocabulary: what a file of this name promises stands in docs/where-things-live.md.
VOCABULARY = {
    *("models", "rules", "queries", "actions", "facts", "messages", "told"),
    *("consumers", "api", "tasks", "receivers", "admin", "urls", "management"),
    *("apps", "migrations"),
}
# The nouns that an app brings itself. A new one is a decision: write it here, and into that page.
OWN_NOUNS = {
    "accounts": "authorisation bearer callers hashers letters oidc policy tenancy",
    "classroom": "addresses admission bounces calendar capacity conflicts diversion inside jitsi live missed passes porter protection recurrence roster seating signals talk timeline timetable",
    "whiteboard": (
        "arrivals board company conversion crowd deltas drawing exporting importing ink live newcomers packing rasteriser simplify storage work"
    ),
    "quizzes": "bell draft gift live sheet tally",
    "recordings": (
        "adoption board_log board_video branding cell chapters charts checkup chips chunks clock compositing crews direction "
        "embedded expiry ffmpeg fleet footage full_disk gaps jibri languages lease letters light_pack live "
        "ledger makers manifests moments notices originals pipeline probe reconciler recorder_host renditions residency sample scaling simulated speech "
        "storage streaming thumbnails vtt"
    ),
    "attendance": "activity engagement heatmap live periods presence thresholds trace trend verdict wording",
    "housekeeping": "backups belongings checkup erasing exporting leftovers retention work",
    "dashboard": "calendar_grid charts checkup context costs course_forms demo desks doors family_letters figures findings fleet_forms forecast forms forms_outward institution_forms letters lobby metrics middleware navigation note_forms people_forms planning presence_words printing question_forms recording_forms report_forms report_sheets rows sentences sign_in_forms texts timetable_forms views",
}
PHYSICAL = re.compile(
    r"(?<![\w-])(?:left|right|float|clear|(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)[\w-]*"
    r"|border-(?:top|bottom)-(?:left|right)-radius)\s*:|text-align\s*:\s*(?:left|right)\b"
)
# A rule for one class and nothing else, `.name {`: there a component is described.
COMPONENT = re.compile(r"^\.([\w-]+)(?: \{|,)$", re.MULTILINE)
TOP = frozenset([".ci", ".dockerignore", ".env.example", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Dockerfile", "LICENSE", "Makefile", "README.md", "accounts", "attendance", "classroom", "common", "config", "dashboard", "docs", "frontend", "housekeeping", "jitsi_config", "locale", "manage.py", "pyproject.toml", "quizzes", "recordings", "requirements-dev.txt", "requirements.txt", "scripts", "terraform", "tests", "whiteboard"])  # fmt: skip
HOST_PATH = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w")


@pytest.mark.django_db
def test_models_and_migrations_are_in_step() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", OWN_NOUNS)
def test_every_file_bears_a_known_name(app: str) -> None:
    names = {path.stem for path in modules_of(ROOT / app)}
    assert names - VOCABULARY == set(OWN_NOUNS[app].split())


def modules_of(app: Path) -> Iterator[Path]:
    """Files and folders with Python in them; a folder of only templates is none."""
    yield from (path for path in app.glob("*.py") if path.stem != "__init__")
    yield from (path.parent for path in app.glob("*/__init__.py"))


@pytest.mark.deep
def test_no_function_is_longer_than_a_screen_and_most_are_short() -> None:
    sizes = {where: lines for path in product_files() for where, lines in functions_of(path)}
    assert {where for where, lines in sizes.items() if lines > LONGEST_FUNCTION} == set()
    assert statistics.median(sizes.values()) <= 8


def product_files() -> Iterator[Path]:
    for package in (*PACKAGES, "scripts"):
        yield from (path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts)


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", lines


def test_styles_know_start_and_end_but_not_left_and_right() -> None:
    sheets = sorted((ROOT / "frontend" / "src" / "styles").glob("*.css"))
    assert sheets
    assert [where for sheet in sheets for where in lines_with(PHYSICAL, sheet)] == []


@pytest.mark.parametrize("line", ["  margin-left: 1rem;", "left: 0", "a{text-align:right}", "float: left;"])
def test_the_search_for_left_and_right_finds_them(line: str) -> None:
    assert PHYSICAL.search(line)


@pytest.mark.parametrize("line", ["margin-inline-start: 1rem", "inset-inline-end: 0", "text-align: start"])
def test_the_search_for_left_and_right_lets_logical_ones_pass(line: str) -> None:
    assert not PHYSICAL.search(line)


def test_a_component_is_styled_in_one_sheet() -> None:
    """All sheets are one file in the browser: a second `.chart` of another page bends the first one."""
    homes: dict[str, set[str]] = {}
    for sheet in (ROOT / "frontend" / "src" / "styles").glob("*.css"):
        for name in COMPONENT.findall(sheet.read_text()):
            homes.setdefault(name, set()).add(sheet.name)
    assert {name: sheets for name, sheets in homes.items() if len(sheets) > 1} == {}


def test_templates_carry_no_styles_of_their_own() -> None:
    templates = sorted(ROOT.glob("*/templates/**/*.html"))
    assert templates
    inline = re.compile(r"\sstyle\s*=|<style\b")
    assert [where for template in templates for where in lines_with(inline, template)] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert [where for path in tracked_files() for where in lines_with(HOST_PATH, path)] == []


def test_nothing_lies_beside_the_rooms_of_the_house() -> None:
    """A redirection mistyped in a shell makes a file that nobody sees among seven hundred others."""
    assert {path.relative_to(ROOT).parts[0] for path in tracked_files()} <= TOP


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    names = listed.stdout.decode().split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def lines_with(pattern: re.Pattern[str], path: Path) -> list[str]:
    try:
        lines = path.read_text().splitlines()
    except UnicodeDecodeError:
        return []
    found = ((number, line) for number, line in enumerate(lines, start=1) if pattern.search(line))
    return [f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}" for number, line in found]
