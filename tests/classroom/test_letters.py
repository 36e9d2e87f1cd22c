"""Who is told of which lesson, in how many letters; `now` is always an argument."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actions import suspend_person
from accounts.models import Institution, Membership, Person
from classroom import actions
from classroom.models import (
    CalendarEntry,
    Enrolment,
    Lesson,
    LessonStatus,
    Letter,
    LetterKind,
    LetterSettings,
    Notice,
    Reminder,
)
from classroom.queries import lessons_of_letter
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
LATER = timedelta(seconds=31)


def plan(cast: Cast, title: str = "Fractions", days: float = 3, **changes: Any) -> Lesson:
    starts_at = changes.pop("starts_at", NOW + timedelta(days=days))
    return actions.schedule_lesson(
        course=cast.course,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=cast.teacher,
    )


def sweep(now: datetime) -> int:
    """Note what changed, and half a minute later write the letters."""
    actions.note_calendar_changes(now=now)
    return actions.write_invitations(now=now + LATER)


def told(letters: Any) -> set[tuple[str, str, str]]:
    """{(person, lesson, kind)} of these letters."""
    rows = Notice.objects.filter(letter__in=letters)
    return set(rows.values_list("person__name", "lesson__title", "kind"))


def sent_all() -> None:
    Letter.objects.update(state="sent")


def test_a_series_is_one_letter_for_each_person_of_the_course(cast: Cast) -> None:
    for number in range(40):
        plan(cast, f"Week {number}", days=3 + 7 * number)
    assert sweep(NOW) == 3
    assert Letter.objects.values("person").distinct().count() == 3
    assert {letter.notices.count() for letter in Letter.objects.all()} == {40}
    assert sweep(NOW + timedelta(hours=1)) == 0


def test_nothing_is_written_before_the_edits_have_settled(cast: Cast) -> None:
    lesson = plan(cast)
    actions.note_calendar_changes(now=NOW)
    assert actions.write_invitations(now=NOW + timedelta(seconds=29)) == 0
    Lesson.objects.filter(pk=lesson.pk).update(title="Decimals")
    actions.note_calendar_changes(now=NOW + timedelta(seconds=29))
    assert actions.write_invitations(now=NOW + timedelta(seconds=31)) == 0
    assert actions.write_invitations(now=NOW + timedelta(seconds=60)) == 3
    assert {kind for _who, _what, kind in told(Letter.objects.all())} == {"new"}


def test_a_change_and_a_cancellation_raise_the_sequence_and_are_told_once(cast: Cast) -> None:
    lesson = plan(cast)
    sweep(NOW)
    sent_all()
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=lesson.starts_at - timedelta(hours=1))
    assert sweep(NOW + timedelta(hours=1)) == 3
    assert CalendarEntry.objects.get().sequence == 1
    assert {kind for *_rest, kind in told(Letter.objects.filter(state="waiting"))} == {"changed"}
    sent_all()
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.CANCELLED)
    assert sweep(NOW + timedelta(hours=2)) == 3
    assert CalendarEntry.objects.get().sequence == 2
    assert {kind for *_rest, kind in told(Letter.objects.filter(state="waiting"))} == {"cancelled"}
    assert sweep(NOW + timedelta(hours=3)) == 0


def test_a_lesson_that_is_cancelled_before_anybody_heard_of_it_is_never_mentioned(cast: Cast) -> None:
    lesson = plan(cast)
    assert sweep(NOW) == 3
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.CANCELLED)
    assert sweep(NOW + timedelta(minutes=2)) == 0
    assert not Notice.objects.exists()
    letter = Letter.objects.all()[0]
    assert lessons_of_letter(letter, now=NOW) == []


def test_a_lesson_that_changes_before_its_letter_left_is_new_in_the_later_letter(cast: Cast) -> None:
    lesson = plan(cast)
    sweep(NOW)
    Lesson.objects.filter(pk=lesson.pk).update(title="Decimals")
    sweep(NOW + timedelta(minutes=2))
    full = [letter for letter in Letter.objects.all() if letter.notices.exists()]
    assert len(full) == 3
    assert {kind for *_rest, kind in told(full)} == {"new"}


def test_a_lesson_that_begins_now_or_began_is_not_announced(cast: Cast, lesson: Lesson) -> None:
    assert sweep(timezone.now()) == 0
    assert CalendarEntry.objects.get().told_sequence == 0


def test_those_who_do_not_belong_get_nothing(cast: Cast) -> None:
    Enrolment.objects.filter(person=cast.bilal).update(is_active=False)
    suspend_person(institution=cast.school, person=cast.amina)
    plan(cast)
    assert sweep(NOW) == 1
    assert Letter.objects.get().person == cast.teacher


def test_those_whose_time_is_over_or_who_said_no_get_nothing(cast: Cast) -> None:
    Membership.objects.filter(person=cast.bilal).update(expires_on=date(2020, 1, 1))
    actions.unsubscribe(person_id=cast.amina.pk, kind=LetterKind.INVITATION)
    Person.objects.filter(pk=cast.teacher.pk).update(is_active=False)
    plan(cast)
    assert sweep(NOW) == 0


def test_somebody_suspended_after_the_letter_was_written_is_told_nothing(cast: Cast) -> None:
    plan(cast)
    sweep(NOW)
    letter = Letter.objects.get(person=cast.amina)
    assert len(lessons_of_letter(letter, now=NOW)) == 1
    suspend_person(institution=cast.school, person=cast.amina)
    assert lessons_of_letter(letter, now=NOW) == []


def test_the_teacher_is_reminded_a_quarter_before_and_the_students_are_not(cast: Cast) -> None:
    lesson = plan(cast)
    start = lesson.starts_at
    assert actions.write_reminders(now=start - timedelta(minutes=16)) == 0
    assert actions.write_reminders(now=start - timedelta(minutes=15)) == 1
    assert actions.write_reminders(now=start - timedelta(minutes=14)) == 0
    assert Reminder.objects.get().person == cast.teacher


@pytest.mark.parametrize(
    ("policy", "people"), [("off", 0), ("staff", 1), ("everyone", 3), ("nonsense", 1), (None, 1)]
)
def test_the_school_decides_for_those_who_did_not(cast: Cast, policy: str | None, people: int) -> None:
    Institution.objects.update(policy={"reminders": policy} if policy else {})
    lesson = plan(cast)
    assert actions.write_reminders(now=lesson.starts_at - timedelta(minutes=10)) == people


@pytest.mark.parametrize(
    ("choice", "minutes", "due"),
    [
        ("none", 10, False),
        ("quarter", 15, True),
        ("quarter", 20, False),
        ("hour", 60, True),
        ("hour", 61, False),
    ],
)
def test_everybody_decides_for_themselves(cast: Cast, choice: str, minutes: int, due: bool) -> None:
    actions.change_letter_settings(person=cast.amina, reminders=choice, wants_invitations=True)
    lesson = plan(cast)
    actions.write_reminders(now=lesson.starts_at - timedelta(minutes=minutes))
    assert Reminder.objects.filter(person=cast.amina).exists() is due


@pytest.mark.parametrize(("hour", "due"), [(14, False), (15, True), (20, True), (21, False)])
def test_the_evening_before_is_the_evening_of_the_schools_zone(cast: Cast, hour: int, due: bool) -> None:
    actions.change_letter_settings(person=cast.amina, reminders="evening", wants_invitations=True)
    plan(cast, starts_at=datetime(2030, 5, 7, 5, tzinfo=UTC))  # at eight in Nairobi, UTC+3
    assert actions.write_reminders(now=datetime(2030, 5, 6, hour, tzinfo=UTC)) == int(due)


def test_a_cancelled_lesson_reminds_nobody(cast: Cast) -> None:
    lesson = plan(cast)
    Lesson.objects.update(status=LessonStatus.CANCELLED)
    assert actions.write_reminders(now=lesson.starts_at - timedelta(minutes=5)) == 0


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_remind_and_invite_once(cast: Cast) -> None:
    LetterSettings.objects.create(person=cast.amina, reminders="quarter")
    lesson = plan(cast)
    actions.note_calendar_changes(now=NOW)
    moment, both = lesson.starts_at - timedelta(minutes=5), threading.Barrier(2)
    counts: list[int] = []

    def work() -> None:
        both.wait()
        try:
            counts.append(actions.write_reminders(now=moment) + actions.write_invitations(now=moment))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sum(counts) == 2 + 3
    assert Letter.objects.filter(kind=LetterKind.REMINDER).count() == 2
    assert Letter.objects.filter(kind=LetterKind.INVITATION).count() == 3


def test_a_letter_is_claimed_by_one_and_postponed_for_at_most_a_day(cast: Cast) -> None:
    plan(cast)
    Enrolment.objects.exclude(person=cast.amina).delete()
    sweep(NOW)
    now = NOW + LATER
    letter = actions.claim_letter(now=now)
    assert letter is not None
    assert actions.claim_letter(now=now) is None
    assert actions.postpone_letter(letter=letter, reason="away", now=now)
    assert actions.claim_letter(now=now) is None
    again = actions.claim_letter(now=now + timedelta(days=1))
    assert again is not None and again.attempts == 2
    assert not actions.note_letter_sent(letter=letter, now=now), "another one's lease by now"
    assert actions.postpone_letter(letter=again, reason="away", now=now + timedelta(days=1))
    assert Letter.objects.get().state == "dropped"
