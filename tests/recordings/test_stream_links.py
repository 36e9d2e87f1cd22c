"""Links for viewers outside: what they open, to whom, for how long, and what everybody else learns (nothing)."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import AnswerSource, AuditEvent, Institution, RecordingAnswer
from classroom.models import Lesson
from common.refusals import Refused
from housekeeping.leftovers import LEFTOVERS
from recordings import actions
from recordings.models import Broadcast, BroadcastState, OutsideViewer, StreamLink
from recordings.streaming import passes
from recordings.streaming.host import shelf_of
from tests.conftest import Cast
from tests.recordings.test_api import bare, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def broadcast(lesson: Lesson) -> Broadcast:
    """Shown, with one piece on its shelf."""
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(is_streamed=True, status="live", opened_at=now)
    lesson.refresh_from_db()
    made = Broadcast.objects.create(lesson=lesson, state=BroadcastState.LIVE, state_at=now, shown_at=now)
    shelf: Path = shelf_of(made.pk)
    shelf.mkdir(parents=True)
    (shelf / "top.m3u8").write_text("#EXTM3U\n")
    return made


def make_link(cast: Cast, lesson: Lesson, **said: Any) -> tuple[StreamLink, str]:
    return actions.create_stream_link(lesson=lesson, by=cast.teacher, now=timezone.now(), **said)


def ask(client: Client, secret: str, viewer: uuid.UUID | None = None, **said: Any) -> Any:
    body = {"viewer": str(viewer or uuid.uuid4()), **said}
    return client.post(f"/watch/{secret}/pass", body, content_type="application/json")


def playlist_of(broadcast: Broadcast) -> str:
    return f"/streams/{broadcast.pk}/top.m3u8"


def test_whoever_has_the_link_watches_and_takes_part_in_nothing(cast: Cast, broadcast: Broadcast) -> None:
    lesson = broadcast.lesson
    teacher = client_of(cast.teacher)
    page = teacher.post(f"/lessons/{lesson.pk}/stream/links", {"label": "Parents"}).content.decode()
    address = page.partition('id="new-link" value="')[2].partition('"')[0]
    secret = address.rpartition("/")[2]
    assert "/watch/" in address and len(secret) > 20
    assert secret not in str(StreamLink.objects.values()[0])
    assert secret not in teacher.get(f"/lessons/{lesson.pk}/stream").content.decode()

    nobody = Client()
    shown = nobody.get(f"/watch/{secret}")
    assert shown.status_code == 200 and shown["X-Robots-Tag"].startswith("noindex")
    assert "_socket" not in shown.content.decode() and str(lesson.pk) not in shown.content.decode()
    assert nobody.get(playlist_of(broadcast)).status_code == 404
    told = ask(nobody, secret)
    assert told.json()["state"] == "live"
    cookie = told.cookies[passes.COOKIE]
    assert (cookie["path"], cookie["max-age"]) == (f"/streams/{broadcast.pk}/", 30)
    assert nobody.get(playlist_of(broadcast)).status_code == 200
    for door in ("/", "/live", "/room", "/replay"):
        assert nobody.get(f"/lessons/{lesson.pk}{door}").status_code in {302, 404}


def test_a_password_stands_before_everything(cast: Cast, broadcast: Broadcast) -> None:
    _link, secret = make_link(cast, broadcast.lesson, password="open-sesame")
    _other, other_secret = make_link(cast, broadcast.lesson, password="open-sesame")
    nobody = Client()
    asked = nobody.get(f"/watch/{secret}").content.decode()
    assert 'type="password"' in asked and "pass_url" not in asked
    assert bare(ask(nobody, secret)) == bare(ask(nobody, "no-such-link"))
    wrong = nobody.post(f"/watch/{secret}", {"password": "open-barley"})
    assert wrong.status_code == 400 and "not the password" in wrong.content.decode()
    assert nobody.post(f"/watch/{secret}", {"password": "open-sesame"}).status_code == 302
    assert ask(nobody, secret).status_code == 200
    nobody.cookies[passes.DOOR_COOKIE]["path"] = ""  # sent along elsewhere, it opens nothing there
    assert ask(nobody, other_secret).status_code == 404
    assert "open-sesame" not in str(list(StreamLink.objects.values()))


def test_whoever_guesses_must_wait_and_the_right_password_too(cast: Cast, broadcast: Broadcast) -> None:
    _link, secret = make_link(cast, broadcast.lesson, password="open-sesame")
    nobody = Client()
    codes = [nobody.post(f"/watch/{secret}", {"password": f"guess-{n}"}).status_code for n in range(31)]
    # A minute may turn while they guess.
    assert set(codes) <= {400, 429} and (429 in codes or codes.count(400) == 31)
    if codes[-1] == 429:
        assert nobody.post(f"/watch/{secret}", {"password": "open-sesame"}).status_code == 429


def test_revoked_expired_and_wrong_ones_are_the_same_page_that_does_not_exist(
    cast: Cast, broadcast: Broadcast
) -> None:
    lesson, now = broadcast.lesson, timezone.now()
    nobody = Client()
    missing = nobody.get("/watch/no-such-link")
    assert missing.status_code == 404
    revoked, one = make_link(cast, lesson)
    watched = ask(nobody, one)
    assert watched.status_code == 200
    client_of(cast.teacher).post(f"/lessons/{lesson.pk}/stream/links/{revoked.pk}/revoke")
    _old, two = make_link(cast, lesson, expires_at=now + timedelta(hours=1))
    StreamLink.objects.filter(fingerprint=_old.fingerprint).update(expires_at=now)
    for secret in (one, two):
        assert bare(nobody.get(f"/watch/{secret}")) == bare(missing)
        assert bare(ask(nobody, secret)) == bare(ask(nobody, "no-such-link"))
    _third, three = make_link(cast, lesson)
    Institution.objects.filter(pk=cast.school.pk).update(policy={"guests_allowed": False})
    assert nobody.get(f"/watch/{three}").status_code == 404
    acts = AuditEvent.objects.filter(act__startswith="stream_link.").values_list("act", flat=True)
    assert sorted(acts) == ["stream_link.created"] * 3 + ["stream_link.revoked"]


def test_browsers_are_counted_once_and_the_link_has_an_end(cast: Cast, broadcast: Broadcast) -> None:
    link, secret = make_link(cast, broadcast.lesson, most_viewers=2)
    nobody, first, second = Client(), uuid.uuid4(), uuid.uuid4()
    assert [ask(nobody, secret, one).status_code for one in (first, second, first)] == [200, 200, 200]
    assert ask(nobody, secret).status_code == 404
    link.refresh_from_db()
    assert (link.viewers, OutsideViewer.objects.count()) == (2, 2)
    teacher = client_of(cast.teacher)
    assert "watching now: 2" in teacher.get(f"/lessons/{broadcast.lesson_id}/stream").content.decode()
    assert ask(nobody, secret, first, leaving=True).status_code == 204
    assert "watching now: 1" in teacher.get(f"/lessons/{broadcast.lesson_id}/stream").content.decode()
    assert ask(nobody, secret, first).status_code == 200
    later = timezone.now() + timedelta(days=2)
    [viewers] = [one for one in LEFTOVERS if one.name == "outside_viewers"]
    assert viewers.due(later).count() == 2


def refuse_amina(cast: Cast) -> None:
    people.decide_recording(
        institution=cast.school,
        people=[cast.amina],
        answer=RecordingAnswer.REFUSED,
        source=AnswerSource.API,
        by=cast.head,
        now=timezone.now(),
    )


def test_nothing_is_shown_outside_while_somebody_takes_part_who_must_not_be_recorded(
    cast: Cast, broadcast: Broadcast
) -> None:
    _link, secret = make_link(cast, broadcast.lesson)
    refuse_amina(cast)
    told = ask(Client(), secret)
    assert (told.json()["state"], told.json()["src"]) == ("interrupted", None)
    assert passes.COOKIE not in told.cookies
    with pytest.raises(Refused, match="stream_protected"):
        make_link(cast, broadcast.lesson)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_streamed": False}, "stream_not_planned"),
        ({"status": "ended", "ended_at": timezone.now()}, "lesson_over"),
    ],
    ids=["no stream", "over"],
)
def test_no_link_is_made_to_what_nobody_can_watch(
    cast: Cast, broadcast: Broadcast, change: dict[str, Any], code: str
) -> None:
    Lesson.objects.filter(pk=broadcast.lesson_id).update(**change)
    lesson = Lesson.objects.get(pk=broadcast.lesson_id)
    with pytest.raises(Refused, match=code):
        make_link(cast, lesson)
    assert client_of(cast.teacher).post(f"/lessons/{lesson.pk}/stream/links").status_code == 200
    assert not StreamLink.objects.exists()


def test_others_make_and_revoke_no_links(cast: Cast, broadcast: Broadcast) -> None:
    lesson = broadcast.lesson
    link, _secret = make_link(cast, lesson)
    door = f"/lessons/{lesson.pk}/stream/links"
    for who, code in ((cast.amina, 403), (cast.stranger, 404), (None, 302)):
        client = client_of(who)
        assert client.post(door).status_code == code
        assert client.post(f"{door}/{link.pk}/revoke").status_code == code
    stranger = client_of(cast.stranger)
    missing = stranger.post("/lessons/7b6f0b0e-1111-4222-8333-444455556666/stream/links")
    assert bare(stranger.post(door)) == bare(missing)
    link.refresh_from_db()
    assert (StreamLink.objects.count(), link.revoked_at) == (1, None)


def test_wrong_fields_are_named_and_nothing_that_was_typed_is_lost(cast: Cast, broadcast: Broadcast) -> None:
    said = {"label": "Parents", "password": "short", "most_viewers": "0", "hours": "9999"}
    page = client_of(cast.teacher).post(f"/lessons/{broadcast.lesson_id}/stream/links", said).content.decode()
    assert page.count("form-errors") == 3
    assert all(f'value="{value}"' in page for value in said.values())
    assert not StreamLink.objects.exists()
