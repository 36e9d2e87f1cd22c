"""Links that the API hands out: into a room, to a video."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.models import ApiKey, AuditEvent, Role
from classroom.models import JoinLink, Lesson
from recordings.models import Recording
from recordings.storage import storage
from tests.api.conftest import World, asker, make_key, publish, with_key
from tests.conftest import PASSWORD, Cast, belong_to

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


def test_it_does_not_outlive_a_promotion(cast: Cast, link: str) -> None:
    """Made for a student, it must not sign in a head."""
    belong_to(cast.school, cast.amina, Role.HEAD)
    assert Client().post(link).status_code == 404


def test_a_used_up_link_looks_like_one_that_never_was(link: str) -> None:
    never = Client().get("/join/never-was")
    JoinLink.objects.update(used_at=timezone.now())
    assert bare(Client().get(link), link) == bare(never, "/join/never-was")


def links_of(cast: Cast, lesson: Lesson, who: str = "key") -> list[dict[str, Any]]:
    answer = asker(cast, who)("GET", f"/api/v1/lessons/{lesson.pk}/join-links")
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def revoke(cast: Cast, lesson: Lesson, link_id: object, who: str = "key") -> int:
    return int(asker(cast, who)("DELETE", f"/api/v1/lessons/{lesson.pk}/join-links/{link_id}").status_code)


@pytest.mark.parametrize("who", ["key", "head"])
def test_one_link_is_revoked_and_then_looks_like_one_that_never_was(
    cast: Cast, lesson: Lesson, link: str, who: str
) -> None:
    other = asker(cast, "key")(
        "POST", f"/api/v1/lessons/{lesson.pk}/join-links", {"person": str(cast.bilal.pk)}
    ).json()
    first, second = links_of(cast, lesson, who)
    assert (first["person"], second["id"]) == (str(cast.amina.pk), other["id"])
    assert revoke(cast, lesson, first["id"], who) == 204
    assert [one["id"] for one in links_of(cast, lesson, who)] == [other["id"]]
    assert bare(Client().get(link), link) == bare(Client().get("/join/never-was"), "/join/never-was")
    assert Client().post(link).status_code == 404
    ask, path = asker(cast, who), f"/api/v1/lessons/{lesson.pk}/join-links"
    again, never = (ask("DELETE", f"{path}/{one}") for one in (first["id"], lesson.pk))
    assert (again.status_code, again.content) == (404, never.content)
    assert Client().get(other["url"].removeprefix("http://127.0.0.1:8000")).status_code == 200
    [line] = AuditEvent.objects.filter(act="join_link.revoked")
    assert (line.target, line.detail["person"]) == (f"join_link:{first['id']}", str(cast.amina.pk))


def test_a_link_that_has_let_somebody_in_is_listed_and_revoking_it_puts_them_out(
    cast: Cast, lesson: Lesson, link: str
) -> None:
    client = come_by_link(link)
    [line] = links_of(cast, lesson)
    assert line["used_at"] is not None
    assert revoke(cast, lesson, line["id"]) == 204
    assert_nobody(client, f"/lessons/{lesson.pk}/room")


def test_links_that_can_do_nothing_any_more_are_not_listed(cast: Cast, lesson: Lesson, link: str) -> None:
    assert len(links_of(cast, lesson)) == 1
    JoinLink.objects.update(expires_at=timezone.now())
    assert links_of(cast, lesson) == []
    JoinLink.objects.update(used_at=timezone.now())
    assert len(links_of(cast, lesson)) == 1
    Lesson.objects.update(
        starts_at=timezone.now() - timedelta(hours=3), ends_at=timezone.now() - timedelta(hours=1)
    )
    assert links_of(cast, lesson) == []


def test_whose_link_it_is_does_not_make_it_theirs_to_revoke(cast: Cast, lesson: Lesson, link: str) -> None:
    pk = JoinLink.objects.get().pk
    assert [revoke(cast, lesson, pk, who) for who in ("teacher", "amina", "stranger")] == [403, 403, 404]
    assert Client().get(link).status_code == 200


def test_a_link_is_found_under_its_own_lesson_only(
    cast: Cast, lesson: Lesson, here: World, there: World
) -> None:
    assert revoke(cast, lesson, here.join_link.pk) == 404
    assert revoke(cast, here.lesson, there.join_link.pk) == 404
    assert revoke(cast, there.lesson, there.join_link.pk) == 404
    assert JoinLink.objects.filter(revoked_at__isnull=False).count() == 0


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


BEYOND = ("/", "/account", "/my-data", "/calendar/settings", "/connection", "/api/v1/lessons", "/search?q=a")


def come_by_link(link: str) -> Client:
    client = Client()
    assert client.post(link).status_code == 302
    return client


def assert_nobody(client: Client, address: str) -> None:
    answer = client.get(address)
    is_sent_away = answer.status_code == 302 and answer["Location"].startswith("/sign-in")
    assert is_sent_away or answer.status_code in {401, 404}, f"{address}: {answer.status_code}"


class TestWhoeverCameByALink:
    def teacher(self, cast: Cast, lesson: Lesson, key: str = "") -> Client:
        ask = with_key(key) if key else asker(cast, "key")
        made = ask("POST", f"/api/v1/lessons/{lesson.pk}/join-links", {"person": str(cast.teacher.pk)})
        return come_by_link(made.json()["url"].removeprefix("http://127.0.0.1:8000"))

    def test_is_nobody_on_every_other_page(self, cast: Cast, lesson: Lesson, here: World) -> None:
        client = self.teacher(cast, lesson)
        assert client.get(f"/lessons/{lesson.pk}/room").status_code == 200
        own = [
            f"/lessons/{lesson.pk}/{page}" for page in ("register", "register.csv", "edit", "doors", "code")
        ]
        others = [
            f"/lessons/{here.lesson.pk}/{page}"
            for page in ("", "room", "waiting", "replay", "recording/video", "register.csv")
        ]
        for address in [*BEYOND, *own, *others]:
            assert_nobody(client, address)

    def test_watches_the_replay_of_that_lesson_only(
        self, cast: Cast, lesson: Lesson, here: World, tmp_path: Path
    ) -> None:
        mine = publish(lesson)
        client = self.teacher(cast, lesson)
        assert client.get(f"/lessons/{lesson.pk}/replay").status_code == 200
        (tmp_path / "video.mp4").write_bytes(b"0123456789")
        for recording, status in ((mine, 200), (here.recording, 404)):
            storage().put(recording.video_key, tmp_path / "video.mp4", content_type="video/mp4")
            assert client.get(storage().url(recording.video_key, expires_seconds=60)).status_code == status

    def test_goes_with_the_key_that_made_the_link(self, cast: Cast, lesson: Lesson) -> None:
        key, text = make_key(cast, "join_links:write")
        client = self.teacher(cast, lesson, text)
        unused = with_key(text)(
            "POST", f"/api/v1/lessons/{lesson.pk}/join-links", {"person": str(cast.amina.pk)}
        )
        people.revoke_api_key(key=key, by=cast.head, now=timezone.now())
        assert_nobody(client, f"/lessons/{lesson.pk}/room")
        assert Client().post(unused.json()["url"].removeprefix("http://127.0.0.1:8000")).status_code == 404

    def test_goes_when_the_key_expires(self, cast: Cast, lesson: Lesson) -> None:
        key, text = make_key(cast, "join_links:write")
        client = self.teacher(cast, lesson, text)
        ApiKey.objects.filter(pk=key.pk).update(valid_to=timezone.now())
        assert_nobody(client, f"/lessons/{lesson.pk}/room")

    def test_goes_an_hour_after_the_end(self, cast: Cast, lesson: Lesson) -> None:
        client = self.teacher(cast, lesson)
        now = timezone.now()
        Lesson.objects.update(starts_at=now - timedelta(hours=3), ends_at=now - timedelta(hours=1))
        assert_nobody(client, f"/lessons/{lesson.pk}/room")

    def test_has_a_whole_session_after_signing_in_themselves(
        self, cast: Cast, lesson: Lesson, link: str
    ) -> None:
        client = come_by_link(link)
        client.post("/sign-in", {"username": cast.amina.email, "password": PASSWORD})
        assert client.get("/account").status_code == 200
        assert client.session.get_expiry_age() > 7 * 3600

    def test_who_had_signed_in_before_keeps_that(self, cast: Cast, lesson: Lesson, link: str) -> None:
        client = Client()
        client.force_login(cast.amina, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(link).status_code == 302
        assert client.get("/account").status_code == 200


def test_to_schedule_lessons_is_not_to_let_people_in(cast: Cast, lesson: Lesson) -> None:
    ask = with_key(make_key(cast, "lessons:write")[1])
    answer = ask("POST", f"/api/v1/lessons/{lesson.pk}/join-links", {"person": str(cast.teacher.pk)})
    assert (answer.status_code, answer.json()["code"]) == (403, "missing_scope")


def test_the_stranger_finds_no_lesson_to_make_a_link_for(cast: Cast, lesson: Lesson) -> None:
    ask = asker(cast, "stranger")
    answer = ask("POST", f"/api/v1/lessons/{lesson.pk}/join-links", {"person": str(cast.stranger.pk)})
    assert answer.status_code == 404
