"""Students and minutes: what is told makes the same picture, is small, and says who needs somebody."""

from __future__ import annotations

import json
import random
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from attendance.activity import Act, Activity, Stretch
from attendance.heatmap import Moment, Need, Picture, Row, apply, changes, draw_cells, needs_of, snapshot
from attendance.messages import heatmap_changed
from attendance.presence import Interval
from attendance.queries.heatmap import Watcher
from classroom import actions as lessons
from classroom.models import Fact, Lesson, Standing
from quizzes.actions import launch_quiz, write_question
from tests.attendance.scenes import come, draw, go, say_of_itself
from tests.conftest import Cast
from tests.quizzes.questions import DRAFTS
from whiteboard.models import Edit

BYTES_A_SECOND = 5000
CELLS = st.text("aAuihx-", min_size=0, max_size=6)
rows = st.builds(
    Row,
    person=st.just("p"),
    name=st.just("n"),
    cells=CELLS,
    now=st.sampled_from(["active", "away"]),
    needs=st.lists(st.builds(Need, st.sampled_from(["gone", "idle"]), st.integers(0, 9)), max_size=2).map(
        tuple
    ),
)


def as_json(value: object) -> object:
    return json.loads(json.dumps(value))


@given(st.lists(st.tuples(rows, rows), max_size=5))
def test_the_old_picture_and_what_was_told_give_the_new_one(pairs: list[tuple[Row, Row]]) -> None:
    grown = [(old, row_after(old, new)) for old, new in pairs]
    before, after = (Picture(0, tuple(pair[side] for pair in grown)) for side in (0, 1))
    told = changes(before, after)
    shown = as_json(snapshot(before))
    assert (told is None) == (before == after)
    assert (shown if told is None else apply(shown, as_json(told))) == as_json(snapshot(after))  # type: ignore[arg-type]


def row_after(old: Row, new: Row) -> Row:
    """Minutes only become more."""
    cells = new.cells + old.cells[len(new.cells) :]
    return Row(old.person, old.name, cells, new.now, new.needs)


@pytest.mark.deep
def test_two_hundred_students_stay_within_five_kilobytes_a_second() -> None:
    """A lively hour: each second one in thirty does something else, every minute a new column."""
    chance, sizes = random.Random(7), []
    cells, now = ["" for _ in range(200)], ["active"] * 200
    names = [(str(uuid.UUID(int=n)), f"Student number {n}") for n in range(200)]
    needs: list[tuple[Need, ...]] = [()] * 200
    picture = Picture(0, tuple(Row(*who, "", "active") for who in names))
    for second in range(3600):
        minute = second // 60
        for n in range(200):
            if len(cells[n]) <= minute:
                cells[n] += chance.choice("aaaaui-")
            elif chance.random() < 1 / 30:
                letter = chance.choice("aAuihx-")
                cells[n] = cells[n][:minute] + letter
                now[n] = {"h": "hidden", "-": "away"}.get(letter, "active")
                needs[n] = (Need("hidden", second),) if letter == "h" else ()
        rows = zip(names, cells, now, needs, strict=True)
        new = Picture(0, tuple(Row(*who, drawn, what, why) for who, drawn, what, why in rows))
        told = changes(picture, new)
        sizes.append(len(json.dumps(heatmap_changed(told, seq=second), separators=(",", ":"))) if told else 0)
        picture = new
    print(f"mean {sum(sizes) / len(sizes):.0f} B/s, worst second {max(sizes)} B")
    assert max(sizes) <= BYTES_A_SECOND


def test_a_cell_is_what_took_most_of_the_minute_and_an_act_stands_out() -> None:
    told = [Stretch(0, 100, Activity.ACTIVE), Stretch(100, 200, Activity.HIDDEN)]
    assert draw_cells(told, [], 0, 250) == "aah--"
    assert draw_cells(told, [Act(10, "answer"), Act(130, "edit")], 0, 250) == "AaA--"


NOON = Moment(now=1000, starts_at=0, late_after=300)


