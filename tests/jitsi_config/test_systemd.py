"""The units for a machine without containers: what they start is there, and they may do little."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from config import cell, env
from dashboard.management.commands.demo import web_command
from tests.jitsi_config.stack import FOLDER, ROOT, load

UNITS = FOLDER / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
TIMERS = sorted(UNITS.glob("*.timer"))
PATHS = sorted(UNITS.glob("*.path"))
COMMON = UNITS / "darasa-.service.d" / "common.conf"
CODE = "/srv/darasa/current"
# Read by the units themselves, by systemd, by Python.
NOT_SETTINGS = {"DARASA_QUEUES", "MAINPID", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"}
NOT_SETTINGS |= {"DARASA_LISTEN", "DARASA_PROXIES"}
# The one command that no less may do.
AS_ROOT = "+/usr/bin/systemctl"
DJANGOS = "--deploy --fail-level --no-input --verbosity"
EACH = pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)

Sections = dict[str, dict[str, list[str]]]


def read(*files: Path) -> Sections:
    """As systemd does: a key may come more than once."""
    found: Sections = defaultdict(lambda: defaultdict(list))
    section = ""
    for line in (line for file in files for line in file.read_text().splitlines()):
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found[section][key].append(value)
    return found


def commands(unit: Path) -> list[list[str]]:
    service = read(unit)["Service"]
    return [shlex.split(line) for key in ("ExecStart", "ExecStop") for line in service[key]]


@EACH
def test_every_command_is_one_that_there_is(unit: Path) -> None:
    assert commands(unit)
    for program, *rest in commands(unit):
        if program == AS_ROOT:
            assert unit.name == "darasa-cell-turn.service" and rest == ["restart", "darasa-cell.service"]
            continue
        assert program.startswith(f"{CODE}/.venv/bin/")
        assert (ROOT / ".venv/bin" / Path(program).name).exists() or shutil.which(Path(program).name)
        if rest[0] == "manage.py":
            assert rest[1] in get_commands()
        elif rest[0] == "-m":
            assert (ROOT / (rest[1].replace(".", "/") + ".py")).exists()


@EACH
def test_every_option_of_a_command_of_ours_is_one_that_it_takes(unit: Path) -> None:
    for _, *rest in commands(unit):
        if rest[0] == "manage.py":
            source = ROOT / str(get_commands()[rest[1]]) / "management/commands" / f"{rest[1]}.py"
            known = source.read_text() if source.exists() else DJANGOS
            assert all(option in known for option in re.findall(r"--[a-z-]+", " ".join(rest)))


@EACH
def test_every_name_in_the_environment_is_a_setting(unit: Path) -> None:
    told = " ".join(read(COMMON, unit)["Service"]["Environment"])
    used = set(re.findall(r"([A-Z][A-Z0-9_]+)=", told))
    used |= set(re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", unit.read_text()))
    assert used - NOT_SETTINGS <= {setting.name for setting in env.TABLE}


@EACH
def test_no_service_is_given_a_secret_by_its_unit(unit: Path) -> None:
    told = " ".join(read(COMMON, unit)["Service"]["Environment"])
    assert not [setting.name for setting in env.TABLE if setting.secret and f"{setting.name}=" in told]


@EACH
def test_every_service_may_do_little(unit: Path) -> None:
    service = read(COMMON, unit)["Service"]
    assert service["User"] == ["darasa"]
    for key in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices", "RestrictSUIDSGID"):
        assert service[key] == ["yes"], key
    assert service["ProtectSystem"] == ["strict"]
    assert service["CapabilityBoundingSet"] == [""]
    assert not [
        place for writes in service["ReadWritePaths"] for place in writes.split() if CODE.startswith(place)
    ]


@EACH
def test_systemd_itself_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    """With our programs where this clone has them."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here")
    for file in (*SERVICES, *TIMERS, *PATHS, *UNITS.glob("*.target")):
        text = file.read_text().replace(f"{CODE}/.venv/bin/", str(programs(tmp_path)) + "/")
        (tmp_path / file.name).write_text(text)
    shutil.copytree(COMMON.parent, tmp_path / COMMON.parent.name)
    name = unit.name.replace("@.", "@8001.")
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / name],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def programs(folder: Path) -> Path:
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    for name in ("python", "uvicorn", "celery"):
        program(place, name, "exit 0")
    return place


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_a_timer_rings_for_a_service_that_there_is() -> None:
    assert {timer.stem for timer in TIMERS} <= {unit.stem for unit in SERVICES}
    assert all(read(timer)["Install"]["WantedBy"] == ["timers.target"] for timer in TIMERS)


