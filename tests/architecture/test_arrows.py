"""Imports point down only, and the linter that says so bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house once more, to be spoilt."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        sources = shutil.ignore_patterns("__pycache__", "templates", "static")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=sources)
    return tmp_path


def plant(copy: Path, module: str, lines: str) -> None:
    path = copy / f"{module}.py"
    path.write_text(f"{path.read_text()}\n\n{lines}\n")


def test_the_house_keeps_its_arrows() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


@pytest.mark.deep
@pytest.mark.parametrize(
    ("module", "lines", "arrow"),
    [
        (
            "classroom/tasks",
            "def peek() -> None:\n    from recordings import models  # noqa",
            "classroom.tasks -> recordings.models",
        ),
        ("attendance/presence", "import recordings.queries", "attendance.presence -> recordings.queries"),
        ("recordings/rules", "import attendance.queries", "recordings.rules -> attendance.queries"),
        ("dashboard/doors", "from config import env", "dashboard.doors -> config.env"),
        ("common/clock", "import accounts.models", "common.clock -> accounts.models"),
        ("whiteboard/board/state", "import django.utils.timezone", "whiteboard.board.state -> django"),
    ],
)
def test_an_arrow_that_points_up_is_named(copy: Path, module: str, lines: str, arrow: str) -> None:
    plant(copy, module, lines)
    answer = lint(copy)
    assert answer.returncode == 1
    assert arrow in answer.stdout


def test_every_package_with_python_is_under_the_contract() -> None:
    inside = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert inside - {"tests", "scripts"} == set(PACKAGES)
