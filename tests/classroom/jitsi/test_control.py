"""Who is put out of Jitsi's rooms, when a room is ended, and whose microphone and camera are on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import actions as people
from accounts.models import AuditEvent, Membership, Person, Role
from classroom import actions, rules
from classroom.jitsi import jicofo, sweeps
from classroom.jitsi.border import BorderFailure
from classroom.jitsi.control import HttpControl, Orders
from classroom.jitsi.events import RoomInside
from classroom.jitsi.jicofo import HttpFocus
from classroom.jitsi.welcome import find_unwelcome
from classroom.models import Enrolment, Expulsion, Knock, Lesson, Presence, Standing
from common.refusals import Refused
from tests.classroom.jitsi.machines import Machine, running
from tests.classroom.jitsi.prosody import FakeProsody, fake_prosody
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def prosody() -> Iterator[FakeProsody]:
    with fake_prosody() as made:
        yield made


@pytest.fixture(scope="module")
def focus() -> Iterator[Machine]:
    with running("jicofo") as machine:
        yield machine


@pytest.fixture
def everybody(prosody: FakeProsody, cast: Cast, lesson: Lesson) -> FakeProsody:
    """In the lesson's room, as Jitsi sees it; the recorder too."""
    room = lesson.room.name
    for nick, person in (("t1", cast.teacher), ("a1", cast.amina), ("b1", cast.bilal), ("h1", cast.head)):
        prosody.enter(room, nick, person.pk)
    prosody.enter(room, "r1", "", "recorder")
    return prosody


def inside(prosody: FakeProsody, lesson: Lesson) -> set[str]:
    return set(prosody.rooms.get(lesson.room.name, {}))


def test_whoever_belongs_to_the_lesson_stays(everybody: FakeProsody, lesson: Lesson) -> None:
    sweeps.keep_order(everybody.control)
    assert inside(everybody, lesson) == {"t1", "a1", "b1", "h1", "r1"}
    assert everybody.asked == []