def test_what_was_learnt_anew_restarts_all_that_needs_it() -> None:
    assert [path.stem for path in PATHS] == ["darasa-cell-turn"]
    assert read(*PATHS)["Path"]["PathChanged"] == [str(cell.LEARNT)]
    learner = read(UNITS / "darasa-cell.service")
    needing = set(learner["Install"]["RequiredBy"][0].split())
    assert needing >= {"darasa-web@8000.service", "darasa-worker@cell.service", "darasa-beat.service"}
    assert commands(UNITS / "darasa-cell-look.service") == commands(UNITS / "darasa-cell.service")
    [wanted] = read(UNITS / "darasa-cell.target")["Unit"]["Wants"]
    assert {"darasa-cell-look.timer", "darasa-cell-turn.path"} <= set(wanted.split())


def test_a_web_process_is_open_to_its_own_machine_only_unless_the_cell_says_otherwise() -> None:
    unit = UNITS / "darasa-web@.service"
    [start, _] = commands(unit)
    listens, proxies = start[start.index("--host") + 1], start[start.index("--forwarded-allow-ips") + 1]
    assert (listens, proxies) == ("${DARASA_LISTEN}", "${DARASA_PROXIES}")
    told = dict(word.split("=") for word in " ".join(read(unit)["Service"]["Environment"]).split())
    assert set(told.values()) == {"127.0.0.1"}
    of_the_cell = (ROOT / "terraform/modules/app/main.tf").read_text()
    assert all(re.search(rf"^ +{name} +=", of_the_cell, re.M) for name in told)


def test_web_is_started_as_elsewhere_and_given_time_to_empty_itself() -> None:
    [start, stop] = commands(UNITS / "darasa-web@.service")
    demo = web_command(8000)
    assert start[start.index("--ws-max-size") + 1] == demo[demo.index("--ws-max-size") + 1]
    drained, graceful = 20, int(start[start.index("--timeout-graceful-shutdown") + 1])
    service = read(UNITS / "darasa-web@.service")["Service"]
    assert int(service["TimeoutStopSec"][0]) > drained + graceful
    assert int(service["LimitNOFILE"][0]) >= 65536
    assert stop[1:3] == ["-m", "common.drain"]


@pytest.mark.parametrize(
    "name", ["darasa-worker@.service", "darasa-streams.service", "darasa-recorders.service"]
)
def test_a_signal_to_stop_reaches_the_parent_alone(name: str) -> None:
    assert read(UNITS / name)["Service"]["KillMode"] == ["mixed"]


def test_a_worker_is_told_what_the_compose_file_tells_it() -> None:
    [[_, *unit]] = commands(UNITS / "darasa-worker@.service")
    compose = load()["services"]["worker"]["command"]
    mine = {word for word in unit if not word.startswith(("--queues", "--hostname"))}
    assert mine == {word for word in compose[1:] if not word.startswith(("--queues", "--hostname"))}


def test_every_queue_and_every_unit_is_in_the_page() -> None:
    page = (ROOT / "docs/operations/systemd.md").read_text()
    queues = {"celery", *(str(route["queue"]) for route in settings.TASK_QUEUES.values())}
    assert all(f"darasa-worker@{queue}" in page for queue in queues)
    assert all(unit.stem.replace("@", "") in page.replace("@", "") for unit in (*SERVICES, *TIMERS))


