"""The doors to recordings: who gets through, and what the others learn (nothing)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import Person
from classroom.models import Lesson
from recordings.models import Chapter, Recording, RecordingState
from recordings.storage import SALT, storage
from tests.conftest import Cast

BYTES = bytes(range(256)) * 40
pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(lesson: Lesson, tmp_path: Path) -> Recording:
    """Published, with real bytes in the folder storage."""
    (tmp_path / "video.mp4").write_bytes(BYTES)
    storage().put("here/lesson/video.mp4", tmp_path / "video.mp4", content_type="video/mp4")
    made = Recording.objects.create(
        lesson=lesson,
        state=RecordingState.PUBLISHED,
        state_at=timezone.now(),
        video_key="here/lesson/video.mp4",
        poster_key="here/lesson/video.jpg",
        duration_seconds=60.0,
    )
    Chapter.objects.create(recording=made, position=0, starts_seconds=0, ends_seconds=60, title="Page 1")
    return made


def client_of(person: Person | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def doors(recording: Recording) -> list[str]:
    base = f"/lessons/{recording.lesson_id}/recording/"
    return [base + door for door in ("progress", "video", "poster", "chapters.vtt")]


@pytest.mark.parametrize("who", ["stranger", "guest", "guardian", None])
def test_a_stranger_gets_the_404_of_a_recording_that_does_not_exist(
    cast: Cast, recording: Recording, who: str | None
) -> None:
    client = client_of(getattr(cast, who) if who else None)
    for door in doors(recording):
        existing, missing = (
            client.get(door),
            client.get(door.replace(str(recording.lesson_id), str(uuid.uuid4()))),
        )
        assert (existing.status_code, missing.status_code) == (404, 404)
        assert bare(existing) == bare(missing)


def bare(response: Any) -> bytes:
    """Without what differs from request to request."""
    return bytes(
        b"".join(
            line for line in response.content.splitlines() if b"csrf" not in line and b"next" not in line
        )
    )


@pytest.mark.parametrize("who", ["teacher", "head", "amina"])
def test_the_class_may_watch(cast: Cast, recording: Recording, who: str) -> None:
    client = client_of(getattr(cast, who))
    progress = client.get(doors(recording)[0]).json()
    assert progress["ready"] is True
    assert progress["replay"]["chapters"] == [{"at_seconds": 0.0, "title": "Page 1", "kind": "page"}]
    assert client.get(doors(recording)[1]).status_code == 302


def test_a_student_follows_the_making_but_watches_nothing_before_it_is_published(
    cast: Cast, recording: Recording
) -> None:
    Recording.objects.filter(pk=recording.pk).update(
        state=RecordingState.STORING, percent=92, step="uploading"
    )
    client = client_of(cast.amina)
    progress = client.get(doors(recording)[0]).json()
    assert (progress["state"], progress["percent"], progress["ready"]) == ("storing", 92, False)
    assert "replay" not in progress
    assert client.get(doors(recording)[1]).status_code == 404


def test_a_suspended_student_loses_the_recording_with_the_next_request(
    cast: Cast, recording: Recording
) -> None:
    client = client_of(cast.amina)
    assert client.get(doors(recording)[1]).status_code == 302
    people.suspend_person(institution=cast.school, person=cast.amina)
    assert client.get(doors(recording)[1]).status_code == 404


def test_watching_goes_on_where_it_stopped_each_person_for_themselves(
    cast: Cast, recording: Recording
) -> None:
    amina, bilal = client_of(cast.amina), client_of(cast.bilal)
    door = f"/lessons/{recording.lesson_id}/recording/position"
    assert amina.post(door, {"position_seconds": 31.5}, content_type="application/json").status_code == 204
    assert amina.get(doors(recording)[0]).json()["replay"]["position_seconds"] == 31.5
    assert bilal.get(doors(recording)[0]).json()["replay"]["position_seconds"] == 0.0


@pytest.mark.parametrize(
    "body",
    [
        "nonsense",
        "[" * 100_000,
        '{"position_seconds": "x"}',
        '{"position_seconds": -1}',
        '{"position_seconds": NaN}',
        "{}",
    ],
)
def test_a_position_that_is_none_is_refused(cast: Cast, recording: Recording, body: str) -> None:
    door = f"/lessons/{recording.lesson_id}/recording/position"
    assert client_of(cast.amina).post(door, body, content_type="application/json").status_code == 400


def link(recording: Recording, person: Person) -> str:
    response = client_of(person).get(doors(recording)[1])
    return str(response["Location"])


async def fetch(person: Person | None, address: str, **headers: str) -> HttpResponse:
    client = AsyncClient()
    if person is not None:
        await client.aforce_login(person, backend="django.contrib.auth.backends.ModelBackend")
    response: Any = await client.get(address, headers=headers)
    return response  # type: ignore[no-any-return]


@pytest.mark.django_db(transaction=True)
class TestTheBytes:
    """Behind the folder storage's links."""

    async def test_come_whole_and_in_ranges(self, cast: Cast, recording: Recording) -> None:
        from asgiref.sync import sync_to_async

        address = await sync_to_async(link)(recording, cast.amina)
        whole = await fetch(cast.amina, address)
        assert b"".join([chunk async for chunk in whole.streaming_content]) == BYTES  # type: ignore[attr-defined]
        part = await fetch(cast.amina, address, range="bytes=100-199")
        assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{len(BYTES)}")
        assert b"".join([chunk async for chunk in part.streaming_content]) == BYTES[100:200]  # type: ignore[attr-defined]
        assert (await fetch(cast.amina, address, range="bytes=999999-")).status_code == 416

    async def test_a_link_alone_opens_nothing(self, cast: Cast, recording: Recording) -> None:
        from asgiref.sync import sync_to_async

        address = await sync_to_async(link)(recording, cast.amina)
        assert (await fetch(None, address)).status_code == 404
        assert (await fetch(cast.stranger, address)).status_code == 404

    async def test_an_expired_or_forged_link_opens_nothing(self, cast: Cast, recording: Recording) -> None:
        past = int((timezone.now() - timedelta(seconds=1)).timestamp())
        expired = signing.dumps({"key": recording.video_key, "until": past}, salt=SALT)
        foreign = signing.dumps({"key": recording.video_key, "until": past + 1000}, salt="another")
        for token in (expired, foreign, "nonsense", ""):
            assert (await fetch(cast.teacher, f"/media?token={token}")).status_code == 404
