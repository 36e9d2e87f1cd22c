"""The pages at the doors: guests with a link, members who wait, staff who decides."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.actions import decide_recording
from accounts.models import AnswerSource, Person, RecordingAnswer
from classroom import actions
from classroom.models import GuestLink, Knock, KnockState, Lesson, Lobby
from dashboard.views.guests import KNOCKS_AN_ADDRESS, flood_key
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
ADDRESS = re.compile(r"/g/([\w-]+)")


@pytest.fixture(autouse=True)
def no_floods() -> None:
    cache.clear()


@pytest.fixture
def secret(cast: Cast, lesson: Lesson) -> str:
    return actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())[1]


def knock(secret: str, name: str = "Rosa", client: Client | None = None) -> Client:
    client = client or Client()
    response = client.post(f"/g/{secret}", {"name": name})
    assert (response.status_code, response["Location"]) == (302, f"/g/{secret}")
    return client


def admit(cast: Cast) -> None:
    actions.admit_knock(knock=Knock.objects.latest("asked_at"), by=cast.teacher, now=timezone.now())


def test_the_door_says_whom_a_guest_may_be_who_must_not_be_recorded(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    knock(secret, "Amina")
    told, door = "This may be Amina, who is not to be recorded.", f"/lessons/{lesson.pk}/doors"
    assert told not in client_of(cast.teacher).get(door).content.decode()
    decide_recording(
        institution=cast.school,
        people=[cast.amina],
        answer=RecordingAnswer.REFUSED,
        source=AnswerSource.GUARDIAN,
        by=cast.guardian,
        now=timezone.now(),
    )
    assert told in client_of(cast.teacher).get(door).content.decode()


def later(cast: Cast, minutes: int = 60) -> Lesson:
    begun = timezone.now() + timedelta(minutes=minutes)
    return actions.schedule_lesson(
        course=cast.course,
        title="Later",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )


def test_a_guest_knocks_waits_and_is_led_into_the_room(cast: Cast, lesson: Lesson, secret: str) -> None:
    first = Client().get(f"/g/{secret}").content.decode()
    assert "Fractions" in first
    assert "Here" in first
    guest = knock(secret)
    page = guest.get(f"/g/{secret}").content.decode()
    assert "You are at the door" in page
    assert "<bdi>Rosa</bdi>" in page
    assert guest.get(f"/g/{secret}/room")["Location"] == f"/g/{secret}"
    admit(cast)
    assert guest.get(f"/g/{secret}")["Location"] == f"/g/{secret}/room"
    room = guest.get(f"/g/{secret}/room")
    assert room.status_code == 200
    data = room.context["page_data"]
    assert (data["person"]["name"], data["person"]["role"]) == ("Rosa", "guest")
    assert (data["may_manage"], data["replay_url"], data["summary_url"]) == (False, None, None)
    sockets = {name: address for name, address in data.items() if name.endswith("_socket")}
    assert sockets.pop("heatmap_socket") is None
    assert len(sockets) >= 3
    knocked = Knock.objects.get()
    assert all(address.endswith(f"/?guest={knocked.pk}") for address in sockets.values()), sockets


def test_whoever_left_comes_back_by_a_button_and_not_by_itself(cast: Cast, secret: str) -> None:
    guest = knock(secret)
    admit(cast)
    page = guest.get(f"/g/{secret}", {"left": ""})
    assert page.status_code == 200
    assert f"/g/{secret}/room" in page.content.decode()


def test_a_guest_who_was_put_out_does_not_come_back_by_the_link(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    guest = knock(secret)
    admit(cast)
    person = Knock.objects.latest("asked_at").person
    assert person is not None
    assert guest.get(f"/g/{secret}/room").status_code == 200
    actions.put_out(lesson=lesson, person=person, by=cast.teacher, now=timezone.now())
    assert guest.get(f"/g/{secret}/room").status_code == 403


def test_another_browser_with_the_same_link_is_somebody_else(cast: Cast, secret: str) -> None:
    knock(secret)
    admit(cast)
    assert Client().get(f"/g/{secret}/room")["Location"] == f"/g/{secret}"
    forged = Client()
    forged.cookies[settings.GUEST_COOKIE_NAME] = "x" * 43
    assert forged.get(f"/g/{secret}/room")["Location"] == f"/g/{secret}"


def closed(path: str, client: Client) -> tuple[int, bytes]:
    answer = client.get(path)
    return answer.status_code, answer.content.replace(path.encode(), b"*")


def test_wrong_expired_revoked_and_cancelled_are_one_and_the_same_page(cast: Cast, lesson: Lesson) -> None:
    def make(**changes: Any) -> str:
        link, secret = actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())
        GuestLink.objects.filter(pk=link.pk).update(**changes)
        return secret

    secrets = ["wrong", make(expires_at=timezone.now()), make(revoked_at=timezone.now())]
    cancelled = later(cast)
    _, of_cancelled = actions.create_guest_link(lesson=cancelled, by=cast.teacher, now=timezone.now())
    Lesson.objects.filter(pk=cancelled.pk).update(status="cancelled")
    token = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
    answers = {
        (status, token.sub(b"", body))
        for secret in [*secrets, of_cancelled]
        for status, body in [closed(f"/g/{secret}", Client())]
    }
    assert [status for status, _ in answers] == [404]
    for secret in [*secrets, of_cancelled]:
        assert Client().post(f"/g/{secret}", {"name": "Rosa"}).status_code == 404
    assert not Knock.objects.exists()


def test_a_guest_inside_stays_when_the_link_runs_out_but_not_when_it_is_revoked(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    guest = knock(secret)
    admit(cast)
    GuestLink.objects.update(expires_at=timezone.now())
    assert guest.get(f"/g/{secret}/room").status_code == 200
    assert Client().get(f"/g/{secret}").status_code == 404
    actions.revoke_guest_link(link=GuestLink.objects.get(), by=cast.teacher, now=timezone.now())
    assert guest.get(f"/g/{secret}/room").status_code == 404


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 61, "\x00Rosa"])
def test_a_bad_name_is_told_at_the_field_and_nobody_knocks(secret: str, name: str) -> None:
    answer = Client().post(f"/g/{secret}", {"name": name})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Knock.objects.exists()


def test_markup_in_a_name_is_only_a_name(cast: Cast, lesson: Lesson, secret: str) -> None:
    knock(secret, "<script>alert(1)</script>")
    page = client_of(cast.teacher).get(f"/lessons/{lesson.pk}/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_before_the_doors_a_guest_sees_when_they_open_and_cannot_knock(cast: Cast) -> None:
    _, secret = actions.create_guest_link(lesson=later(cast), by=cast.teacher, now=timezone.now())
    page = Client().get(f"/g/{secret}").content.decode()
    assert "The doors open in 45 minutes" in page
    assert 'name="name"' not in page
    assert Client().post(f"/g/{secret}", {"name": "Rosa"}).status_code == 400


def test_a_guest_may_stop_waiting_and_knock_again(secret: str) -> None:
    guest = knock(secret)
    guest.post(f"/g/{secret}", {"withdraw": "1"})
    assert Knock.objects.get().state == KnockState.WITHDRAWN
    assert 'value="Rosa"' in guest.get(f"/g/{secret}").content.decode()


def test_a_refused_guest_is_told_so(cast: Cast, secret: str) -> None:
    guest = knock(secret)
    actions.refuse_knock(knock=Knock.objects.get(), by=cast.teacher, now=timezone.now())
    assert "You were not let in" in guest.get(f"/g/{secret}").content.decode()


def test_an_address_that_floods_is_slowed_down_and_loses_nothing(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    knock(secret)
    cache.set(flood_key("127.0.0.1"), KNOCKS_AN_ADDRESS, 60)
    answer = Client().post(f"/g/{secret}", {"name": "Rosa"})
    assert answer.status_code == 429
    assert 'value="Rosa"' in answer.content.decode()
    assert Knock.objects.count() == 1


def test_without_redis_a_guest_can_still_knock(secret: str, settings: Any) -> None:
    away = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    knock(secret)
    assert Knock.objects.get().state == KnockState.WAITING


def test_a_guest_opens_no_other_door(cast: Cast, lesson: Lesson, secret: str) -> None:
    guest = knock(secret)
    admit(cast)
    own = f"/lessons/{lesson.pk}"
    doors = ["/", f"{own}/", f"{own}/room", f"{own}/replay", f"{own}/register", f"{own}/doors"]
    for path in [*doors, f"{own}/register.csv", f"{own}/waiting", "/lessons/new", "/meetings/start"]:
        answer = guest.get(path)
        assert answer.status_code in {302, 403, 404}, path
        if answer.status_code == 302:
            assert answer["Location"].startswith("/sign-in"), path


def test_a_member_with_the_guest_link_is_shown_the_own_door(cast: Cast, lesson: Lesson, secret: str) -> None:
    own = f'href="/lessons/{lesson.pk}/"'
    assert own in client_of(cast.amina).get(f"/g/{secret}").content.decode()
    assert own not in client_of(cast.stranger).get(f"/g/{secret}").content.decode()


# Staff


def test_a_new_link_is_shown_once_and_then_only_counted(cast: Cast, lesson: Lesson) -> None:
    client = client_of(cast.teacher)
    made = client.post(f"/lessons/{lesson.pk}/guest-links", {"label": "For Rosa"})
    found = ADDRESS.search(made.content.decode())
    assert found
    assert Client().get(f"/g/{found[1]}").status_code == 200
    for path in (f"/lessons/{lesson.pk}/", f"/lessons/{lesson.pk}/doors"):
        page = client.get(path).content.decode()
        assert "For Rosa" in page
        assert found[1] not in page


@pytest.mark.parametrize("wrong", [{"max_guests": "0"}, {"max_guests": "x"}, {"until": "never"}])
def test_a_wrong_form_for_a_link_says_so_and_keeps_what_was_typed(
    cast: Cast, lesson: Lesson, wrong: dict[str, str]
) -> None:
    form = {"label": "For Rosa", "max_guests": "3", **wrong}
    answer = client_of(cast.teacher).post(f"/lessons/{lesson.pk}/guest-links", form)
    assert answer.status_code == 400
    assert 'value="For Rosa"' in answer.content.decode()
    assert not GuestLink.objects.exists()


def test_a_link_that_would_end_before_now_is_refused_at_the_form(cast: Cast, lesson: Lesson) -> None:
    answer = client_of(cast.teacher).post(f"/lessons/{lesson.pk}/guest-links", {"until": "start"})
    assert answer.status_code == 400
    assert "has begun already" in answer.content.decode()


def test_the_teacher_decides_without_any_script(cast: Cast, lesson: Lesson, secret: str) -> None:
    for name in ("Rosa", "Pia", "Otto"):
        knock(secret, name)
    ids = {one.name: str(one.pk) for one in Knock.objects.all()}
    client, door = client_of(cast.teacher), f"/lessons/{lesson.pk}/knocks"
    client.post(door, {"admit": ids["Rosa"]})
    client.post(door, {"refuse": ids["Pia"]})
    client.post(door, {"admit_all": "1"})
    states = dict(Knock.objects.values_list("name", "state"))
    assert states == {"Rosa": "admitted", "Pia": "refused", "Otto": "admitted"}
    client.post(door, {"refuse": ids["Rosa"]})  # put out
    assert Knock.objects.get(name="Rosa").state == KnockState.REFUSED


@pytest.mark.parametrize("raw", ["", "x", "6f1c1a52-0000-4000-8000-000000000000"])
def test_a_knock_that_does_not_exist_is_not_found(cast: Cast, lesson: Lesson, raw: str) -> None:
    answer = client_of(cast.teacher).post(f"/lessons/{lesson.pk}/knocks", {"admit": raw})
    assert answer.status_code == 404


def test_a_knock_or_link_of_another_lesson_is_not_found_here(cast: Cast, lesson: Lesson, secret: str) -> None:
    knock(secret)
    other, client = later(cast), client_of(cast.teacher)
    answer = client.post(f"/lessons/{other.pk}/knocks", {"admit": str(Knock.objects.get().pk)})
    assert answer.status_code == 404
    link = GuestLink.objects.get()
    assert client.post(f"/lessons/{other.pk}/guest-links/{link.pk}/revoke").status_code == 404
    assert Knock.objects.get().state == KnockState.WAITING


@pytest.mark.parametrize(
    ("who", "status"), [("amina", 403), ("guardian", 403), ("stranger", 404), ("guest", 404), ("other", 404)]
)
def test_who_may_not_touch_the_doors(cast: Cast, lesson: Lesson, secret: str, who: str, status: int) -> None:
    knock(secret)
    person = colleague(cast) if who == "other" else getattr(cast, who)
    client, own, link = client_of(person), f"/lessons/{lesson.pk}", GuestLink.objects.get()
    answers = [
        client.get(f"{own}/doors"),
        client.post(f"{own}/doors", {"lobby": "everybody"}),
        client.post(f"{own}/guest-links"),
        client.post(f"{own}/guest-links/{link.pk}/revoke"),
        client.post(f"{own}/knocks", {"admit_all": "1"}),
    ]
    assert [answer.status_code for answer in answers] == [status] * 5
    assert Knock.objects.get().state == KnockState.WAITING
    assert GuestLink.objects.get().revoked_at is None


def colleague(cast: Cast) -> Person:
    """A teacher of the same school and of another course."""
    from accounts.actions import add_person
    from accounts.models import Role

    return add_person(institution=cast.school, email="c@here.test", name="Cleo", role=Role.TEACHER)


def test_students_see_nothing_of_the_door_on_the_lessons_page(
    cast: Cast, lesson: Lesson, secret: str
) -> None:
    knock(secret, "Rosa Parks")
    assert "Rosa Parks" in client_of(cast.head).get(f"/lessons/{lesson.pk}/").content.decode()
    assert "Rosa Parks" not in client_of(cast.amina).get(f"/lessons/{lesson.pk}/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lessons_page_asks_no_more_for_more_guests(
    cast: Cast, lesson: Lesson, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        _, secret = actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now())
        knock(secret, f"In {number}")
        admit(cast)
        knock(secret, f"Out {number}")
    client = client_of(cast.teacher)
    client.get(f"/lessons/{lesson.pk}/doors")
    with django_assert_num_queries(15):
        client.get(f"/lessons/{lesson.pk}/doors")


def test_the_doors_are_set_per_lesson(cast: Cast, lesson: Lesson) -> None:
    client, page = client_of(cast.teacher), f"/lessons/{lesson.pk}/doors"
    client.post(page, {"lobby": "everybody", "doors_open_minutes": "5"})
    lesson.refresh_from_db()
    assert (lesson.lobby, lesson.doors_open_minutes) == (Lobby.EVERYBODY, 5)
    client.post(page, {"lobby": "guests", "doors_open_minutes": ""})
    lesson.refresh_from_db()
    assert (lesson.lobby, lesson.doors_open_minutes) == (Lobby.GUESTS, None)


@pytest.mark.parametrize("wrong", [{"lobby": "nobody"}, {"doors_open_minutes": "121"}, {"lobby": ""}])
def test_impossible_doors_are_refused_at_the_field(cast: Cast, lesson: Lesson, wrong: dict[str, str]) -> None:
    form = {"lobby": "everybody", "doors_open_minutes": "5", **wrong}
    answer = client_of(cast.teacher).post(f"/lessons/{lesson.pk}/doors", form)
    assert answer.status_code == 400
    lesson.refresh_from_db()
    assert lesson.lobby == Lobby.GUESTS


# Members


def test_before_the_doors_a_member_waits_and_the_teacher_prepares(cast: Cast) -> None:
    lesson = later(cast)
    room, page = f"/lessons/{lesson.pk}/room", f"/lessons/{lesson.pk}/waiting"
    assert client_of(cast.teacher).get(room).status_code == 200
    amina = client_of(cast.amina)
    assert amina.get(room)["Location"] == page
    assert "The doors open in 45 minutes" in amina.get(page).content.decode()
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=timezone.now())
    assert amina.get(page)["Location"] == room
    assert amina.get(room).status_code == 200


def test_a_member_knocks_when_the_lobby_holds_everybody(cast: Cast, lesson: Lesson) -> None:
    Lesson.objects.update(lobby=Lobby.EVERYBODY)
    room, page, amina = f"/lessons/{lesson.pk}/room", f"/lessons/{lesson.pk}/waiting", client_of(cast.amina)
    assert amina.get(room)["Location"] == page
    amina.post(page)
    assert "You are at the door" in amina.get(page).content.decode()
    admit(cast)
    assert amina.get(page)["Location"] == room
    assert amina.get(room).status_code == 200
    assert client_of(cast.bilal).get(room)["Location"] == page


def test_a_member_may_stop_waiting(cast: Cast, lesson: Lesson) -> None:
    Lesson.objects.update(lobby=Lobby.EVERYBODY)
    amina, page = client_of(cast.amina), f"/lessons/{lesson.pk}/waiting"
    amina.post(page)
    amina.post(page, {"withdraw": "1"})
    assert Knock.objects.get().state == KnockState.WITHDRAWN


@pytest.mark.parametrize(("who", "status"), [("guardian", 403), ("stranger", 404)])
def test_who_does_not_enter_does_not_wait_either(cast: Cast, lesson: Lesson, who: str, status: int) -> None:
    client = client_of(getattr(cast, who))
    for answer in (client.get(f"/lessons/{lesson.pk}/waiting"), client.post(f"/lessons/{lesson.pk}/waiting")):
        assert answer.status_code == status


def test_after_the_lesson_nobody_waits(cast: Cast, lesson: Lesson) -> None:
    actions.end_lesson(lesson=lesson, now=timezone.now())
    answer = client_of(cast.amina).get(f"/lessons/{lesson.pk}/waiting")
    assert answer["Location"] == f"/lessons/{lesson.pk}/"


# Meetings


def test_a_meeting_leads_straight_into_its_room_with_the_link_behind_the_hash(cast: Cast) -> None:
    client = client_of(cast.teacher)
    answer = client.post("/meetings/start", {"title": "Parents of Amina"})
    lesson = Lesson.objects.get(title="Parents of Amina")
    path, _, secret = answer["Location"].partition("#invite=")
    assert path == f"/lessons/{lesson.pk}/room"
    assert Client().get(f"/g/{secret}").status_code == 200
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("who", "status"), [("head", 200), ("amina", 403), ("guardian", 403), ("guest", 403)]
)
def test_who_finds_the_door_to_a_meeting(cast: Cast, who: str, status: int) -> None:
    client = client_of(getattr(cast, who))
    assert client.get("/meetings/start").status_code == status
    assert ("/meetings/start" in client.get("/").content.decode()) == (status == 200)


def test_a_meeting_is_started_in_ones_own_school_only(cast: Cast) -> None:
    form = {"title": "Mine", "institution": str(cast.school.pk)}
    answer = client_of(cast.stranger).post("/meetings/start", form)
    assert answer.status_code == 400
    assert not Lesson.objects.filter(title="Mine").exists()
