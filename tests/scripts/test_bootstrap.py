"""The bootstrap, run from a copy in an empty folder, so that it stamps and builds there."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(tmp_path: Path) -> ModuleType:
    copy = tmp_path / "scripts" / "bootstrap.py"
    copy.parent.mkdir()
    shutil.copy(ROOT / "scripts" / "bootstrap.py", copy)
    spec = importlib.util.spec_from_file_location("bootstrap_copy", copy)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert tmp_path == module.ROOT
    # The steps below need a Python in the venv, not a whole venv.
    module.PYTHON.parent.mkdir(parents=True)
    module.PYTHON.symlink_to(sys.executable)
    (tmp_path / "var").mkdir()
    return module


def program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small front end, and an npm that writes down what it was asked."""
    (tmp_path / "frontend" / "src").mkdir(parents=True)
    (tmp_path / "frontend" / "package.json").write_text("{}")
    (tmp_path / "frontend" / "package-lock.json").write_text("{}")
    (tmp_path / "frontend" / "src" / "room.ts").write_text("1")
    program(tmp_path / "bin", "node", "echo v20.1.0")
    makes = "[ $1 = ci ] && mkdir -p node_modules || { mkdir -p dist; touch dist/room.js; }"
    program(tmp_path / "bin", "npm", f'echo "$1 $2" >> {tmp_path}/asked; {makes}')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "frontend"


def asked(front_end: Path) -> list[str]:
    return [line.split()[0] for line in (front_end.parent / "asked").read_text().splitlines()]


def test_a_step_is_done_once_for_the_same_inputs(bootstrap: ModuleType) -> None:
    done: list[str] = []
    for inputs in ("a", "a", "b", "a"):
        bootstrap.step("work", inputs, lambda inputs=inputs: done.append(inputs))
    assert done == ["a", "b", "a"]


def test_a_step_whose_result_has_gone_is_done_again(bootstrap: ModuleType) -> None:
    done: list[int] = []
    for present in (True, True, False):
        bootstrap.step("work", "a", lambda: done.append(1), present=present)
    assert len(done) == 2


def test_a_failed_step_leaves_no_stamp(bootstrap: ModuleType) -> None:
    with pytest.raises(bootstrap.CannotGoOnError, match="no disk"):
        bootstrap.step("work", "a", lambda: bootstrap.run(["sh", "-c", "echo no disk; exit 1"]))
    done: list[int] = []
    bootstrap.step("work", "a", lambda: done.append(1))
    assert done


def test_the_front_end_is_built_again_only_when_its_sources_changed(
    bootstrap: ModuleType, front_end: Path
) -> None:
    bootstrap.build_frontend()
    bootstrap.build_frontend()
    assert asked(front_end) == ["ci", "run"]
    (front_end / "src" / "room.ts").write_text("2")
    bootstrap.build_frontend()
    assert asked(front_end) == ["ci", "run", "run"]
    (front_end / "package-lock.json").write_text("{ }")
    bootstrap.build_frontend()
    assert asked(front_end) == ["ci", "run", "run", "ci", "run"]


def test_without_the_npm_registry_it_says_so_and_goes_on(
    bootstrap: ModuleType, front_end: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program(front_end.parent / "bin", "npm", "echo ECONNREFUSED; exit 1")
    bootstrap.build_frontend()
    said = capsys.readouterr().out
    assert "ECONNREFUSED" in said
    assert "pages work without JavaScript" in said


def test_a_front_end_that_does_not_compile_stops_the_start(bootstrap: ModuleType, front_end: Path) -> None:
    program(front_end.parent / "bin", "npm", "[ $1 = ci ] || { echo 'room.ts:1: error'; exit 1; }")
    with pytest.raises(bootstrap.CannotGoOnError, match=r"room\.ts:1: error"):
        bootstrap.build_frontend()


def test_an_old_node_does_not_count(bootstrap: ModuleType, tmp_path: Path) -> None:
    program(tmp_path / "old", "node", "echo v18.19.0")
    assert bootstrap._node_version(str(tmp_path / "old")) == 18
    assert bootstrap._node_version(str(tmp_path / "nothing")) == 0


def test_without_a_front_end_nothing_is_built(bootstrap: ModuleType, tmp_path: Path) -> None:
    bootstrap.build_frontend()
    assert not (tmp_path / "frontend").exists()


def test_chromium_is_taken_from_the_environment_first_then_path_then_var(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert bootstrap.find_chromium() is None
    ours = bootstrap.BROWSERS / "chromium-1" / "chrome-linux"
    ours.mkdir(parents=True)
    program(ours, "chrome", "")
    assert bootstrap.find_chromium() == str(ours / "chrome")
    program(tmp_path / "bin", "chromium", "")
    assert bootstrap.find_chromium() == str(tmp_path / "bin" / "chromium")
    program(tmp_path / "bin", "chromium-headless-shell", "")
    assert bootstrap.find_chromium() == str(tmp_path / "bin" / "chromium-headless-shell")
    monkeypatch.setenv("CHROMIUM", "/elsewhere/chrome")
    assert bootstrap.find_chromium() == "/elsewhere/chrome"
    with pytest.raises(bootstrap.CannotGoOnError, match="CHROMIUM names /elsewhere/chrome"):
        bootstrap.provide_browser()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
@pytest.mark.parametrize("is_there", [True, False])
def test_beside_a_browser_with_windows_one_without_is_asked_for_once(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    program(tmp_path / "bin", "chromium", "")
    makes = (
        f": > {tmp_path}/bin/chromium-headless-shell; /bin/chmod 755 {tmp_path}/bin/chromium-headless-shell"
    )
    program(
        tmp_path / "bin", "apt-get", f'echo "$*" >> {tmp_path}/asked; {makes if is_there else "exit 100"}'
    )
    bootstrap.provide_browser()
    asked = (tmp_path / "asked").read_text()
    assert ("install -y --no-install-recommends chromium-headless-shell" in asked) == is_there
    assert bootstrap.find_chromium().endswith("chromium-headless-shell" if is_there else "/chromium")
    bootstrap.provide_browser()
    assert (tmp_path / "asked").read_text() == asked


def test_caches_stay_in_the_folder_unless_told_otherwise(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.delenv(name, raising=False)
    said = bootstrap.run(["env"])
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache", "PLAYWRIGHT_BROWSERS_PATH"):
        assert f"{name}={tmp_path / 'var'}" in said
    monkeypatch.setenv("UV_CACHE_DIR", "/elsewhere")
    assert "UV_CACHE_DIR=/elsewhere" in bootstrap.run(["env"])
