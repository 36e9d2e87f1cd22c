"""The doors for Jibri's words: known by the secret in the address, kept as they came, never answered with an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from recordings.models import NoticeState, Recorder, RecorderNotice, RecorderState
from recordings.notices import LARGEST_BODY, hear_notices

pytestmark = pytest.mark.django_db
SECRET = "s" * 40
WELL = {"busyStatus": "IDLE", "health": {"healthStatus": "HEALTHY", "details": {}}}
DOORS = ("v1/status", "v1/session/status", "finalized")


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.JIBRI_HOOK_SECRET = SECRET


def post(door: str, body: bytes, secret: str = SECRET) -> int:
    return Client().post(f"/hooks/jibri/{secret}/{door}", body, content_type="application/json").status_code


@pytest.mark.parametrize("door", DOORS)
def test_without_the_secret_there_is_no_such_door(door: str, settings: Any) -> None:
    assert post(door, b"{}", "wrong") == 404
    settings.JIBRI_HOOK_SECRET = ""
    assert post(door, b"{}") == 404
    assert not RecorderNotice.objects.exists()


def test_a_jibri_that_nobody_listed_appears_by_its_own_words() -> None:
    body = json.dumps({"jibriId": "jibri-7", "status": WELL}).encode()
    assert [post("v1/status", body) for _ in range(2)] == [200, 200]
    hear_notices()
    [recorder] = Recorder.objects.all()
    assert (recorder.name, recorder.state, recorder.base_url) == ("jibri-7", RecorderState.IDLE, "")
    assert set(RecorderNotice.objects.values_list("state", flat=True)) == {NoticeState.DONE}


BAD = [
    b"",
    b"not json",
    b"[]",
    b"null",
    b"\xff\xfe\x00",
    b'{"jibriId": "\\u0000", "status": {}}',
    b'{"jibriId": {"a": 1}, "status": 7}',
    b"[" * 30_000,
    b'{"session": {"sessionId": "x", "status": "PERHAPS"}}',
    b'{"session": 5}',
    json.dumps({"jibriId": "x" * 500, "status": WELL}).encode(),
    b"x" * (LARGEST_BODY + 10),
]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_nonsense_is_kept_answered_and_left(door: str, body: bytes) -> None:
    assert post(door, body) == 200
    hear_notices()
    [notice] = RecorderNotice.objects.all()
    assert notice.state == NoticeState.UNREADABLE
    assert len(notice.body) <= LARGEST_BODY
    assert not Recorder.objects.exists()


def test_reading_is_no_way_in() -> None:
    assert [Client().get(f"/hooks/jibri/{SECRET}/{door}").status_code for door in DOORS] == [405] * 3