Loss = Callable[[Cast, Lesson], object]
LOSSES: dict[str, Loss] = {
    "put out": lambda cast, lesson: actions.put_out(
        lesson=lesson, person=cast.amina, by=cast.teacher, now=timezone.now()
    ),
    "suspended": lambda cast, lesson: people.suspend_person(
        institution=cast.school, person=cast.amina, by=cast.head
    ),
    "removed": lambda cast, lesson: people.remove_person(
        institution=cast.school, person=cast.amina, by=cast.head
    ),
    "unenrolled": lambda cast, lesson: actions.unenrol(course=cast.course, person=cast.amina, by=cast.head),
    "expired": lambda cast, lesson: people.set_expiry(
        institution=cast.school,
        person=cast.amina,
        expires_on=timezone.localdate() - timedelta(days=1),
        by=cast.head,
    ),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_whoever_lost_the_right_is_put_out_on_every_device(
    loss: str, everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    everybody.enter(lesson.room.name, "a2", cast.amina.pk)
    LOSSES[loss](cast, lesson)
    sweeps.keep_order(everybody.control)
    assert inside(everybody, lesson) == {"t1", "b1", "h1", "r1"}


def test_a_tenant_before_the_name_hides_nobody_and_an_odd_neighbour_neither(
    prosody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    room = f"[school]{lesson.room.name}"
    prosody.enter(room, "s1", cast.stranger.pk)
    prosody.enter(room, "o" * 4000, cast.head.pk)  # an address that nobody can have
    prosody.enter("n" * 300, "x1", uuid4())
    sweeps.keep_order(prosody.control)
    assert [nick[:2] for nick in prosody.rooms[room]] == ["oo"]


def test_a_stranger_with_a_stolen_token_is_put_out(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    everybody.enter(lesson.room.name, "s1", cast.stranger.pk)
    sweeps.keep_order(everybody.control)
    assert "s1" not in inside(everybody, lesson)


def test_people_and_rooms_that_are_not_ours_are_not_ours_to_judge(
    everybody: FakeProsody, lesson: Lesson
) -> None:
    everybody.enter(lesson.room.name, "e1", uuid4())
    everybody.enter(lesson.room.name, "e2", "an emergency link")
    everybody.enter("another-service-s-room", "x1", uuid4())
    sweeps.keep_order(everybody.control)
    assert {"e1", "e2"} <= inside(everybody, lesson)
    assert "another-service-s-room" in everybody.rooms


def test_a_room_ends_with_its_lesson(everybody: FakeProsody, cast: Cast, lesson: Lesson) -> None:
    actions.end_lesson(lesson=lesson, now=timezone.now(), by=cast.teacher)
    sweeps.keep_order(everybody.control)
    assert lesson.room.name not in everybody.rooms


def test_nobody_else_is_harmed_when_somebody_left_by_themselves(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    (room,) = everybody.control.find_rooms().rooms
    actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=timezone.now())
    del everybody.rooms[lesson.room.name]["a1"]
    orders = Orders(put_out=[(room.room, "a1")])
    assert everybody.control.carry_out(orders) == []


def test_a_wrong_token_and_a_silent_prosody_have_names(prosody: FakeProsody) -> None:
    with pytest.raises(BorderFailure, match="refused"):
        HttpControl(prosody.url, "wrong").find_rooms()
    with pytest.raises(BorderFailure, match="no_connection"):
        HttpControl("http://127.0.0.1:9", "x").find_rooms()
    prosody.enter("", "n1", "")
    with pytest.raises(BorderFailure, match="unreadable"):
        prosody.control.find_rooms()


def test_the_questions_do_not_grow_with_the_people(
    everybody: FakeProsody, cast: Cast, lesson: Lesson
) -> None:
    named = {lesson.room.name: {cast.amina.pk}}
    with CaptureQueriesContext(connection) as one:
        find_unwelcome(named)
    named[lesson.room.name] |= {cast.bilal.pk, cast.teacher.pk, cast.stranger.pk}
    with CaptureQueriesContext(connection) as four:
        find_unwelcome(named)
    assert len(one) == len(four)


def test_for_all_at_once_is_what_the_rule_says_of_each(cast: Cast, lesson: Lesson) -> None:
    """Every way to belong, and to stop: the set and the rule never differ."""
    guest = people_guest(cast, lesson)
    substitute = people.add_person(
        institution=cast.school, email="sub@here.test", name="Sub", role=Role.TEACHER, password=None
    )
    lesson.substitute = substitute
    lesson.save()
    everyone = [
        *(cast.head, cast.teacher, cast.amina, cast.bilal, cast.guardian, cast.guest, cast.stranger),
        *(guest, substitute),
    ]

    def compare() -> set[UUID]:
        fresh = Lesson.objects.get(pk=lesson.pk)
        unwelcome, _over = find_unwelcome({lesson.room.name: {one.pk for one in everyone}})
        said = {person for _room, person in unwelcome}
        assert said == {one.pk for one in everyone if rules.may_enter_room(fresh_person(one), fresh) is None}
        return said

    assert guest.pk not in compare()
    actions.put_out(lesson=lesson, person=cast.bilal, by=cast.teacher, now=timezone.now())
    Membership.objects.filter(person=substitute).update(is_active=False)
    Enrolment.objects.filter(person=cast.amina).update(is_active=False)
    Knock.objects.filter(person=guest).update(state="refused")
    assert {cast.bilal.pk, substitute.pk, cast.amina.pk, guest.pk} <= compare()
    Person.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    assert cast.teacher.pk in compare()


def fresh_person(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


def people_guest(cast: Cast, lesson: Lesson) -> Person:
    now = timezone.now()
    actions.open_lesson(lesson=lesson, now=now)
    link, _secret = actions.create_guest_link(lesson=lesson, by=cast.teacher, now=now)
    knock = actions.knock_as_guest(link=link, name="Gast", browser="b" * 40, language="en", now=now)
    actions.admit_knock(knock=knock, by=cast.teacher, now=now)
    knock.refresh_from_db()
    assert knock.person is not None
    return knock.person


# Putting out, in our own rooms.


def test_somebody_put_out_cannot_come_back_until_they_are_let(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    assert actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=now)
    assert not actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=now)
    assert rules.may_enter_room(cast.amina, lesson) is None
    assert actions.let_back_in(lesson=lesson, person=cast.amina, by=cast.teacher)
    assert rules.may_enter_room(cast.amina, lesson) == Standing.STUDENT


def test_after_the_lesson_what_is_left_of_it_is_theirs_again(cast: Cast, lesson: Lesson) -> None:
    actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=timezone.now())
    actions.end_lesson(lesson=lesson, now=timezone.now())
    assert rules.may_enter_room(cast.amina, lesson) == Standing.STUDENT


@pytest.mark.parametrize(
    ("who", "code"), [("teacher", "forbidden"), ("head", "forbidden"), ("stranger", "not_found")]
)
def test_those_who_hold_the_lesson_and_strangers_are_not_put_out(
    who: str, code: str, cast: Cast, lesson: Lesson
) -> None:
    with pytest.raises(Refused, match=code):
        actions.put_out(lesson=lesson, person=getattr(cast, who), by=cast.teacher, now=timezone.now())
    assert not Expulsion.objects.exists()


def test_it_closes_their_presence_and_stands_in_timeline_and_audit_log(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    enter(lesson, cast.amina, "socket", now)
    actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=now)
    assert Presence.objects.get(person=cast.amina).left_at == now
    fact = lesson.facts.get(type="participant.put_out")
    assert fact.person == cast.amina
    line = AuditEvent.objects.get(act="participant.put_out")
    assert (line.actor, line.detail) == (cast.teacher.pk, {"person": str(cast.amina.pk)})


def enter(lesson: Lesson, person: Person, connection_: str, now: datetime) -> Presence:
    return actions.enter_room(
        room=lesson.room,
        person=person,
        standing=Standing.STUDENT,
        occupant=uuid4(),
        connection=connection_,
        now=now,
    )


# Microphone and camera of those in the app.


def test_what_jicofo_knows_reaches_those_without_a_socket(
    everybody: FakeProsody, focus: Machine, cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    in_app, in_browser = enter(lesson, cast.amina, "", now), enter(lesson, cast.bilal, "socket", now)
    jid = f"{lesson.room.name}@muc.meet.jitsi"
    focus.put(f"conferences/{jid}", {"a1": {"audio": True, "video": True}, "b1": {"audio": True}})
    assert sweeps.watch_media(everybody.control, HttpFocus(focus.url), now=now) == 1
    in_app.refresh_from_db()
    in_browser.refresh_from_db()
    assert (in_app.microphone, in_app.camera, in_browser.microphone) == (True, True, False)
    assert sweeps.watch_media(everybody.control, HttpFocus(focus.url), now=now) == 0
    focus.put(f"conferences/{jid}", {"a1": {"audio": False, "video": True}})
    assert sweeps.watch_media(everybody.control, HttpFocus(focus.url), now=now) == 1
    in_app.refresh_from_db()
    assert (in_app.microphone, in_app.camera) == (False, True)


def test_of_whom_prosody_told_it_jicofo_is_not_asked(
    everybody: FakeProsody, focus: Machine, cast: Cast, lesson: Lesson
) -> None:
    now = timezone.now()
    in_app = enter(lesson, cast.amina, "", now)
    Presence.objects.filter(pk=in_app.pk).update(media_said_at=now)
    focus.put(f"conferences/{lesson.room.name}@muc.meet.jitsi", {"a1": {"audio": True, "video": True}})
    assert sweeps.watch_media(everybody.control, HttpFocus(focus.url), now=now) == 0


def test_nobody_in_the_app_means_no_question(focus: Machine, prosody: FakeProsody) -> None:
    assert (
        sweeps.watch_media(HttpControl("http://127.0.0.1:9", "x"), HttpFocus(focus.url), now=timezone.now())
        == 0
    )


def test_a_conference_that_jicofo_does_not_have_changes_nothing(
    everybody: FakeProsody, focus: Machine, cast: Cast, lesson: Lesson
) -> None:
    enter(lesson, cast.amina, "", timezone.now())
    assert HttpFocus(focus.url).find_members(["nowhere@muc.meet.jitsi"]) == {"nowhere@muc.meet.jitsi": []}
    focus.tell(hang=True)
    try:
        assert sweeps.watch_media(everybody.control, HttpFocus(focus.url), now=timezone.now()) == 0
    finally:
        focus.tell(hang=False)


def test_every_conference_has_its_turn_and_few_are_asked_at_once() -> None:
    rooms = [RoomInside(f"r{number:03}", "j", ()) for number in range(55)]
    begun = timezone.now()
    looks = [sweeps.take_turns(rooms, now=begun + timedelta(seconds=10 * look)) for look in range(11)]
    assert {len(look) for look in looks} == {sweeps.CONFERENCES_A_LOOK}
    assert {room.room for look in looks for room in look} == {room.room for room in rooms}


def test_the_statistics_of_jicofo_are_read(focus: Machine) -> None:
    focus.tell(recorders=[3, 2])
    stats = HttpFocus(focus.url).read_stats()
    assert (stats.recorders, stats.recorders_free, stats.bridges) == (3, 2, 1)


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({}, 0),
        ({"chat_room": {"members": {}}}, 0),
        ({"conference": {"chat_room": {"members": {"a": {}, "b": "odd"}}}}, 1),
        ({"chat_room": {"members": {"a": {"is_audio_muted": "yes", "jid": 3, "region": None}}}}, 1),
    ],
)
def test_whatever_jicofo_leaves_out_is_left_out(said: dict[str, object], count: int) -> None:
    members = jicofo.parse_members(said)
    assert len(members) == count
    assert all(one.microphone is None for one in members)


@pytest.mark.parametrize("said", [{"chat_room": []}, {"error": "no"}, {"a": {"b": {"c": {"d": {"e": {}}}}}}])
def test_an_answer_without_members_is_unreadable(said: dict[str, object]) -> None:
    with pytest.raises(BorderFailure, match="unreadable"):
        jicofo.parse_members(said)
