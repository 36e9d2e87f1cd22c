"""The keys of RS256: two live, announced before they sign, served until their last token has ended."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from jwt import PyJWKSet

from classroom.jitsi import keys
from classroom.jitsi.keys import ANNOUNCED_AFTER
from common.refusals import Refused, Unavailable

EPOCH = datetime(2026, 9, 1, 8, tzinfo=UTC)
DAY, LATER = timedelta(days=1), ANNOUNCED_AFTER + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def small_keys(settings: Any, tmp_path: Path) -> None:
    settings.JITSI_KEYS_DIR, settings.JITSI_SIGNING = tmp_path / "keys", "RS256"


@pytest.fixture
def folder(settings: Any) -> Path:
    return Path(settings.JITSI_KEYS_DIR)


def signs(folder: Path, now: datetime) -> str:
    return keys.find_signing_key(keys.read_keys(folder), now=now).kid


def served(folder: Path, now: datetime) -> set[str]:
    return {key.kid for key in keys.find_served(keys.read_keys(folder), now=now)}


def retire(folder: Path, kid: str, now: datetime, **more: Any) -> keys.Key:
    return keys.retire_key(folder, kid, now=now, longest_token=timedelta(hours=13), **more)


def test_the_first_key_signs_at_once_and_the_second_when_everybody_can_know_it(folder: Path) -> None:
    first = keys.make_key(folder, now=EPOCH)
    assert signs(folder, EPOCH) == first.kid
    second = keys.make_key(folder, now=EPOCH + DAY)
    assert served(folder, EPOCH + DAY) == {first.kid, second.kid}
    assert signs(folder, EPOCH + DAY + ANNOUNCED_AFTER / 2) == first.kid
    assert signs(folder, EPOCH + DAY + LATER) == second.kid


def test_there_is_never_a_third_live_key(folder: Path) -> None:
    first, _ = (keys.make_key(folder, now=EPOCH) for _ in range(2))
    with pytest.raises(Refused, match="two_keys_are_live"):
        keys.make_key(folder, now=EPOCH)
    retire(folder, first.kid, EPOCH + LATER)
    keys.make_key(folder, now=EPOCH + LATER)


def test_a_retired_key_signs_nothing_and_is_served_until_its_tokens_have_ended(folder: Path) -> None:
    first = keys.make_key(folder, now=EPOCH)
    second = keys.make_key(folder, now=EPOCH)
    now = EPOCH + LATER
    retire(folder, second.kid, now)
    assert signs(folder, now) == first.kid
    assert second.kid in served(folder, now + timedelta(hours=12))
    assert second.kid not in served(folder, now + timedelta(hours=13))


def test_the_last_key_that_signs_cannot_be_retired(folder: Path) -> None:
    first = keys.make_key(folder, now=EPOCH)
    with pytest.raises(Refused, match="no_other_key_signs"):
        retire(folder, first.kid, EPOCH)
    keys.make_key(folder, now=EPOCH)
    with pytest.raises(Refused, match="no_other_key_signs"):
        retire(folder, first.kid, EPOCH + timedelta(seconds=1))


def test_a_stolen_key_is_gone_at_once(folder: Path) -> None:
    first, second = keys.make_key(folder, now=EPOCH), keys.make_key(folder, now=EPOCH)
    retire(folder, first.kid, EPOCH, at_once=True)
    assert (signs(folder, EPOCH), served(folder, EPOCH)) == (second.kid, {second.kid})
    with pytest.raises(Refused, match="unknown_key"):
        retire(folder, first.kid, EPOCH)


def test_without_a_key_nothing_is_signed(folder: Path) -> None:
    with pytest.raises(Unavailable):
        signs(folder, EPOCH)


def test_nobody_else_on_the_machine_may_read_a_key(folder: Path) -> None:
    keys.make_key(folder, now=EPOCH)
    assert [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()] == [0o600]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert "private" not in repr(keys.read_keys(folder))


def test_a_file_under_a_wrong_name_is_not_taken_for_a_key(folder: Path) -> None:
    made = keys.make_key(folder, now=EPOCH)
    path = folder / f"{made.kid}.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "kid": "another"}))
    with pytest.raises(Unavailable):
        keys.read_keys(folder)


def test_the_key_server_answers_prosody_by_name_and_by_set(folder: Path, client: Client) -> None:
    made = keys.make_key(folder, now=timezone.now())
    by_name = client.get(f"/jitsi/asap/{made.asap_name}.pem")
    assert by_name.content == made.public_pem
    assert by_name["Cache-Control"] == f"public, max-age={keys.CACHE_SECONDS}"
    by_set = client.get("/jitsi/jwks.json")
    assert f"max-age={keys.CACHE_SECONDS}" in by_set["Cache-Control"]
    [jwk] = PyJWKSet.from_dict(by_set.json()).keys
    assert jwk.key_id == made.kid
    assert jwk.key.public_numbers() == made.private.public_key().public_numbers()
    assert b"PRIVATE" not in by_name.content + by_set.content
    assert set(by_set.json()["keys"][0]) == {"kty", "n", "e", "kid", "alg", "use"}


def test_a_key_that_is_not_there_is_not_remembered_as_missing(client: Client) -> None:
    answer = client.get(f"/jitsi/asap/{'0' * 64}.pem")
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")
    for wrong in ("short.pem", f"{'0' * 64}.json", f"{'Z' * 64}.pem", "../../secrets.pem"):
        assert client.get(f"/jitsi/asap/{wrong}").status_code == 404


def test_with_a_shared_secret_no_key_is_served(folder: Path, client: Client, settings: Any) -> None:
    made = keys.make_key(folder, now=timezone.now())
    settings.JITSI_SIGNING = "HS256"
    assert client.get("/jitsi/jwks.json").json() == {"keys": []}
    assert client.get(f"/jitsi/asap/{made.asap_name}.pem").status_code == 404


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("jitsi_keys", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_lists_and_retires(folder: Path) -> None:
    assert "There is no key" in told("list")
    assert "signs from now" in told("new")
    assert "UTC" in told("new")
    first, second = keys.read_keys(folder)
    assert f"{first.kid}  signs  " in told("list")
    with pytest.raises(CommandError, match="No other key signs yet"):
        told("retire", first.kid)
    with pytest.raises(CommandError, match="Two keys are live"):
        told("new")
    with pytest.raises(CommandError, match="no live key of this name"):
        told("retire", "nothing")
    assert "restart it" in told("retire", first.kid, "--stolen")
    assert f"{first.kid}  gone  " in told("list")
    assert f"{second.kid}  signs  " in told("list")
