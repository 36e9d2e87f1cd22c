"""Registers as rows: settled when a lesson is over, again when facts come late, put right by people."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.actions import add_person
from accounts.models import AuditEvent, Role
from attendance import actions
from attendance.models import (
    EngagementLine,
    RegisterEntry,
    WatchEntry,
    WeeklyLine,
)
from attendance.queries import lessons_to_settle, minutes_inside, read_lesson, register_of
from attendance.tasks import sweep
from classroom import actions as lessons
from classroom.models import Fact, Lesson, Presence, Standing
from common.refusals import Refused
from tests.attendance.scenes import come, end, hold, plan, say_of_itself, stay_there
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
YESTERDAY = NOW - timedelta(days=1)


def statuses(lesson: Lesson) -> dict[str, str]:
    rows = RegisterEntry.objects.filter(lesson=lesson, standing="student")
    return dict(rows.values_list("person__name", "status"))


def entry_of(lesson: Lesson, name: str) -> RegisterEntry:
    return RegisterEntry.objects.get(lesson=lesson, person__name=name)


def test_the_sweep_settles_what_is_over_and_then_has_nothing_to_do(cast: Cast) -> None:
    lesson = hold(cast, YESTERDAY, [(cast.amina, 12, None)])
    sweep()
    assert statuses(lesson) == {"Amina": "late", "Bilal": "absent"}
    entry = entry_of(lesson, "Amina")
    assert (entry.late_seconds, entry.seconds, entry.active_seconds) == (720, 2880, 2880)
    assert not lessons_to_settle(now=NOW).exists()


def test_a_page_shows_the_same_before_and_after_it_is_settled(cast: Cast) -> None:
    lesson = hold(cast, YESTERDAY, [(cast.amina, 0, 50), (cast.bilal, 3, 20), (cast.bilal, 20.5, None)])
    shown = [
        (line.name, line.status, line.seconds, line.rejoins, line.first_joined_at, line.last_left_at)
        for line in register_of(lesson, now=NOW)
    ]
    sweep()
    settled = register_of(lesson, now=NOW)
    assert [
        (line.name, line.status, line.seconds, line.rejoins, line.first_joined_at, line.last_left_at)
        for line in settled
    ] == shown
    assert {line.name: (line.status, line.rejoins) for line in settled} == {
        "Tomas": (None, 0),
        "Amina": ("left_early", 0),
        "Bilal": ("present", 0),
    }


def test_who_falls_silent_at_once_was_not_there_by_page_nor_by_stream(cast: Cast) -> None:
    lesson = plan(cast, YESTERDAY)
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    come(lesson, cast.amina, 1)
    lesson.refresh_from_db()
    begun = lesson.starts_at + timedelta(minutes=1)
    lessons.watch_stream(
        room=lesson.room, person=cast.bilal, standing=Standing.STUDENT, viewer=uuid.uuid4(), now=begun
    )
    teacher = Presence.objects.get(person=cast.teacher).connection
    lessons.see(connections=[teacher], now=begun + timedelta(minutes=9))
    assert lessons.close_silent_presences(now=begun + timedelta(minutes=9)) == 1
    assert lessons.close_silent_viewers(now=begun + timedelta(minutes=9)) == 1
    end(lesson, cast)
    sweep()
    assert statuses(lesson) == {"Amina": "absent", "Bilal": "absent"}
    assert [entry_of(lesson, name).seconds for name in ("Amina", "Bilal")] == [0, 0]


def test_who_only_looks_on_stands_in_no_register(cast: Cast) -> None:
    lesson = plan(cast, YESTERDAY)
    guard = add_person(institution=cast.school, email="i@x.test", name="Ines", role=Role.TEACHER)
    lessons.enrol(course=cast.course, person=guard, standing=Standing.OBSERVER)
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    for number, person in enumerate((cast.head, guard)):
        come(lesson, person, number, Standing.OBSERVER)
    end(lesson, cast)
    names = {"Tomas", "Amina", "Bilal"}
    assert {line.name for line in register_of(lesson, now=NOW)} == names
    sweep()
    assert {line.name for line in register_of(lesson, now=NOW)} == names
    # As it was settled before.
    RegisterEntry.objects.create(
        lesson=lesson,
        person=cast.head,
        standing=Standing.OBSERVER,
        status="present",
        reckoned="present",
        reckoned_at=NOW,
    )
    assert {line.name for line in register_of(lesson, now=NOW)} == names


def test_the_minutes_of_a_flaky_hour_are_those_of_its_register(cast: Cast) -> None:
    """Settled or not; ten breaks of forty seconds are no absence."""
    stays = [(cast.amina, 5 * number + 2 / 3, 5.0 * number + 5) for number in range(11)]
    lesson = hold(cast, YESTERDAY, stays)
    shown = {line.person.pk: line.minutes for line in register_of(lesson, now=NOW)}
    told = minutes_inside(people=[cast.amina, cast.bilal], lessons=[lesson])
    assert told == {(cast.amina.pk, lesson.pk): shown[cast.amina.pk]} == {(cast.amina.pk, lesson.pk): 54.3}
    sweep()
    assert minutes_inside(people=[cast.amina], lessons=[lesson]) == told
    # What the register keeps outlives the facts.
    Fact.objects.filter(lesson=lesson).delete()
    assert minutes_inside(people=[cast.amina], lessons=[lesson]) == told


def test_what_is_told_late_is_reckoned_again_but_not_what_somebody_corrected(cast: Cast) -> None:
    lesson = hold(cast, YESTERDAY, [])
    sweep()
    actions.correct_entry(
        entry=entry_of(lesson, "Bilal"),
        status="excused",
        reason="His mother called",
        by=cast.teacher,
        now=NOW,
    )
    for person in (cast.amina, cast.bilal):
        Fact.objects.create(
            lesson=lesson,
            type="participant.joined",
            at=lesson.starts_at,
            source="prosody",
            key=f"late:{person.pk}",
            person=person,
            data={"occupant": "v", "role": "student", "door": "jitsi"},
        )
    sweep()
    assert statuses(lesson) == {"Amina": "present", "Bilal": "excused"}
    assert entry_of(lesson, "Bilal").reckoned == "present"


def test_a_correction_has_a_reason_is_audited_and_can_be_taken_back(cast: Cast) -> None:
    lesson = hold(cast, YESTERDAY, [(cast.amina, 12, None)])
    sweep()
    entry = entry_of(lesson, "Amina")

    def correct(status: str, reason: str = "The bus was late") -> None:
        now = timezone.now()
        actions.correct_entry(entry=entry, status=status, reason=reason, by=cast.teacher, now=now)

    for status, reason, code in (
        ("present", " ", "no_reason"),
        ("ill", "x", "bad_status"),
        ("late", "x", "same_status"),
    ):
        with pytest.raises(Refused, match=code):
            correct(status, reason)
    correct("present")
    correct("excused")
    line = next(line for line in register_of(lesson, now=NOW) if line.person == cast.amina)
    assert (line.status, line.is_corrected) == ("excused", True)
    assert WeeklyLine.objects.get(person=cast.amina).excused == 1
    for after in ("present", "late"):
        assert actions.undo_correction(entry=entry, by=cast.teacher, now=NOW)
        assert statuses(lesson)["Amina"] == after
    assert not actions.undo_correction(entry=entry, by=cast.teacher, now=NOW)
    told = AuditEvent.objects.filter(act__startswith="register.").order_by("seq")
    assert list(told.values_list("act", flat=True)) == ["register.corrected"] * 2 + ["register.restored"] * 2
    assert "bus" not in str(list(told.values_list("detail", flat=True)))


def test_who_is_excused_before_is_excused_and_not_absent(cast: Cast) -> None:
    lesson = plan(cast, YESTERDAY)
    actions.excuse_absence(lesson=lesson, person=cast.bilal, reason="A wedding", by=cast.head, now=NOW)
    with pytest.raises(Refused, match="not_found"):
        actions.excuse_absence(lesson=lesson, person=cast.stranger, reason="x", by=cast.head, now=NOW)
    come(lesson, cast.amina, 0)
    end(lesson, cast)
    sweep()
    assert statuses(lesson) == {"Amina": "present", "Bilal": "excused"}
    assert actions.withdraw_excuse(lesson=lesson, person=cast.bilal, by=cast.head, now=NOW)
    assert statuses(lesson)["Bilal"] == "absent"
    actions.excuse_absence(lesson=lesson, person=cast.bilal, reason="After all", by=cast.head, now=NOW)
    assert statuses(lesson)["Bilal"] == "excused"


def test_a_lesson_that_nobody_held_makes_nobody_absent(cast: Cast) -> None:
    end(plan(cast, YESTERDAY), cast)
    sweep()
    assert not RegisterEntry.objects.exists()


def test_a_hidden_page_is_not_active_and_says_why(cast: Cast) -> None:
    lesson = plan(cast, YESTERDAY)
    occupant = come(lesson, cast.amina, 0)
    say_of_itself(lesson, cast.amina, occupant, "hidden", 10)
    stay_there(lesson, cast.amina, occupant, 40, 60)
    end(lesson, cast)
    sweep()
    assert entry_of(lesson, "Amina").active_seconds == 1800
    reading = read_lesson(lesson, now=NOW)
    spans = reading.people[cast.amina.pk].trace(reading.window)
    hidden = next(span for span in spans if span.state == "hidden")
    assert (hidden.first, hidden.last) == (10, 39)
    assert [reading.facts[key].type for key in hidden.facts] == [
        "participant.joined",
        "participant.left",
        "activity.changed",
    ]


def test_engagement_is_kept_of_students_alone_and_goes_with_the_days(cast: Cast) -> None:
    lesson = hold(cast, YESTERDAY, [(cast.amina, 0, None)])
    sweep()
    assert dict(EngagementLine.objects.values_list("person__name", "score")) == {"Amina": 100, "Bilal": None}
    assert actions.forget_raw_activity(institution=cast.school, now=NOW) == 0
    assert actions.forget_raw_activity(institution=cast.school, now=NOW + timedelta(days=40)) == 2
    assert statuses(lesson)["Amina"] == "present"


def test_what_was_known_of_a_week_outlives_the_days_in_which_it_could_be_seen(cast: Cast) -> None:
    """As when somebody is excused long after."""
    lesson = hold(cast, YESTERDAY, [(cast.amina, 0, None)])
    sweep()
    later = NOW + timedelta(days=40)
    actions.forget_raw_activity(institution=cast.school, now=later)
    actions.excuse_absence(lesson=lesson, person=cast.bilal, reason="A wedding", by=cast.head, now=later)
    actions.reckon_week(course=cast.course, week_on=WeeklyLine.objects.latest("week_on").week_on, now=later)
    amina, bilal = WeeklyLine.objects.order_by("person__name")
    assert (amina.score, amina.present) == (100, 1)
    assert (bilal.score, bilal.excused) == (None, 1)


def test_what_was_active_stays_so_when_the_facts_that_said_it_are_gone(cast: Cast) -> None:
    """The days may be fewer than those in which late facts still change a register."""
    cast.school.policy = {**cast.school.policy, "engagement_days": 1}
    cast.school.save()
    lesson = plan(cast, NOW - timedelta(hours=26))
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    occupant = come(lesson, cast.amina, 0)
    stay_there(lesson, cast.amina, occupant, 0, 10)
    say_of_itself(lesson, cast.amina, occupant, "hidden", 10)
    lesson = end(lesson, cast)
    Fact.objects.filter(lesson=lesson).update(recorded_at=lesson.ended_at)
    actions.settle_due(now=lesson.ends_at)
    assert entry_of(lesson, "Amina").active_seconds == 600
    actions.forget_raw_activity(institution=cast.school, now=NOW)
    assert [actions.settle_due(now=NOW) for _ in "ab"] == [1, 0]
    assert (entry_of(lesson, "Amina").seconds, entry_of(lesson, "Amina").active_seconds) == (3600, 600)
    assert WeeklyLine.objects.get(person=cast.amina).active_seconds == 600
    # Somebody of whom nothing was reckoned while it could be seen.
    RegisterEntry.objects.filter(lesson=lesson, person=cast.amina).delete()
    actions.settle_lesson(lesson=lesson, now=NOW)
    assert (entry_of(lesson, "Amina").seconds, entry_of(lesson, "Amina").active_seconds) == (3600, None)


def test_a_week_that_begins_on_another_day_counts_no_lesson_twice(cast: Cast) -> None:
    """And what can no longer be seen of an old one goes with most of its days."""
    monday = datetime(2026, 3, 2, 6, tzinfo=UTC)
    first, second, third, fourth, last = (monday + timedelta(days=day) for day in (-42, -25, -24, 0, 3))
    for at in (first, second, third, fourth):
        lesson = hold(cast, at, [(cast.amina, 20, None)])
        actions.settle_lesson(lesson=lesson, now=lesson.ends_at)
    RegisterEntry.objects.filter(lesson__starts_at=first).delete()  # as its days are over
    before = list(WeeklyLine.objects.filter(person=cast.amina).values_list("week_on", "lessons", "score"))
    assert [(day.month, day.day, lessons) for day, lessons, _ in before] == [(1, 19, 1), (2, 2, 2), (3, 2, 1)]
    later = last + timedelta(hours=2)
    cast.school.policy = {**cast.school.policy, "week_begins": 7, "engagement_days": 10}
    cast.school.save()
    actions.forget_raw_activity(institution=cast.school, now=later)
    lesson = hold(cast, last, [(cast.amina, 0, None)])
    actions.settle_lesson(lesson=lesson, now=later)
    lines = WeeklyLine.objects.filter(person=cast.amina)
    assert list(lines.values_list("week_on", "lessons", "late")) == [
        (date(2026, 1, 18), 1, 1),
        (date(2026, 2, 1), 2, 2),
        (date(2026, 3, 1), 2, 1),
    ]
    assert [line.score for line in lines[:2]] == [score for _, _, score in before[:2]]
    assert None not in [line.score for line in lines]


def test_who_stays_away_week_after_week_comes_on_the_list_and_a_person_closes_it(cast: Cast) -> None:
    for week in range(6, 0, -1):
        here = [(cast.amina, 0, None)] + ([(cast.bilal, 0, None)] if week > 2 else [])
        for day in (0, 1):
            hold(cast, NOW - timedelta(weeks=week, days=-day), here)
    sweep()
    entry = WatchEntry.objects.get()
    assert (entry.person, entry.signs[0]["rule"], entry.signs[0]["stands"]) == (
        cast.bilal,
        "attendance_falling",
        True,
    )
    actions.add_contact(entry=entry, way="call", text="He helps at home.", by=cast.teacher, now=NOW)
    assert actions.close_watch(entry=entry, by=cast.teacher, now=NOW)
    assert not actions.close_watch(entry=entry, by=cast.teacher, now=NOW)
    actions.reckon_week(course=cast.course, week_on=entry.week_on, now=NOW)
    assert WatchEntry.objects.count() == 1
