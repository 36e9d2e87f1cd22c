"""Jitsi's machines of a cell: what one runs, what it learns as it boots, how it is emptied before it stops."""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.config.test_cell import MUTATIONS
from tests.jitsi_config.cells import (
    CELL,
    MODULES,
    SECRETS,
    WORDS,
    Drawer,
    compose,
    compose_of,
    image_of,
    learn,
    learnt,
    machine,
    names_told,
    place,
    secrets_told,
    told,
)
from tests.jitsi_config.stack import FOLDER, ROOT, MissingError, filled, filled_tree, load
from tests.jitsi_config.test_compose import KNOWN, OURS

KINDS = pytest.mark.parametrize("kind", MODULES)
UNITS = CELL / "systemd"


# What it runs


@KINDS
def test_a_machine_hears_all_that_its_compose_file_wants(kind: str) -> None:
    whole = filled_tree(compose_of(kind), learnt(kind))
    assert "${" not in json.dumps(whole)


@KINDS
def test_it_hears_no_word_that_its_compose_file_does_not_want(kind: str) -> None:
    assert set(learnt(kind)) <= set(re.findall(r"\$\{([A-Z0-9_]+)", image_of(kind)))


def test_a_bridge_learns_one_password() -> None:
    assert [name for name in learnt("jvb") if name in learn.SECRETS] == ["JVB_AUTH_PASSWORD"]


NEEDED = [(kind, name) for kind in MODULES for name in sorted(names_told(kind) - {"DARASA_SECRETS"})]


@pytest.mark.parametrize(("kind", "name"), NEEDED)
def test_every_word_that_terraform_says_is_read(kind: str, name: str) -> None:
    """By the learner or by a unit; a word that nobody reads would only seem to set something."""
    units = "".join(path.read_text() for path in UNITS.iterdir())
    assert f'"{name}"' in (CELL / "learn.py").read_text() or f"${{{name}}}" in units


@KINDS
def test_without_one_of_its_secrets_it_does_not_start(kind: str) -> None:
    for name in secrets_told(kind):
        words = told(kind) | {"DARASA_SECRETS": ""}
        others = [one for one in secrets_told(kind) if one != name]
        words["DARASA_SECRETS"] = ",".join(f"{WORDS['DARASA_CELL']}/{one}" for one in others)
        try:
            files = learn.learn(words, Drawer(), place(), image_of(kind))
        except learn.NotYet:
            continue
        assert name == "turn-certificate" and "turn/turn.pem" not in files


WITHOUT = {
    ("shard", "DARASA_URL"),
    ("shard", "DARASA_CIDR"),
    ("jvb", "DARASA_SHARDS"),
    ("jibri", "DARASA_URL"),
    ("jibri", "DARASA_SHARDS"),
}


@pytest.mark.parametrize(("kind", "name"), sorted(WITHOUT))
def test_without_an_address_it_waits_and_says_for_what(kind: str, name: str) -> None:
    words = {key: value for key, value in told(kind).items() if key != name}
    with pytest.raises(learn.NotYet, match="nobody has said"):
        learn.learn(words, Drawer(), place(), image_of(kind))


@pytest.mark.parametrize("kind", ["jvb", "turn"])
def test_whoever_is_reached_by_an_address_of_its_own_waits_for_it(kind: str) -> None:
    with pytest.raises(learn.NotYet, match="ADDRESS"):
        learn.learn(told(kind), Drawer(), place(public=""), image_of(kind))


@KINDS
def test_it_runs_what_one_machine_runs(kind: str) -> None:
    """Images, limits and rights are those of the Compose files; what is added to an environment is a name of Jitsi's."""
    one_machine = load()["services"] | load(FOLDER / "compose.bridge.yaml")["services"]
    for name, service in compose_of(kind)["services"].items():
        for key in ("image", "read_only", "cap_drop", "security_opt", "tmpfs", "shm_size", "logging"):
            assert service.get(key) == one_machine[name].get(key), (name, key)
        image = filled(service["image"], {}).rpartition("/")[2].partition(":")[0]
        if image in KNOWN["variables"]:
            assert set(service["environment"]) - set(KNOWN["variables"][image]) == OURS.get(image, set())
        assert service["restart"] == "on-failure", "Docker would start it before the machine knows its cell"
        assert not set(service) & {"build", "profiles"}


