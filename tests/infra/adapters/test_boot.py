"""What the machines find."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

import config.cell
from common.machines import read_places, read_spot
from common.refusals import Refused
from config import checks, env
from tests.infra.adapters.scenes import (
    BRIDGES,
    JIBRI,
    Record,
)
from tests.infra.cell import ENTRY, NAME, REGION, ZONE, Applied
from tests.infra.terraform import SOURCE

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]
# Not Django's own: the image's script makes DATABASE_URL and REDIS_URL of them and of what is secret.
OF_THE_IMAGE = ("DARASA_", "AWS_", "DATABASE_", "BROKER_", "CHANNELS_")


def test_every_word_that_a_machine_finds_is_a_setting_of_darasas(
    applied: Applied, told: Mapping[str, str]
) -> None:
    known = {setting.name for setting in env.TABLE}
    for role in ("app", "workers"):
        words = {name for name in applied.told(role) if not name.startswith(OF_THE_IMAGE)}
        assert words - known == set(), role
    assert checks.check_machine_pools() == []
    assert {one.group for one in read_places(told["MACHINE_POOLS"].split(",")) if one.group} == {
        JIBRI,
        BRIDGES,
    }
    assert applied.told("workers")["DARASA_QUEUES"] == f"media,{ENTRY['queue']}"


def test_the_words_are_those_of_the_manifest_and_of_zones_json(
    applied: Applied, told: Mapping[str, str]
) -> None:
    manifest = json.loads(
        applied.client("ssm").get_parameter(Name=told["DARASA_MANIFEST"])["Parameter"]["Value"]
    )
    assert told["S3_ZONES"] == f"{ZONE}={manifest['buckets']['recordings']}@{manifest['region']}"
    assert read_spot(told["MACHINE_DEPARTURES"]) == (manifest["drain_queue_url"], REGION)
    assert read_spot(told["MACHINE_FIGURES"]) == (manifest["metrics"], REGION)
    assert {pool["asg"] for pool in manifest["pools"].values()} >= {JIBRI, BRIDGES}
    assert int(told["RECORDER_CAPACITY"]) == manifest["pools"]["jibri"]["max"]


SECRETS = {
    "secret-key": "k" * 50,
    "jitsi": "j" * 40,
    "jibri-hooks": "h" * 40,
    "jitsi-hooks": json.dumps({"JITSI_HOOK_TOKEN": "t" * 40, "JITSI_EVENT_SECRET": "s" * 40}),
    "mail": json.dumps({"EMAIL_HOST": "mail.eu", "EMAIL_HOST_PASSWORD": "secret"}),
}


@pytest.fixture
def filled(applied: Applied) -> None:
    """Somebody has filled the secrets that Terraform made empty."""
    client = applied.client("secretsmanager")
    for name, value in SECRETS.items():
        client.put_secret_value(SecretId=f"{NAME}/{name}", SecretString=value)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("role", ["app", "workers"])
def test_a_machine_learns_the_rest_by_its_own_role(role: str, applied: Applied) -> None:
    told = applied.told(role)
    learnt = config.cell.learn(
        told, config.cell.AwsPapers(REGION), json.loads((SOURCE / "zones.json").read_text())
    )
    assert (learnt["SECRET_KEY"], learnt["EMAIL_HOST_PASSWORD"]) == ("k" * 50, "secret")
    where = f"{re.escape(told['DATABASE_HOST'])}:5432/darasa"
    assert re.fullmatch(rf"postgresql://\w+:[^@/]+@{where}", learnt["DATABASE_URL"])
    assert not [value for value in SECRETS.values() if value in "".join(told.values())]


@pytest.mark.usefixtures("filled")
def test_a_machine_does_not_start_on_a_swapped_manifest(applied: Applied, record_property: Record) -> None:
    ssm, told = applied.client("ssm"), applied.told("app")
    own = ssm.get_parameter(Name=told["DARASA_MANIFEST"])["Parameter"]["Value"]
    swapped = json.loads(own.replace(NAME, "darasa-production-af"))
    ssm.put_parameter(Name=told["DARASA_MANIFEST"], Value=json.dumps(swapped), Type="String", Overwrite=True)
    with pytest.raises(Refused, match="wrong_cell"):
        config.cell.learn(
            told, config.cell.AwsPapers(REGION), json.loads((SOURCE / "zones.json").read_text())
        )
    ssm.put_parameter(Name=told["DARASA_MANIFEST"], Value=own, Type="String", Overwrite=True)
    record_property("residency mutations refused", 1)
