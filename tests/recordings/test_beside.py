"""What a player shows beside the video: who gets it, and what is in it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import brotli
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from classroom import actions as lessons
from classroom.models import Lesson, Standing
from recordings import actions
from recordings.board_log import board_log, edits_of
from recordings.models import (
    Captions,
    Note,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    RenditionState,
)
from recordings.thumbnails import Sheets, to_webvtt
from tests.conftest import Cast
from tests.housekeeping.scenes import hold_lesson, publish
from tests.tiers import sampled

pytestmark = pytest.mark.django_db
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"


@pytest.fixture
def recording(cast: Cast) -> Recording:
    held = hold_lesson(cast, ended_at=timezone.now() - timedelta(days=1))
    made = publish(held, cast.amina)
    actions.upload_captions(recording=made, language="en", data=SRT, by=cast.teacher, now=timezone.now())
    return made


def client_of(person: Person | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def door(recording: Recording, name: str) -> str:
    return f"/lessons/{recording.lesson_id}/recording/{name}"


DOORS = (
    "board",
    "captions/en.vtt",
    "thumbnails.vtt",
    "thumbnails.jpg",
    "notes",
    "notes.txt",
    "pack",
    "pack.zip",
)


@pytest.mark.parametrize("who", ["stranger", "guest", "guardian", None])
@pytest.mark.parametrize("name", sampled(DOORS, every=3))
def test_whoever_may_not_watch_learns_nothing(
    cast: Cast, recording: Recording, who: str | None, name: str
) -> None:
    ready(recording, RenditionKind.THUMBNAILS, about=about_sheets())
    ready(recording, RenditionKind.PACK)
    client = client_of(getattr(cast, who) if who else None)
    existing = client.get(door(recording, name))
    missing = client.get(door(recording, name).replace(str(recording.lesson_id), str(uuid.uuid4())))
    assert (existing.status_code, missing.status_code) == (404, 404)


def ready(recording: Recording, kind: RenditionKind, **fields: Any) -> Rendition:
    return Rendition.objects.create(
        recording=recording,
        kind=kind,
        state=RenditionState.READY,
        wanted_at=timezone.now(),
        made_at=timezone.now(),
        object_key=f"here/{kind}",
        extra_keys=["here/sheet.jpg"],
        **fields,
    )


def about_sheets() -> dict[str, Any]:
    return {"every_seconds": 4.0, "number": 15, "columns": 10, "width": 160, "height": 90}


def test_the_board_comes_compressed_and_only_once(cast: Cast, recording: Recording) -> None:
    amina = client_of(cast.amina)
    first = amina.get(door(recording, "board"), headers={"Accept-Encoding": "gzip, br"})
    whole = board_log(edits_of(recording))
    assert first["Content-Encoding"] == "br" and brotli.decompress(first.content) == whole
    plain = amina.get(door(recording, "board"))
    assert not plain.has_header("Content-Encoding") and plain.content == whole
    again = amina.get(door(recording, "board"), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_player_is_told_what_there_is(cast: Cast, recording: Recording) -> None:
    ready(recording, RenditionKind.AUDIO)
    ready(recording, RenditionKind.THUMBNAILS, about=about_sheets())
    replay = client_of(cast.amina).get(door(recording, "progress")).json()["replay"]
    assert replay["smaller"] == {"audio": door(recording, "video?as=audio")}
    assert replay["board"]["src"] == door(recording, "board")
    assert replay["board"]["pictures"] == door(recording, "pictures/")
    assert [one["label"] for one in replay["captions"]] == ["English"]
    assert replay["thumbnails"] == {"src": door(recording, "thumbnails.jpg"), **about_sheets()}


def test_while_it_is_composed_only_staff_get_the_board_beside_what_was_filmed(
    cast: Cast, recording: Recording
) -> None:
    Recording.objects.filter(pk=recording.pk).update(state=RecordingState.COMPOSING)
    teacher, amina = client_of(cast.teacher), client_of(cast.amina)
    assert teacher.get(door(recording, "board")).status_code == 404
    ready(recording, RenditionKind.RAW, about={"starts_at": 1000.0, "duration_seconds": 60.0})
    assert teacher.get(door(recording, "board")).status_code == 200
    assert amina.get(door(recording, "board")).status_code == 404
    early = teacher.get(door(recording, "progress")).json()["early"]
    assert early["board"]["spans"] == [[1000.0, 1060.0]]
    assert "early" not in amina.get(door(recording, "progress")).json()


def test_a_picture_of_another_board_is_not_there(cast: Cast, recording: Recording) -> None:
    response = client_of(cast.amina).get(door(recording, f"pictures/{uuid.uuid4()}/1"))
    assert response.status_code == 404


def test_captions_are_a_track(cast: Cast, recording: Recording) -> None:
    response = client_of(cast.amina).get(door(recording, "captions/en.vtt"))
    assert response.content == b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n"
    assert client_of(cast.amina).get(door(recording, "captions/xx.vtt")).status_code == 404


def test_an_engine_never_writes_over_what_people_wrote(cast: Cast, recording: Recording) -> None:
    from recordings.vtt import Cue

    heard = [Cue(0.0, 1.0, "Hallo")]
    now = timezone.now()
    assert actions.keep_automatic_captions(recording=recording, language="en", cues=heard, now=now) is None
    assert actions.keep_automatic_captions(recording=recording, language="sw", cues=heard, now=now)
    actions.upload_captions(recording=recording, language="sw", data=SRT, by=cast.teacher, now=now)
    kept = Captions.objects.get(recording=recording, language="sw")
    assert (kept.is_automatic, kept.cues.get().text) == (False, "Hello")


def test_previews_are_places_on_one_sheet() -> None:
    sheets = Sheets(30.0, 120, columns=10, width=160, height=90)
    cues = to_webvtt(sheets, "/s.jpg").split("\n\n")
    assert len(cues) == 121
    assert cues[12].strip() == "00:05:30.000 --> 00:06:00.000\n/s.jpg#xywh=160,90,160,90"


# Notes


def test_notes_are_their_writers_alone(cast: Cast, recording: Recording) -> None:
    amina, bilal = client_of(cast.amina), client_of(cast.bilal)
    body = {"at_seconds": 31.26, "text": " Ask about ½ "}
    made = amina.post(door(recording, "notes"), body, content_type="application/json")
    assert (made.status_code, made.json()["at_seconds"], made.json()["text"]) == (201, 31.3, "Ask about ½")
    address = door(recording, f"notes/{made.json()['id']}")
    for other in (bilal, client_of(cast.teacher), client_of(cast.head)):
        assert other.get(door(recording, "notes")).json() == {"notes": []}
        assert other.put(address, {"text": "Mine"}, content_type="application/json").status_code == 404
        assert other.delete(address).status_code == 404
    assert amina.put(address, {"text": "Later"}, content_type="application/json").json()["text"] == "Later"
    text = amina.get(door(recording, "notes.txt"))
    assert text["Content-Disposition"] == 'attachment; filename="Fractions.txt"'
    assert text.content.decode().splitlines()[2] == "0:00:31  Later"
    assert amina.delete(address).status_code == 204
    assert not Note.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"text": "No time"},
        {"at_seconds": -1, "text": "x"},
        {"at_seconds": 1, "text": "  "},
        {"at_seconds": 1},
    ],
)
def test_a_note_without_words_or_time_is_refused(
    cast: Cast, recording: Recording, body: dict[str, object]
) -> None:
    response = client_of(cast.amina).post(door(recording, "notes"), body, content_type="application/json")
    assert response.status_code == 400


def test_a_recordings_end_is_the_end_of_what_was_noted_and_captioned(
    cast: Cast, recording: Recording
) -> None:
    from recordings import expiry

    actions.write_note(recording=recording, person=cast.amina, at_seconds=1, text="x", now=timezone.now())
    actions.name_chapters(recording=recording, titles={0: "Named"}, by=cast.teacher, now=timezone.now())
    expiry.doom(recording, days=1, now=timezone.now())
    expiry.expire(recording.pk)
    recording.refresh_from_db()
    left = (recording.notes, recording.captions, recording.chapter_titles, recording.chapters)
    assert [rows.count() for rows in left] == [0, 0, 0, 0]


# Light pack, as far as it is asked for


def test_a_pack_is_made_when_somebody_asks_and_again_when_something_changed(
    cast: Cast, recording: Recording
) -> None:
    amina = client_of(cast.amina)
    assert amina.get(door(recording, "pack")).json() == {"state": "", "percent": 0, "size_bytes": None}
    assert amina.post(door(recording, "pack")).json()["state"] == "wanted"
    assert amina.delete(door(recording, "pack")).json()["state"] == ""
    assert amina.get(door(recording, "pack.zip")).status_code == 404
    ready(recording, RenditionKind.PACK, size_bytes=1234)
    assert amina.post(door(recording, "pack")).json() == {"state": "ready", "percent": 0, "size_bytes": 1234}
    assert amina.get(door(recording, "pack.zip")).status_code == 302
    # What is ready is everybody's: nobody cancels it.
    assert amina.delete(door(recording, "pack")).json()["state"] == "ready"
    now = timezone.now()
    actions.upload_captions(recording=recording, language="fr", data=SRT, by=cast.teacher, now=now)
    assert amina.post(door(recording, "pack")).json()["state"] == "wanted"


def test_chapters_come_from_everything_that_people_look_for(cast: Cast, lesson: Lesson) -> None:
    from recordings.moments import moments_of

    made = Recording.objects.create(lesson=lesson, state_at=timezone.now())
    occupant = uuid.uuid4()
    now = timezone.now()
    lessons.enter_room(
        room=lesson.room,
        person=cast.teacher,
        standing=Standing.TEACHER,
        occupant=occupant,
        connection="",
        now=now,
    )

    def share(on: bool, at: float) -> None:
        lessons.change_media(
            room=lesson.room,
            occupant=occupant,
            microphone=True,
            camera=True,
            screen=on,
            now=now + timedelta(seconds=at),
        )

    share(True, 1)
    share(True, 2)
    share(False, 3)
    assert [(one.kind, one.title) for one in moments_of(made, "Page 1")] == [
        ("screen", "Shared screen"),
        ("page", "Page 1"),
    ]


def test_a_teachers_title_outlives_the_next_composition(cast: Cast, recording: Recording) -> None:
    from recordings.chapters import Chapter

    found = [Chapter(0, 30, "Page 1", key="start"), Chapter(30, 60, "Quiz 1", "quiz", "quiz.opened:1")]
    actions.keep_chapters(recording=recording, found=found)
    actions.name_chapters(
        recording=recording, titles={0: "", 1: "Which is a half?"}, by=cast.teacher, now=timezone.now()
    )
    moved = [Chapter(0, 20, "Page 1", key="start"), Chapter(20, 60, "Quiz 1", "quiz", "quiz.opened:1")]
    named = actions.keep_chapters(recording=recording, found=moved)
    assert [one.title for one in named] == ["Page 1", "Which is a half?"]
    rows = recording.chapters.values_list("starts_seconds", "title", "automatic_title")
    assert list(rows) == [(0, "Page 1", "Page 1"), (20, "Which is a half?", "Quiz 1")]
    actions.name_chapters(recording=recording, titles={1: ""}, by=cast.teacher, now=timezone.now())
    assert recording.chapters.get(position=1).title == "Quiz 1"
