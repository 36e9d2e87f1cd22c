"""Notes to families: written once, taken back while that is possible, gathered, and silent at night."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEvent, Guardianship, Membership
from attendance import actions
from attendance.actions import RuleWish, correct_entry, settle_lesson, write_due_notes
from attendance.models import FamilyNote, NoteRule, NoteWay, RegisterEntry, RegisterStatus, WatchEntry
from attendance.queries import notes_for
from classroom.models import Lesson, Letter, LetterKind, LetterState
from common.refusals import Refused
from tests.attendance.scenes import hold
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
# A Wednesday in Nairobi: 12:00 there.
NOON = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
OFF = RuleWish(is_on=False, limit=2, every="week", to_student=False, to_guardian=True)
ABSENCE = RuleWish(is_on=True, limit=2, every="week", to_student=False, to_guardian=True)


def rule(cast: Cast, wish: RuleWish = ABSENCE, measure: str = "absence", **changes: Any) -> None:
    wanted = {"quiet_from_hour": 20, "quiet_until_hour": 7, "notes_unasked": True} | changes
    now = NOON - timedelta(days=30)
    actions.set_note_rules(institution=cast.school, rules={measure: wish}, by=cast.head, now=now, **wanted)
    cast.school.refresh_from_db()


def miss(cast: Cast, *days: int) -> list[Lesson]:
    """Lessons of this week, on days counted from Monday, to which Bilal comes and Amina does not."""
    held = [hold(cast, datetime(2026, 3, 2 + day, 6, tzinfo=UTC), [(cast.bilal, 0, None)]) for day in days]
    for lesson in held:
        settle_lesson(lesson=lesson, now=lesson.ends_at)
    return held


def begin_weeks(cast: Cast, first: int) -> None:
    """1 Monday to 7 Sunday."""
    cast.school.policy = {**cast.school.policy, "week_begins": first}
    cast.school.save()


def test_who_crosses_a_limit_is_told_of_once_a_week(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0)
    assert write_due_notes(now=NOON) == 0
    miss(cast, 1)
    assert [write_due_notes(now=NOON) for _ in range(2)] == [1, 0]
    note = FamilyNote.objects.get()
    assert (note.person, note.reader, note.number, note.lessons) == (cast.amina, cast.guardian, 2, 2)
    assert note.letter is not None and note.letter.next_attempt_at == NOON
    Letter.objects.update(state=LetterState.SENT, attempts=1)
    miss(cast, 2)
    assert write_due_notes(now=NOON + timedelta(hours=1)) == 0  # more of the same, and told already
    told = AuditEvent.objects.get(act="note.written")
    assert told.target == f"person:{cast.amina.pk}" and told.detail["reader"] == str(cast.guardian.pk)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_the_same_time_write_one_note(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0, 1)

    def sweep(_: int) -> int:
        try:
            return write_due_notes(now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(sweep, range(4))) == [0, 0, 0, 1]
    assert (FamilyNote.objects.count(), Letter.objects.filter(kind=LetterKind.NOTE).count()) == (1, 1)


def test_what_is_put_right_before_the_letter_leaves_is_taken_back(cast: Cast) -> None:
    rule(cast)
    lessons = miss(cast, 0, 1)
    write_due_notes(now=NOON)
    entry = RegisterEntry.objects.get(lesson=lessons[0], person=cast.amina)
    correct_entry(
        entry=entry, status=RegisterStatus.EXCUSED, reason="Ill, says her mother", by=cast.teacher, now=NOON
    )
    write_due_notes(now=NOON)
    assert not FamilyNote.objects.exists()
    told = AuditEvent.objects.get(act="note.withdrawn")
    assert (told.institution, told.target) == (cast.school, f"person:{cast.amina.pk}")
    assert told.detail["reader"] == str(cast.guardian.pk)


def test_each_change_of_a_wish_is_a_line_in_the_log_and_the_same_again_is_none(cast: Cast) -> None:
    for way in (NoteWay.WEEKLY, NoteWay.WEEKLY, NoteWay.NONE):
        actions.wish_notes(person=cast.guardian, way=way)
    told = AuditEvent.objects.filter(act="notes.wished", institution=cast.school).order_by("seq")
    assert [(one.actor, one.detail) for one in told] == [
        (cast.guardian.pk, {"way": "weekly"}),
        (cast.guardian.pk, {"way": "none"}),
    ]


def test_at_night_letters_wait_for_the_morning(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0, 1)
    night = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)  # 21:30 there
    write_due_notes(now=night)
    assert Letter.objects.get(kind=LetterKind.NOTE).next_attempt_at == datetime(2026, 3, 5, 4, tzinfo=UTC)


def test_nobody_is_written_to_who_has_not_asked_unless_the_school_says_so(cast: Cast) -> None:
    rule(cast, notes_unasked=False)
    miss(cast, 0, 1)
    assert write_due_notes(now=NOON) == 0
    actions.wish_notes(person=cast.guardian, way=NoteWay.WEEKLY)
    assert write_due_notes(now=NOON) == 1
    due = Letter.objects.get(kind=LetterKind.NOTE).next_attempt_at
    assert due == datetime(2026, 3, 9, 13, tzinfo=UTC)  # the next Monday, 16:00


def test_what_is_gathered_is_one_letter(cast: Cast) -> None:
    wish = RuleWish(is_on=True, limit=1, every="month", to_student=True, to_guardian=True)
    rule(cast, wish)
    Guardianship.objects.create(institution=cast.school, guardian=cast.guardian, child=cast.bilal)
    lesson = hold(cast, datetime(2026, 3, 2, 6, tzinfo=UTC), [])
    settle_lesson(lesson=lesson, now=lesson.ends_at)
    assert write_due_notes(now=NOON) == 4
    letters = Letter.objects.filter(kind=LetterKind.NOTE)
    assert {one.person: one.family_notes.count() for one in letters} == {
        cast.amina: 1,
        cast.bilal: 1,
        cast.guardian: 2,
    }


def test_the_week_before_is_caught_up_with_and_what_was_before_the_rule_is_not(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0, 1)
    monday = datetime(2026, 3, 9, 9, tzinfo=UTC)
    NoteRule.objects.update(on_since=monday)
    assert write_due_notes(now=monday) == 0
    NoteRule.objects.update(on_since=NOON)
    assert write_due_notes(now=monday) == 1
    assert write_due_notes(now=monday + timedelta(days=14)) == 0


def test_an_old_sign_is_told_of_once_however_many_empty_weeks_follow(cast: Cast) -> None:
    rule(cast, replace(ABSENCE, limit=1), "trend")
    sign = {"rule": "late_again", "speaks_for": [], "speaks_against": [], "stands": True}
    entry = WatchEntry.objects.create(
        course=cast.course,
        person=cast.amina,
        signs=[sign],
        week_on=date(2026, 3, 2),
        opened_at=NOON,
        changed_at=NOON,
    )
    assert [write_due_notes(now=NOON + timedelta(weeks=week)) for week in range(5)] == [1, 0, 0, 0, 0]
    later = NOON + timedelta(weeks=5)
    WatchEntry.objects.filter(pk=entry.pk).update(week_on=date(2026, 4, 6), changed_at=later)
    assert [write_due_notes(now=later) for _ in range(2)] == [1, 0]


def test_a_sign_that_nobody_was_told_of_in_its_week_is_told_of_in_the_next(cast: Cast) -> None:
    sunday = datetime(2026, 3, 8, 18, tzinfo=UTC)
    WatchEntry.objects.create(
        course=cast.course,
        person=cast.amina,
        signs=[{"rule": "late_again", "stands": True}],
        week_on=date(2026, 3, 2),
        opened_at=sunday,
        changed_at=sunday,
    )
    rule(cast, replace(ABSENCE, limit=1), "trend")
    weeks = [sunday + timedelta(days=day) for day in (1, 2, 8, 15)]
    assert [write_due_notes(now=moment) for moment in weeks] == [1, 0, 0, 0]
    assert FamilyNote.objects.count() == 1


def test_a_rule_that_goes_from_weeks_to_months_tells_no_absence_twice(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0, 1)
    assert write_due_notes(now=NOON) == 1
    for every in ("month", "week", "month"):
        rule(cast, replace(ABSENCE, every=every))
        assert write_due_notes(now=NOON) == 0
    miss(cast, 2)
    assert write_due_notes(now=NOON + timedelta(days=1)) == 1


def test_a_week_that_begins_on_another_day_tells_nothing_twice_and_swallows_nothing(cast: Cast) -> None:
    """From Monday, 2 March, to Sunday, 1 March: what was told stays told, what lay in no note is told."""
    rule(cast)
    miss(cast, 0, 1)
    assert write_due_notes(now=NOON) == 1
    Letter.objects.update(state=LetterState.SENT, attempts=1)
    for first, day in ((7, 0), (4, 0), (6, 0), (1, 0), (7, 3)):
        begin_weeks(cast, first)
        assert write_due_notes(now=NOON + timedelta(days=day, hours=1)) == 0, first
    miss(cast, 6)
    assert write_due_notes(now=NOON + timedelta(days=4)) == 0  # Sunday, 8 March: the first of the new week
    miss(cast, 7)
    assert [write_due_notes(now=NOON + timedelta(days=5)) for _ in "ab"] == [1, 0]


def test_who_did_little_and_drifts_away_is_told_of_once_whichever_day_begins_the_week(cast: Cast) -> None:
    rule(cast, replace(ABSENCE, limit=90), "activity")
    rule(cast, replace(ABSENCE, limit=1), "trend")
    for day in (0, 1):
        lesson = hold(cast, datetime(2026, 3, 2 + day, 6, tzinfo=UTC), [(cast.amina, 0, None)])
        settle_lesson(lesson=lesson, now=lesson.ends_at)
    RegisterEntry.objects.filter(person=cast.amina).update(active_seconds=60)
    WatchEntry.objects.create(
        course=cast.course,
        person=cast.amina,
        signs=[{"rule": "late_again", "stands": True}],
        week_on=date(2026, 3, 2),
        opened_at=NOON,
        changed_at=NOON,
    )
    assert write_due_notes(now=NOON) == 2
    Letter.objects.update(state=LetterState.SENT, attempts=1)
    for first in (7, 4, 6, 1):
        begin_weeks(cast, first)
        assert write_due_notes(now=NOON + timedelta(hours=1)) == 0, first


def test_a_guardian_who_is_none_any_more_reads_nothing(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0, 1)
    write_due_notes(now=NOON)
    assert notes_for(cast.guardian).count() == 1
    Guardianship.objects.all().delete()
    assert notes_for(cast.guardian).count() == 0
    assert write_due_notes(now=NOON) == 0 and not FamilyNote.objects.exists()


def test_who_has_left_the_school_is_not_told_of(cast: Cast) -> None:
    rule(cast)
    miss(cast, 0, 1)
    Membership.objects.filter(person=cast.amina).update(is_active=False)
    assert write_due_notes(now=NOON) == 0


def test_rules_and_words_that_make_no_sense_are_refused(cast: Cast) -> None:
    for wish in (
        RuleWish(True, 0, "week", True, True),
        RuleWish(True, 2, "year", True, True),
        RuleWish(True, 2, "week", False, False),
    ):
        with pytest.raises(Refused):
            rule(cast, wish)
    words: dict[str, Any] = {
        "institution": cast.school,
        "measure": "absence",
        "language": "en",
        "by": cast.head,
    }
    for subject, text in (("{pupil}", "x"), ("Hello", "{{ settings }}"), ("Hello", "")):
        with pytest.raises(Refused):
            actions.word_note(subject=subject, text=text, **words)
    assert actions.word_note(subject="{student}", text="{number}", **words) is not None
    assert actions.word_note(subject="", text="", **words) is None
