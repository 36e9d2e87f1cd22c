"""Links that the API hands out: into a room, to a video."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import AuditEvent, Role
from classroom.models import JoinLink, Lesson
from recordings.models import Recording
from recordings.storage import storage
from tests.api.conftest import World, asker
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(cast: Cast, lesson: Lesson) -> str:
    """A path into the lesson that runs now, for Amina."""
    response = asker(cast, "key")(
        "POST", f"/api/v1/lessons/{lesson.pk}/join-links", {"person": str(cast.amina.pk)}
    )
    return str(response.json()["url"]).removeprefix("http://127.0.0.1:8000")


def test_it_opens_the_room_once_and_signs_one_person_in(cast: Cast, lesson: Lesson, link: str) -> None:
    client = Client()
    assert "Amina" in client.get(link).content.decode()
    assert client.get("/").status_code == 302, "looking at the link signs nobody in"
    assert client.post(link)["Location"] == f"/lessons/{lesson.pk}/room"
    assert client.get(f"/lessons/{lesson.pk}/room").status_code == 200
    assert (Client().post(link).status_code, Client().get(link).status_code) == (404, 404)
    acts = list(
        AuditEvent.objects.filter(act__startswith="join_link").order_by("seq").values_list("act", flat=True)
    )
    assert acts == ["join_link.made", "join_link.used"]


def test_it_does_not_outlive_its_minutes(link: str) -> None:
    JoinLink.objects.update(expires_at=timezone.now())
    assert Client().post(link).status_code == 404


def test_it_does_not_outlive_a_suspension(cast: Cast, link: str) -> None:
    people.suspend_person(institution=cast.school, person=cast.amina)
    assert Client().post(link).status_code == 404


def test_a_used_up_link_looks_like_one_that_never_was(link: str) -> None:
    never = Client().get("/join/never-was")
    JoinLink.objects.update(used_at=timezone.now())
    assert bare(Client().get(link), link) == bare(never, "/join/never-was")


def bare(answer: Any, asked: str) -> str:
    """Without the address that was asked for and the form's token."""
    return re.sub(r'(csrfmiddlewaretoken" value=")\w+', r"\1", answer.content.decode().replace(asked, ""))


def test_whoever_has_power_or_another_school_signs_in_themselves(cast: Cast, lesson: Lesson) -> None:
    ask, address = asker(cast, "key"), f"/api/v1/lessons/{lesson.pk}/join-links"
    assert ask("POST", address, {"person": str(cast.head.pk)}).json()["code"] == "too_powerful"
    belong_to(cast.elsewhere, cast.bilal, Role.STUDENT)
    assert ask("POST", address, {"person": str(cast.bilal.pk)}).json()["code"] == "too_powerful"


def test_somebody_of_another_school_looks_like_nobody(cast: Cast, lesson: Lesson, there: World) -> None:
    ask, address = asker(cast, "key"), f"/api/v1/lessons/{lesson.pk}/join-links"
    theirs, none = (ask("POST", address, {"person": str(pk)}) for pk in (there.person.pk, lesson.pk))
    assert theirs.status_code == 409
    assert theirs.content == none.content


def test_the_link_to_a_video_opens_without_a_session_until_it_expires(
    cast: Cast, here: World, tmp_path: Path
) -> None:
    (tmp_path / "video.mp4").write_bytes(b"0123456789")
    storage().put(here.recording.video_key, tmp_path / "video.mp4", content_type="video/mp4")
    made = asker(cast, "reader")("POST", f"/api/v1/recordings/{here.recording.pk}/links").json()
    answer = Client().get(made["url"].removeprefix("http://127.0.0.1:8000"))
    assert (answer.status_code, answer["Content-Length"]) == (200, "10")
    assert AuditEvent.objects.filter(act="recording.linked").count() == 1


def test_a_link_to_what_is_not_ready_is_not_made(cast: Cast, here: World) -> None:
    Recording.objects.update(state="composing")
    response = asker(cast, "key")("POST", f"/api/v1/recordings/{here.recording.pk}/links")
    assert (response.status_code, response.json()["code"]) == (409, "not_ready")