def test_every_image_is_the_pinned_one() -> None:
    images = {image for kind in MODULES for image in compose.images_of(compose_of(kind)["services"])}
    pinned = {filled(one["image"], {}) for one in load()["services"].values()}
    assert images <= pinned
    assert {image.rpartition("/")[2].partition(":")[0] for image in images} == {
        *("web", "prosody", "jicofo", "jvb", "jibri", "nginx", "coturn")
    }


@KINDS
def test_every_door_is_one_that_terraform_opens(kind: str) -> None:
    module = (ROOT / f"terraform/modules/{MODULES[kind]}/main.tf").read_text()
    opened = set(re.findall(r"\b(?:from|to) += (\d+)", module))
    services = compose_of(kind)["services"].values()
    used = {
        str(port).removesuffix("/udp").rpartition(":")[2]
        for service in services
        for port in service.get("ports", [])
    }
    words = [str(word) for service in services for word in service.get("command", [])]
    used |= {word.partition("=")[2] for word in words if "-port=" in word}
    assert used and used <= opened


def test_the_relay_speaks_tls_and_leads_into_the_cell_only() -> None:
    command = filled_tree(compose_of("turn"), learnt("turn"))["services"]["coturn"]["command"]
    assert "--no-tls" not in command and "--tls-listening-port=443" in command
    assert [word for word in command if word.startswith("--allowed-peer-ip")] == [
        "--allowed-peer-ip=198.51.100.7",
        "--allowed-peer-ip=10.64.0.0-10.64.255.255",
    ]
    assert "--external-ip=198.51.100.7/10.64.3.4" in command


def test_a_bridge_says_both_of_its_addresses_because_relays_may_reach_one_only() -> None:
    said = filled_tree(compose_of("jvb"), learnt("jvb"))["services"]["jvb"]["environment"]
    assert said["JVB_ADVERTISE_IPS"] == "198.51.100.7,10.64.3.4"
    assert said["JVB_MUC_NICKNAME"] == said["JVB_OCTO_RELAY_ID"] == "i-0123"
    assert said["XMPP_SERVER"] == WORDS["DARASA_SHARDS"]


def test_a_recorder_is_called_what_its_group_calls_it_and_keeps_nothing_on_its_own_disk() -> None:
    jibri = filled_tree(compose_of("jibri"), learnt("jibri"))["services"]["jibri"]
    assert jibri["environment"]["JIBRI_INSTANCE_ID"] == "i-0123"
    assert f"/srv/recordings:{jibri['environment']['JIBRI_RECORDING_DIR']}" in jibri["volumes"]
    assert " /srv/recordings;" in (UNITS / "darasa-folder.service").read_text()


def test_a_change_of_something_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="--no-such"):
        compose.merged({"command": ["--one"]}, {"-command": ["--no-such"]})
    with pytest.raises(MissingError):
        filled_tree(compose_of("turn"), {})


# Whether it is where it should be


@pytest.mark.parametrize("what", MUTATIONS)
def test_a_jitsi_machine_does_not_start_on(what: str, count: Any) -> None:
    drawer = Drawer()
    MUTATIONS[what](drawer.manifest)
    with pytest.raises(learn.Wrong):
        learn.learn(told("jvb"), drawer, place(), image_of("jvb"))
    count("residency mutation refused", f"a Jitsi machine on {what}")


