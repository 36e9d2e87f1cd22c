"""Images of a cell's Jitsi machines: what `bake` lays into them, and that their units start it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jitsi_config.cells import CELL, MODULES, compose, compose_of, copy_into, machine
from tests.jitsi_config.stack import FOLDER
from tests.jitsi_config.test_systemd import program, read

UNITS = CELL / "systemd"
# Of the units for machines without containers, those that are the same here.
SHARED = ("darasa-cell-look.timer", "darasa-cell-turn.path", "darasa-cell-turn.service")
HOME = "/srv/darasa/current/jitsi_config/cell/"


def new_box(folder: Path) -> Path:
    """A machine's own places, and programs that write down what they were asked."""
    place_of_programs = folder / "bin"
    place_of_programs.mkdir()
    version = (
        'case "$*" in "compose version"*) echo "${COMPOSE_VERSION:-2.26.1}";; *"ps --quiet"*) echo one;; esac'
    )
    for name in ("apt-get", "systemctl", "cloud-init", "mount.efs"):
        program(place_of_programs, name, f'echo "{name} $*" >> {folder}/asked')
    program(place_of_programs, "docker", f'echo "docker $*" >> {folder}/asked\n{version}')
    program(place_of_programs, "python3", f'exec {sys.executable} "$@"')
    return folder


@pytest.fixture
def box(tmp_path: Path) -> Path:
    return new_box(tmp_path)


@pytest.fixture(scope="module", params=MODULES)
def baked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A kind, and a machine that has become its image."""
    kind = str(request.param)
    box = new_box(tmp_path_factory.mktemp(kind))
    done = call(box, CELL / "bake", kind)
    assert done.returncode == 0, done.stderr
    return kind, box


def call(box: Path, *words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    told_to_it = {"PATH": f"{box / 'bin'}:{os.environ['PATH']}", "DARASA_ROOT": str(box / "root"), **more}
    return subprocess.run([*map(str, words)], env=told_to_it, capture_output=True, text=True, check=False)


def asked(box: Path) -> list[str]:
    return (box / "asked").read_text().splitlines()


def test_containers_are_started_without_a_fetch_and_taken_down_after_the_last_lesson(box: Path) -> None:
    root = box / "root"
    copy_into(root, "jibri")
    (root / "run/darasa/cell.env").write_text("HOST_ADDRESS=127.0.0.1\n")
    assert call(box, sys.executable, CELL / "machine.py", "up").returncode == 0
    down = call(box, sys.executable, CELL / "machine.py", "down")
    assert down.returncode == 0, down.stderr
    where = f"--project-directory {FOLDER} --file {root}/etc/darasa/compose.json --env-file {root}/run/darasa/cell.env"
    assert [line.replace(f" {where}", "") for line in asked(box)] == [
        "docker compose up --detach --wait --pull never --remove-orphans",
        "docker compose ps --quiet jibri",
        "docker update --restart no one",
        f"docker compose exec -T jibri curl --fail --silent --request POST {machine.GRACEFUL}",
        "docker compose down",
    ]


def test_a_new_certificate_ends_no_relay(box: Path) -> None:
    copy_into(box / "root", "turn")
    assert call(box, sys.executable, CELL / "machine.py", "certificate").returncode == 0
    assert asked(box)[0].endswith("kill --signal USR2 coturn")


# How an image is made


def test_an_image_holds_what_its_machine_needs(baked: tuple[str, Path]) -> None:
    kind, box = baked
    root, images = box / "root", compose.images_of(compose_of(kind)["services"])
    assert [line for line in asked(box) if "docker pull" in line] == [
        f"docker pull {image}" for image in images
    ]
    whole = json.loads((root / "etc/darasa/compose.json").read_text())
    assert whole == compose_of(kind)
    for service in whole["services"].values():
        for volume in (str(one) for one in service.get("volumes", [])):
            if volume.startswith("./"):
                assert (root / "srv/darasa/current/jitsi_config" / volume.partition(":")[0]).exists(), volume
    assert (root / "srv/darasa/current/terraform/zones.json").exists()
    units = {path.name for path in (root / "etc/systemd/system").iterdir()}
    named = set(re.findall(r"darasa-[a-z-]+\.(?:service|timer|path|target)", "\n".join(asked(box))))
    assert named <= units and "darasa-cell.target" in units
    assert {unit for path in UNITS.iterdir() for unit in needs_of(path)} - units <= {"docker.service"}
    assert not list(root.rglob(".env")) + list(root.rglob("privkey.pem"))


def needs_of(unit: Path) -> set[str]:
    section = read(unit)["Unit"]
    return set(" ".join(section["Requires"] + section["Wants"]).split()) - {"network-online.target"}


def test_only_machines_that_can_change_their_words_look_for_new_ones(baked: tuple[str, Path]) -> None:
    kind, box = baked
    wanted = [line for line in asked(box) if line.startswith("systemctl add-wants darasa-cell.target")]
    assert len(wanted) == (1 if kind in ("jibri", "turn") else 0)
    assert all("darasa-cell-look.timer darasa-cell-turn.path" in line for line in wanted)
    waits_for_its_folder = "systemctl add-requires darasa-jitsi.service darasa-folder.service"
    assert (waits_for_its_folder in asked(box)) is (kind == "jibri")


def test_what_cannot_become_an_image_says_why(box: Path) -> None:
    assert "which kind" in call(box, CELL / "bake", "app").stderr
    assert "older than" in call(box, CELL / "bake", "turn", COMPOSE_VERSION="2.20.3").stderr
    (box / "bin/mount.efs").unlink()
    if not shutil.which("mount.efs"):
        assert "amazon-efs-utils" in call(box, CELL / "bake", "jibri").stderr
    assert "docker pull" not in "".join(asked(box))


def test_the_units_start_what_there_is() -> None:
    commands = "\n".join(path.read_text() for path in UNITS.glob("*.service"))
    for script, words in re.findall(rf"^Exec\w+={HOME}(\w+\.py) ?(.*)$", commands, re.M):
        assert os.access(CELL / script, os.X_OK)
        known = ("", "--look") if script == "learn.py" else machine.VERBS
        assert words in known
    assert read(UNITS / "darasa-turn-certificate.path")["Path"]["PathChanged"] == [
        "/run/darasa/turn/turn.pem"
    ]
    assert read(FOLDER / "systemd/darasa-cell-turn.path")["Path"]["PathChanged"] == ["/run/darasa/cell.env"]


def test_systemd_itself_accepts_the_units(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here")
    for path in (*UNITS.iterdir(), *(FOLDER / "systemd" / name for name in SHARED)):
        (tmp_path / path.name).write_text(path.read_text().replace(HOME, f"{CELL}/"))
    (tmp_path / "docker.service").write_text("[Service]\nExecStart=/bin/true\n")
    done = subprocess.run(
        ["systemd-analyze", "verify", *(tmp_path / path.name for path in UNITS.iterdir())],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
