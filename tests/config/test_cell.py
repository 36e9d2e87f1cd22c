"""A machine of a cell learns its settings, or does not start."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from common.refusals import Refused
from config import cell, env

ZONES = json.loads(cell.ZONES.read_text())
PRODUCTION = ZONES["zones"]["eu"]["environments"]["production"]
TOLD = {
    "AWS_REGION": "eu-central-1",
    "BROKER_HOST": "broker.eu",
    "CHANNELS_HOST": "channels.eu",
    "DARASA_CELL": "darasa-production-eu",
    "DARASA_MANIFEST": PRODUCTION["manifest"],
    "DARASA_QUEUES": "celery,boards,outward",
    "DARASA_SECRETS": "darasa-production-eu/jitsi-hooks,darasa-production-eu/mail,darasa-production-eu/secret-key",
    "DATABASE_HOST": "database.eu",
    "DATABASE_LOGIN": "arn:of-the-login",
    "S3_BUCKET": PRODUCTION["buckets"]["recordings"],
    "S3_ZONES": f"eu={PRODUCTION['buckets']['recordings']}@eu-central-1",
    "ZONE": "eu",
}
MANIFEST = {
    "schema": 1,
    "cell": "darasa-production-eu",
    "env": "production",
    "zone": "eu",
    "region": "eu-central-1",
    "account_id": PRODUCTION["account_id"],
    "kms_key_arn": f"arn:aws:kms:eu-central-1:{PRODUCTION['account_id']}:key/1",
    "buckets": {"recordings": PRODUCTION["buckets"]["recordings"]},
    "queue": "recordings.eu",
}
HOOKS = {"JITSI_HOOK_TOKEN": "t" * 40, "JITSI_EVENT_SECRET": "s" * 40}


class Drawer:
    """Papers in memory."""

    def __init__(self) -> None:
        self.manifest: dict[str, Any] = json.loads(json.dumps(MANIFEST))
        self.secrets = {
            "darasa-production-eu/secret-key": "k" * 50 + "\n",
            "darasa-production-eu/jitsi-hooks": json.dumps(HOOKS),
            "darasa-production-eu/mail": json.dumps({"EMAIL_HOST": "mail.eu", "EMAIL_PORT": 465}),
            "arn:of-the-login": json.dumps({"username": "darasa", "password": "p/@: ü"}),
        }

    def secret(self, name: str) -> str:
        return self.secrets[name]

    def parameter(self, name: str) -> str:
        assert name == PRODUCTION["manifest"]
        return json.dumps(self.manifest)


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


def test_a_machine_learns_what_is_secret_and_where_its_servers_are(drawer: Drawer) -> None:
    learnt = cell.learn(TOLD, drawer, ZONES)
    assert learnt["SECRET_KEY"] == "k" * 50
    assert learnt.items() >= HOOKS.items()
    assert learnt.items() >= {"EMAIL_HOST": "mail.eu", "EMAIL_PORT": "465", "ZONE": "eu"}.items()
    assert learnt["DATABASE_URL"] == "postgresql://darasa:p%2F%40%3A%20%C3%BC@database.eu:5432/darasa"
    assert learnt["REDIS_URL"] == "rediss://broker.eu:6379/0?ssl_cert_reqs=required"
    assert set(learnt) - set(TOLD) <= {setting.name for setting in env.TABLE}


MUTATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "another cell's manifest": lambda told: told.update(cell="darasa-production-af"),
    "another zone": lambda told: told.update(zone="af"),
    "another region": lambda told: told.update(region="af-south-1"),
    "another account": lambda told: told.update(account_id="111111111202"),
    "another cell's key": lambda told: told.update(kms_key_arn="arn:aws:kms:af-south-1:111111111202:key/1"),
    "another cell's bucket": lambda told: told["buckets"].update(
        recordings="darasa-production-af-recordings"
    ),
    "another zone's queue": lambda told: told.update(queue="recordings.af"),
    "another environment": lambda told: told.update(env="staging"),
    "a shape of later": lambda told: told.update(schema=2),
}


@pytest.mark.parametrize("what", MUTATIONS)
def test_a_machine_does_not_start_on(what: str, drawer: Drawer, count: Any) -> None:
    MUTATIONS[what](drawer.manifest)
    with pytest.raises(Refused, match="wrong_cell"):
        cell.learn(TOLD, drawer, ZONES)
    count("residency mutation refused", what)


@pytest.mark.parametrize("name", ["S3_ZONES", "S3_BUCKET", "ZONE", "AWS_REGION", "DARASA_CELL"])
def test_a_machine_does_not_start_with_words_of_another_cell(name: str, drawer: Drawer, count: Any) -> None:
    foreign = {name: TOLD[name].replace("eu", "af")}
    with pytest.raises(Refused, match="wrong_cell"):
        cell.learn(TOLD | foreign, drawer, ZONES)
    count("residency mutation refused", f"{name} of another cell")


@pytest.mark.parametrize(
    "value",
    ["one word", '{"S3_ZONES": "af=a@b"}', '{"half', '["a list"]'],
)
def test_a_secret_that_holds_no_secret_settings_is_refused(value: str, drawer: Drawer) -> None:
    drawer.secrets["darasa-production-eu/mail"] = value
    with pytest.raises(Refused, match="bad_secret"):
        cell.learn(TOLD, drawer, ZONES)


@pytest.mark.parametrize("value", ["plain", 'a "quote"', "back\\slash", "$HOME %i `date`", "a b"])
def test_what_is_written_is_one_word_to_systemd(value: str) -> None:
    assert shlex.split(cell.in_quotes(value)) == [value]
    with pytest.raises(Refused):
        cell.in_quotes(f"{value}\nPATH=/tmp")


def test_what_is_not_new_is_not_written(tmp_path: Path) -> None:
    """Or all would be restarted each minute."""
    learnt = tmp_path / "cell.env"
    cell.note(learnt, "A=1\n")
    before = learnt.stat()
    cell.note(learnt, "A=1\n")
    assert learnt.stat() == before
    cell.note(learnt, "A=2\n")
    assert learnt.read_text() == "A=2\n"
    assert learnt.stat().st_mode & 0o77 == 0


def test_a_load_balancer_which_asks_by_the_address_is_answered(client: Any, settings: Any) -> None:
    hosts = cell.known_as("classroom.eu.school.example,app.darasa-production-eu.internal", "10.64.3.4")
    settings.ALLOWED_HOSTS = hosts.split(",")
    assert client.get("/healthz", headers={"host": "10.64.3.4:8000"}).status_code == 200
    assert client.get("/healthz", headers={"host": "10.64.3.5:8000"}).status_code == 400


def test_words_are_read_as_terraform_writes_them(tmp_path: Path) -> None:
    assert cell.read_words("A=1\nS3_ZONES=eu=bucket@region\n") == {"A": "1", "S3_ZONES": "eu=bucket@region"}