FOREIGN = {
    "another cell's shards": ("jvb", {"DARASA_SHARDS": "a.darasa-production-af.internal"}),
    "another cell's Darasa": ("jibri", {"DARASA_URL": "http://app.darasa-production-af.internal:8000"}),
    "another cell's pages": ("shard", {"PUBLIC_URL": "https://meet.af.school.example"}),
    "another cell's relay": ("turn", {"TURN_HOST": "turn.af.school.example"}),
    "another zone": ("jvb", {"DARASA_ZONE": "af"}),
    "another cell's name": ("jvb", {"DARASA_CELL": "darasa-production-af"}),
    "another region": ("jvb", {"AWS_REGION": "af-south-1"}),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_a_jitsi_machine_does_not_start_with(what: str, count: Any) -> None:
    kind, words = FOREIGN[what]
    with pytest.raises(learn.Wrong):
        learn.learn(told(kind) | words, Drawer(), place(), image_of(kind))
    count("residency mutation refused", f"a Jitsi machine with {what}")


@pytest.mark.parametrize(("name", "value"), [("region", "af-south-1"), ("account", "111111111202")])
def test_a_machine_that_stands_elsewhere_does_not_start(name: str, value: str, count: Any) -> None:
    there = learn.Place(**(vars(place()) | {name: value}))
    with pytest.raises(learn.Wrong, match=name):
        learn.learn(told("jvb"), Drawer(), there, image_of("jvb"))
    count("residency mutation refused", f"a Jitsi machine in another {name}")


def test_an_image_of_another_kind_does_not_start() -> None:
    with pytest.raises(learn.Wrong, match="image"):
        learn.learn(told("jibri"), Drawer(), place(), image_of("turn"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("xmpp", "one-word" * 9),
        ("xmpp", '{"JVB_AUTH_PASSWORD": "short"}'),
        ("xmpp", json.dumps({"JVB_AUTH_PASSWORD": "$(reboot)" + "x" * 40})),
        ("turn", "short"),
        ("turn-certificate", "-----BEGIN CERTIFICATE-----"),
        ("jitsi-hooks", '{"half'),
    ],
)
def test_a_secret_that_is_none_is_refused_and_not_told(kind: str, value: str) -> None:
    drawer = Drawer()
    drawer.secrets[f"{WORDS['DARASA_CELL']}/{kind}"] = value
    user = next(one for one in MODULES if kind in secrets_told(one))
    with pytest.raises(learn.Wrong, match=kind) as refused:
        learn.learn(told(user), drawer, place(), image_of(user))
    assert value not in str(refused.value)


def test_a_secret_sets_nothing_but_secrets() -> None:
    drawer = Drawer()
    name = f"{WORDS['DARASA_CELL']}/xmpp"
    foreign = {"SIGNALLING_ADDRESS": "evil.example", "METRICS_TOKEN": "of web machines"}
    drawer.secrets[name] = json.dumps(json.loads(drawer.secrets[name]) | foreign)
    files = learn.learn(told("jvb"), drawer, place(), image_of("jvb"))
    assert f"SIGNALLING_ADDRESS={WORDS['DARASA_SHARDS']}\n" in files["cell.env"]
    assert "evil" not in files["cell.env"] and "METRICS_TOKEN" not in files["cell.env"]


def test_what_is_not_new_is_not_written_and_the_key_is_for_the_relay_alone(tmp_path: Path) -> None:
    files = learn.learn(told("turn"), Drawer(), place(), image_of("turn"))
    learn.note(files, tmp_path, os.getuid())
    written = {path: path.stat() for path in (tmp_path / "cell.env", tmp_path / "turn/turn.pem")}
    learn.note(files, tmp_path, os.getuid())
    assert {path: path.stat() for path in written} == written
    assert all(stat.st_mode & 0o77 == 0 for stat in written.values())
    assert (tmp_path / "turn/turn.pem").read_text() == SECRETS["turn-certificate"] + "\n"


# How it stops


class Answers(BaseHTTPRequestHandler):
    """Bridge or recorder: one answer after the other, and what was asked."""

    server: Station

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        answer = b"{}" if self.command == "POST" else json.dumps(self.server.answers.pop(0)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Station(ThreadingHTTPServer):
    def __init__(self, answers: list[Any]) -> None:
        self.answers, self.asked = answers, list[str]()
        super().__init__(("127.0.0.1", 0), Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@pytest.fixture
def station() -> Iterator[Callable[[list[Any]], Station]]:
    running: list[tuple[Station, threading.Thread]] = []

    def open_station(answers: list[Any]) -> Station:
        server = Station(answers)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.append((server, thread))
        return server

    yield open_station
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_bridge_takes_nobody_new_and_is_waited_for_until_it_is_empty(station: Any) -> None:
    bridge = station([{"participants": 30}, {"participants": 1}, {"participants": 0}])
    machine.wait_for_bridge(bridge.url, again_seconds=0)
    assert bridge.asked == ["POST /colibri/drain/enable", *["GET /colibri/stats"] * 3]


def test_a_recorder_is_waited_for_until_its_lesson_is_recorded(station: Any) -> None:
    jibri = station([{"status": {"busyStatus": one}} for one in ("BUSY", "BUSY", "IDLE")])
    machine.wait_for_recorder(jibri.url, again_seconds=0)
    assert jibri.asked == ["GET /jibri/api/v1.0/health"] * 3


def test_whoever_answers_no_more_is_waited_for_no_more(capfd: Any) -> None:
    for wait in (machine.wait_for_bridge, machine.wait_for_recorder):
        wait("http://127.0.0.1:1", again_seconds=0)
    assert len(capfd.readouterr().err.splitlines()) == 2
