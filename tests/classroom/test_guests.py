"""Guest links, knocks and their moves; who is let through which door."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordResetForm
from django.utils import timezone

from accounts.actions import acquaint
from accounts.models import AuditEvent, Person
from classroom import actions, rules
from classroom.actions.guests import KNOCKS_A_MINUTE, MOST_LINKS, tidy_name
from classroom.models import (
    KNOCK_MOVES,
    Course,
    GuestLink,
    Knock,
    KnockState,
    Lesson,
    LessonStatus,
    Lobby,
    Standing,
)
from classroom.queries import lessons_for, link_of, standing_in
from common.refusals import Refused
from recordings.actions import expect_recordings
from recordings.models import Recording
from recordings.rules import may_follow_recording, may_watch
from tests.conftest import Cast
from whiteboard.rules import board_standing

pytestmark = pytest.mark.django_db


def make_link(lesson: Lesson, cast: Cast, **options: Any) -> tuple[GuestLink, str]:
    return actions.create_guest_link(lesson=lesson, by=cast.teacher, now=timezone.now(), **options)


def knock_at(link: GuestLink, browser: str = "browser", name: str = "Rosa") -> Knock:
    return actions.knock_as_guest(link=link, name=name, browser=browser, language="en", now=timezone.now())


def let_in(knock: Knock, cast: Cast) -> Person:
    assert actions.admit_knock(knock=knock, by=cast.teacher, now=timezone.now())
    assert knock.person is not None
    return knock.person


@pytest.fixture
def link(lesson: Lesson, cast: Cast) -> GuestLink:
    return make_link(lesson, cast)[0]


def refusal(act: Any, **arguments: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(**arguments)
    return refused.value.code


def test_of_a_links_secret_only_the_fingerprint_is_kept(lesson: Lesson, cast: Cast) -> None:
    link, secret = make_link(lesson, cast)
    assert len(secret) >= 22  # 128 bits in base64
    assert secret not in str(GuestLink.objects.values().get())
    assert link_of(secret) == link
    assert link_of(secret + "x") is None


def test_a_link_follows_its_lesson_when_that_moves(link: GuestLink, lesson: Lesson) -> None:
    assert link.runs_out_at == lesson.ends_at + timedelta(minutes=15)
    lesson.ends_at += timedelta(hours=1)
    assert link.is_open_at(lesson.ends_at + timedelta(minutes=14))
    assert not link.is_open_at(lesson.ends_at + timedelta(minutes=15))


def test_a_lesson_has_only_so_many_links_and_none_when_it_is_over(lesson: Lesson, cast: Cast) -> None:
    for _ in range(MOST_LINKS):
        make_link(lesson, cast)
    assert refusal(make_link, lesson=lesson, cast=cast) == "too_many_links"
    actions.end_lesson(lesson=lesson, now=timezone.now())
    assert refusal(make_link, lesson=lesson, cast=cast) == "lesson_over"


@pytest.mark.parametrize(("old", "new"), list(product(KnockState.values, KnockState.values)))
def test_a_knock_moves_only_where_the_table_allows(
    link: GuestLink, cast: Cast, old: KnockState, new: KnockState
) -> None:
    knock = knock_at(link)
    guest = Person.objects.create_guest("Rosa")
    acquaint(institution=cast.school, person=guest)
    Knock.objects.filter(pk=knock.pk).update(state=old, person=guest)
    knock.refresh_from_db()
    verbs: dict[str, Any] = {
        KnockState.ADMITTED: lambda: actions.admit_knock(knock=knock, by=cast.teacher, now=timezone.now()),
        KnockState.REFUSED: lambda: actions.refuse_knock(knock=knock, by=cast.teacher, now=timezone.now()),
        KnockState.WITHDRAWN: lambda: actions.withdraw_knock(knock=knock, now=timezone.now()),
        KnockState.EXPIRED: lambda: actions.revoke_guest_link(link=link, by=cast.teacher, now=timezone.now()),
    }
    if new in verbs:
        verbs[new]()
    knock.refresh_from_db()
    assert (knock.state == new) == (new in KNOCK_MOVES[old] or new == old)


def test_two_who_decide_at_once_decide_once(link: GuestLink, cast: Cast) -> None:
    knock = knock_at(link)
    stale = Knock.objects.get(pk=knock.pk)
    let_in(knock, cast)
    assert not actions.refuse_knock(knock=stale, by=cast.head, now=timezone.now())
    assert Knock.objects.get().state == KnockState.ADMITTED
    assert AuditEvent.objects.filter(act__startswith="knock.").count() == 1


def test_a_guest_belongs_to_one_lesson_and_is_nobodys_student(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    now = timezone.now()
    other = actions.schedule_lesson(
        course=cast.course,
        title="Other",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_by=cast.teacher,
    )
    guest = let_in(knock_at(link), cast)
    assert standing_in(guest, lesson) == Standing.GUEST
    assert standing_in(guest, other) is None
    assert not lessons_for(guest).exists()
    assert not rules.may_read_register(guest, lesson)
    assert not rules.may_end_lesson(Standing.GUEST)
    assert not rules.may_decide_at_the_door(Standing.GUEST)
    assert not guest.memberships.exists()
    assert not guest.enrolments.exists()


def test_a_guest_sees_no_recording_not_even_a_published_one(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    guest = let_in(knock_at(link), cast)
    expect_recordings(now=timezone.now())
    Recording.objects.update(state="published")
    recording = Recording.objects.get(lesson=lesson)
    assert may_watch(cast.amina, recording)
    assert not may_watch(guest, recording)
    assert not may_follow_recording(guest, lesson)


def test_a_guest_can_never_sign_in(link: GuestLink, cast: Cast, rf: Any) -> None:
    guest = let_in(knock_at(link), cast)
    assert not guest.has_usable_password()
    for password in ("", "!", guest.password):
        assert authenticate(rf.post("/sign-in"), username=guest.email, password=password) is None
    form = PasswordResetForm({"email": guest.email})
    assert form.is_valid()
    assert list(form.get_users(guest.email)) == []


def test_a_guest_draws_as_students_do_and_sees_no_board_after_the_end(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    guest = let_in(knock_at(link), cast)
    assert board_standing(guest, lesson) == "student"
    actions.end_lesson(lesson=lesson, now=timezone.now())
    lesson.refresh_from_db()
    assert board_standing(guest, lesson) is None


def test_a_revoked_link_sends_away_who_waits_and_puts_out_who_came_in(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    guest = let_in(knock_at(link, "one"), cast)
    waiting = knock_at(link, "two")
    assert actions.revoke_guest_link(link=link, by=cast.teacher, now=timezone.now())
    assert not actions.revoke_guest_link(link=link, by=cast.teacher, now=timezone.now())
    waiting.refresh_from_db()
    assert waiting.state == KnockState.EXPIRED
    assert standing_in(guest, lesson) is None
    link.refresh_from_db()
    assert refusal(knock_at, link=link, browser="three") == "not_found"
    assert AuditEvent.objects.filter(act="guest_link.revoked", actor=cast.teacher.pk).count() == 1


def test_a_guest_who_is_put_out_has_left_the_room(link: GuestLink, lesson: Lesson, cast: Cast) -> None:
    knock = knock_at(link)
    guest, now = let_in(knock, cast), timezone.now()
    enter: dict[str, Any] = {"room": lesson.room, "occupant": link.pk, "connection": "c", "now": now}
    presence = actions.enter_room(person=guest, standing=Standing.GUEST, **enter)
    actions.refuse_knock(knock=knock, by=cast.teacher, now=now)
    presence.refresh_from_db()
    assert presence.left_at == now
    assert standing_in(guest, lesson) is None


def test_the_sweep_puts_out_whom_the_message_missed(link: GuestLink, lesson: Lesson, cast: Cast) -> None:
    knock = knock_at(link)
    guest, now = let_in(knock, cast), timezone.now()
    enter: dict[str, Any] = {"room": lesson.room, "occupant": link.pk, "connection": "c", "now": now}
    actions.enter_room(person=guest, standing=Standing.GUEST, **enter)
    assert actions.put_out_unwelcome_guests(now=now) == 0
    Knock.objects.update(state=KnockState.EXPIRED)
    assert actions.put_out_unwelcome_guests(now=now) == 1
    assert actions.put_out_unwelcome_guests(now=now) == 0


def test_nobody_waits_at_the_door_of_a_lesson_that_is_over(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    knock = knock_at(link)
    assert actions.expire_knocks(now=timezone.now()) == 0
    actions.end_lesson(lesson=lesson, now=timezone.now())
    assert actions.expire_knocks(now=timezone.now()) == 1
    knock.refresh_from_db()
    assert knock.state == KnockState.EXPIRED


def test_nobody_waits_behind_a_link_that_ran_out(link: GuestLink) -> None:
    knock_at(link)
    GuestLink.objects.update(expires_at=timezone.now())
    assert actions.expire_knocks(now=timezone.now()) == 1


def test_one_browser_knocks_once_at_a_time_and_thrice_at_most(link: GuestLink, cast: Cast) -> None:
    for _ in range(3):
        knock = knock_at(link)
        assert knock_at(link) == knock
        actions.refuse_knock(knock=knock, by=cast.teacher, now=timezone.now())
    assert refusal(knock_at, link=link) == "refused"


def test_a_link_has_only_so_many_places(lesson: Lesson, cast: Cast) -> None:
    link, _ = make_link(lesson, cast, max_guests=1)
    first, second = knock_at(link, "one"), knock_at(link, "two")
    let_in(first, cast)
    assert refusal(actions.admit_knock, knock=second, by=cast.teacher, now=timezone.now()) == "link_full"
    assert refusal(knock_at, link=link, browser="three") == "link_full"
    assert actions.admit_everybody(lesson=lesson, by=cast.teacher, now=timezone.now()) == 0


def test_a_link_takes_only_so_many_knocks_a_minute(link: GuestLink) -> None:
    for number in range(KNOCKS_A_MINUTE):
        knock_at(link, f"browser {number}")
    assert refusal(knock_at, link=link, browser="one more") == "slow_down"


def test_everybody_is_let_in_in_the_order_in_which_they_came(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    knocks = [knock_at(link, str(number), f"Guest {number}") for number in range(3)]
    assert actions.admit_everybody(lesson=lesson, by=cast.teacher, now=timezone.now()) == 3
    decided = Knock.objects.order_by("decided_at").values_list("pk", flat=True)
    assert sorted(decided) == sorted(knock.pk for knock in knocks)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Rosa \t Parks\n", "Rosa Parks"),
        ("Ro\u200bsa\u202e", "Rosa"),
        ("ليلى", "ليلى"),
        ("Zoe\u0308", "Zoë"),
        ("R2", "R2"),
    ],
)
def test_a_guests_name_loses_what_cannot_be_seen(typed: str, name: str) -> None:
    assert tidy_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name_missing"),
        ("\u200b\u2060", "name_missing"),
        ("\u3164", "name_missing"),
        ("…!", "name_missing"),
        ("x" * 61, "name_too_long"),
    ],
)
def test_a_guest_without_a_name_or_with_an_endless_one_is_refused(typed: str, code: str) -> None:
    assert refusal(tidy_name, text=typed) == code


def test_when_the_lobby_holds_everybody_only_staff_and_head_walk_through(lesson: Lesson, cast: Cast) -> None:
    actions.change_doors(lesson=lesson, lobby=Lobby.EVERYBODY, doors_open_minutes=None, by=cast.teacher)
    kept = {
        who: rules.is_kept_waiting(person, lesson, standing_in(person, lesson))
        for who, person in {"teacher": cast.teacher, "amina": cast.amina, "head": cast.head}.items()
    }
    assert kept == {"teacher": False, "amina": True, "head": False}
    assert board_standing(cast.amina, lesson) is None
    knock = actions.knock_as_member(lesson=lesson, person=cast.amina, now=timezone.now())
    assert actions.knock_as_member(lesson=lesson, person=cast.amina, now=timezone.now()) == knock
    actions.admit_knock(knock=knock, by=cast.teacher, now=timezone.now())
    assert knock.person == cast.amina
    assert not rules.is_kept_waiting(cast.amina, lesson, Standing.STUDENT)
    assert rules.is_kept_waiting(cast.bilal, lesson, Standing.STUDENT)


def test_whoever_was_inside_before_the_lobby_is_not_asked_again(lesson: Lesson, cast: Cast) -> None:
    enter: dict[str, Any] = {
        "room": lesson.room,
        "occupant": lesson.pk,
        "connection": "c",
        "now": timezone.now(),
    }
    actions.enter_room(person=cast.amina, standing=Standing.STUDENT, **enter)
    actions.change_doors(lesson=lesson, lobby=Lobby.EVERYBODY, doors_open_minutes=None, by=cast.teacher)
    assert not rules.is_kept_waiting(cast.amina, lesson, Standing.STUDENT)


def later(cast: Cast, minutes: int = 30) -> Lesson:
    begun = timezone.now() + timedelta(minutes=minutes)
    return actions.schedule_lesson(
        course=cast.course,
        title="Later",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )


@pytest.mark.parametrize(
    ("policy", "own", "minutes"),
    [({}, None, 15), ({"doors_open_minutes": 5}, None, 5), ({"doors_open_minutes": 5}, 0, 0), ({}, 120, 120)]
    + [({"doors_open_minutes": wrong}, None, 15) for wrong in (-1, 121, "9", None, True)],
)
def test_doors_open_as_the_lesson_says_else_as_the_school_does(
    cast: Cast, policy: dict[str, Any], own: int | None, minutes: int
) -> None:
    lesson = later(cast)
    lesson.institution.policy = policy
    lesson.doors_open_minutes = own
    assert lesson.starts_at - lesson.doors_open_at == timedelta(minutes=minutes)


def test_doors_do_not_open_more_than_two_hours_before(lesson: Lesson, cast: Cast) -> None:
    wrong: dict[str, Any] = {"lesson": lesson, "lobby": Lobby.GUESTS, "by": cast.teacher}
    assert refusal(actions.change_doors, doors_open_minutes=121, **wrong) == "minutes_out_of_bounds"


def test_staff_comes_early_and_the_lesson_opens_with_its_doors(cast: Cast) -> None:
    lesson, now = later(cast), timezone.now()
    assert rules.may_enter_now(Standing.TEACHER, lesson, now=now)
    assert not rules.may_enter_now(Standing.STUDENT, lesson, now=now)
    enter: dict[str, Any] = {"room": lesson.room, "occupant": lesson.pk, "connection": "c", "now": now}
    actions.enter_room(person=cast.teacher, standing=Standing.TEACHER, **enter)
    assert actions.open_prepared_lessons(now=now) == 0
    lesson.refresh_from_db()
    assert lesson.status == LessonStatus.SCHEDULED
    assert actions.open_prepared_lessons(now=lesson.doors_open_at) == 1
    lesson.refresh_from_db()
    assert (lesson.status, lesson.opened_at) == (LessonStatus.LIVE, lesson.doors_open_at)


def test_a_guest_waits_for_the_doors_as_well(cast: Cast) -> None:
    link, _ = make_link(later(cast), cast)
    assert refusal(knock_at, link=link) == "doors_closed"


def test_a_meeting_starts_now_with_a_link_and_will_be_recorded(cast: Cast) -> None:
    now = timezone.now()
    lesson, secret = actions.start_meeting(institution=cast.school, by=cast.teacher, title=" ", now=now)
    link = link_of(secret)
    assert link is not None
    assert link.lesson == lesson
    assert (lesson.title, lesson.ends_at - lesson.starts_at) == ("Meeting", timedelta(hours=1))
    assert rules.doors_are_open(lesson, now=now)
    assert standing_in(cast.teacher, lesson) == Standing.TEACHER
    assert expect_recordings(now=now) == 1


def test_meetings_of_one_person_share_a_course_that_is_nobody_elses(cast: Cast) -> None:
    now = timezone.now()
    first, _ = actions.start_meeting(institution=cast.school, by=cast.teacher, title="One", now=now)
    second, _ = actions.start_meeting(institution=cast.school, by=cast.teacher, title="Two", now=now)
    heads, _ = actions.start_meeting(institution=cast.school, by=cast.head, title="Three", now=now)
    assert first.course == second.course != heads.course
    assert Course.objects.filter(meetings_of__isnull=False).count() == 2
    assert standing_in(cast.teacher, heads) is None
    assert standing_in(cast.amina, first) is None


def test_who_may_start_a_meeting(cast: Cast) -> None:
    allowed = {
        who
        for who in ("head", "teacher", "amina", "guardian", "guest", "stranger")
        if rules.may_start_meeting(getattr(cast, who), cast.school)
    }
    assert allowed == {"head", "teacher"}


def test_a_school_without_guests_has_no_links_and_those_that_were_open_nothing(
    link: GuestLink, lesson: Lesson, cast: Cast
) -> None:
    waiting = knock_at(link)
    cast.school.policy = {"guests_allowed": False}
    cast.school.save()
    lesson = Lesson.objects.get(pk=lesson.pk)
    assert refusal(make_link, lesson=lesson, cast=cast) == "no_guests"
    closed = GuestLink.objects.get(pk=link.pk)
    assert refusal(knock_at, link=closed, browser="another") == "not_found"
    assert actions.expire_knocks(now=timezone.now()) == 1
    waiting.refresh_from_db()
    assert waiting.state == KnockState.EXPIRED
    meeting, secret = actions.start_meeting(
        institution=cast.school, by=cast.teacher, title="", now=timezone.now()
    )
    assert (secret, meeting.guest_links.count()) == ("", 0)