def test_who_needs_somebody_is_told_with_the_reason_and_since_when() -> None:
    here = [Interval(0, 1000)]

    def needs(told: list[Stretch], stays: list[Interval], **more: float) -> list[tuple[str, float]]:
        moment = Moment(NOON.now, NOON.starts_at, NOON.late_after, **more)
        return [(need.code, need.since) for need in needs_of(told, stays, stays, moment)]

    active = [Stretch(0, 1000, Activity.ACTIVE)]
    assert needs(active, here) == []
    assert needs([], []) == [("not_here", 0)]
    assert needs([Stretch(0, 900, Activity.ACTIVE)], [Interval(0, 900)]) == [("gone", 900)]
    assert needs([Stretch(800, 1000, Activity.HIDDEN)], here) == [("hidden", 800)]
    assert needs([Stretch(900, 1000, Activity.HIDDEN)], here) == []
    assert needs([Stretch(600, 1000, Activity.IDLE)], here) == [("idle", 600)]
    assert needs(active, here, hand_since=990, unanswered_since=960) == [("hand_up", 990), ("no_answer", 960)]
    broken = [Interval(500 + n * 100, 550 + n * 100) for n in range(4)] + [Interval(940, 1000)]
    assert ("rough_link", 550) in needs(active, broken)


@pytest.mark.django_db
def test_a_running_lesson_is_looked_at_again_and_again(cast: Cast, lesson: Lesson) -> None:
    begun = timezone.now().replace(microsecond=0) - timedelta(minutes=20)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=begun, ends_at=begun + timedelta(hours=1))
    lesson.refresh_from_db()
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    amina = come(lesson, cast.amina, 1)
    watcher = Watcher(lesson.pk)

    def look(minute: float) -> dict[str, Row]:
        return {row.name: row for row in watcher.look(begun + timedelta(minutes=minute)).rows}

    first = look(10)
    assert first["Amina"] == Row(str(cast.amina.pk), "Amina", "-" + "a" * 9, "active")
    assert [need.code for need in first["Bilal"].needs] == ["not_here"]
    say_of_itself(lesson, cast.amina, amina, "hidden", 10.1)
    bilal = come(lesson, cast.bilal, 10.1)
    then = look(10.2)
    assert (then["Amina"].now, then["Bilal"].now, then["Bilal"].needs) == ("hidden", "active", ())
    lessons.raise_hand(
        room=lesson.room, person=cast.bilal, standing=Standing.STUDENT, now=begun + timedelta(minutes=10.3)
    )
    question = write_question(course=cast.course, draft=DRAFTS["single"], by=cast.teacher)
    launch_quiz(
        quiz_id=uuid.uuid4(),
        room=lesson.room,
        questions=[question.pk],
        by=cast.teacher,
        now=begun + timedelta(minutes=10.3),
    )
    go(lesson, bilal, 10.4)
    later = look(14)
    assert [need.code for need in later["Amina"].needs] == ["hidden", "no_answer"]
    assert [need.code for need in later["Bilal"].needs] == ["hand_up", "gone"]
    assert later["Bilal"].cells[10] == "A"
    fresh = Watcher(lesson.pk).look(begun + timedelta(minutes=14))
    assert {row.name: row for row in fresh.rows} == later


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Fact, Edit])
def test_what_was_numbered_first_and_committed_last_is_seen_at_the_next_look(
    cast: Cast, lesson: Lesson, model: type[Fact] | type[Edit]
) -> None:
    """Two transactions: the one that began sooner ends later, and its number is the lower one."""
    begun = timezone.now().replace(microsecond=0) - timedelta(minutes=20)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=begun, ends_at=begun + timedelta(hours=1))
    lesson.refresh_from_db()
    come(lesson, cast.teacher, 0, Standing.TEACHER)
    tab, other = come(lesson, cast.amina, 1), come(lesson, cast.bilal, 1)

    def act(person: Person, tab: uuid.UUID) -> None:
        if model is Fact:
            say_of_itself(lesson, person, tab, "hidden", 10)
        else:
            draw(lesson, person, 10)

    act(cast.amina, tab)
    slow = model.objects.latest("pk")
    act(cast.bilal, other)
    model.objects.filter(pk=slow.pk).delete()
    watcher = Watcher(lesson.pk)

    def look(second: int) -> dict[str, tuple[str, str]]:
        picture = watcher.look(begun + timedelta(minutes=10, seconds=second))
        return {row.name: (row.now, row.cells[-1]) for row in picture.rows}

    expected = ("hidden", "h") if model is Fact else ("active", "A")
    before = look(1)
    assert before["Bilal"] == expected != before["Amina"]
    slow.save(force_insert=True)
    assert look(2)["Amina"] == expected