# deploy


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A release beside the one that runs, two web processes, and programs that write down what they were asked."""
    place = tmp_path / "bin"
    place.mkdir()
    log = tmp_path / "asked"
    active = "darasa-web@8001.service loaded active\\ndarasa-web@8002.service loaded active"
    listed = f'case "$1" in list-units) printf "{active}\\n";; esac'
    broken = f'if [ "$*" = "$(cat {tmp_path}/broken 2>/dev/null)" ]; then exit 1; fi'
    program(place, "systemctl", f'echo "systemctl $*" >> {log}\n{listed}\n{broken}')
    program(
        place, "curl", f'for last; do :; done\necho "curl $last" >> {log}\n{broken.replace("$*", "$last")}'
    )
    new = tmp_path / "releases" / "new"
    (new / "jitsi_config/systemd").mkdir(parents=True)
    shutil.copy(UNITS / "deploy", new / "jitsi_config/systemd/deploy")
    (new / ".venv/bin").mkdir(parents=True)
    program(new / ".venv/bin", "uvicorn", "")
    (tmp_path / "releases/old").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "releases/old")
    (tmp_path / "darasa.env").write_text("PUBLIC_URL=https://classroom.school.example/\n")
    return tmp_path


def deploy(machine: Path) -> subprocess.CompletedProcess[str]:
    told = {
        "PATH": f"{machine / 'bin'}:{os.environ['PATH']}",
        "DARASA_LINK": str(machine / "current"),
        "DARASA_SETTINGS": str(machine / "darasa.env"),
        "DARASA_TRIES": "1",
    }
    command = [machine / "releases/new/jitsi_config/systemd/deploy"]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)


def asked(machine: Path) -> list[str]:
    return [line for line in (machine / "asked").read_text().splitlines() if "list-units" not in line]


def test_one_web_process_after_the_other_is_replaced_and_must_be_ready_first(machine: Path) -> None:
    done = deploy(machine)
    assert done.returncode == 0, done.stderr
    assert asked(machine) == [
        "systemctl start darasa-migrate.service",
        "systemctl restart darasa-web@8001.service",
        "curl http://127.0.0.1:8001/readyz",
        "systemctl restart darasa-web@8002.service",
        "curl http://127.0.0.1:8002/readyz",
        "systemctl try-restart darasa-worker@* darasa-beat.service darasa-streams.service darasa-recorders.service",
    ]
    assert (machine / "current").resolve().name == "new"
    assert "back: " in done.stdout and "/releases/old/" in done.stdout


def test_tables_that_cannot_be_brought_up_to_date_replace_nothing(machine: Path) -> None:
    (machine / "broken").write_text("start darasa-migrate.service")
    done = deploy(machine)
    assert done.returncode == 1
    assert "nothing was replaced" in done.stderr
    assert asked(machine) == ["systemctl start darasa-migrate.service"]
    assert (machine / "current").resolve().name == "old"


def test_a_web_process_that_does_not_get_ready_stops_the_rest(machine: Path) -> None:
    (machine / "broken").write_text("http://127.0.0.1:8001/readyz")
    done = deploy(machine)
    assert done.returncode == 1
    assert "darasa-web@8001.service is not ready" in done.stderr
    assert not [line for line in asked(machine) if "8002" in line or "worker" in line]


def test_with_containers_the_new_ones_answer_before_the_old_ones_are_emptied(machine: Path) -> None:
    folder = machine / "stack"
    folder.mkdir()
    shutil.copy(FOLDER / "deploy", folder)
    for name in ("configure", "up"):
        program(folder, name, f'echo "{name}" >> {machine}/asked')
    listed = 'case "$*" in "compose ps --quiet darasa-web") echo one; echo two;; esac'
    program(machine / "bin", "docker", f'echo "docker $*" >> {machine}/asked\n{listed}')
    told = {"PATH": f"{machine / 'bin'}:{os.environ['PATH']}"}
    subprocess.run([folder / "deploy"], env=told, capture_output=True, check=True)
    assert asked(machine)[1:-1] == [
        "configure",
        "docker compose build",
        "docker compose run --rm migrate",
        "docker compose up --detach --no-deps --no-recreate --wait --scale darasa-web=4 darasa-web",
        "docker exec one python -m common.drain --pid 1",
        "docker stop one",
        "docker rm one",
        "docker exec two python -m common.drain --pid 1",
        "docker stop two",
        "docker rm two",
        "docker compose up --detach --remove-orphans",
    ]
