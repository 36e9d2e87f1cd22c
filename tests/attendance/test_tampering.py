"""A page in the pupil's hand: what it keeps back, says again or makes up gives nobody anything."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Person
from attendance.actions import settle_lesson
from attendance.activity import NOT_AWAY, Act, Activity, Claim, Stretch, close, stretches, sum_of
from attendance.engagement import Measures, reckon
from attendance.models import EngagementLine, Register, RegisterEntry
from attendance.presence import GAP_SECONDS, JITSI, PAGE, Event, close_gaps, fold
from attendance.queries import Reading, read_lesson
from attendance.queries.readings import Told
from attendance.verdict import Rules, Window
from classroom.models import Lesson
from tests.attendance.scenes import (
    answer_question,
    come,
    draw,
    end,
    fall_silent,
    go,
    plan,
    say_of_itself,
    stay_there,
    write,
)
from tests.conftest import Cast

YESTERDAY = timezone.now().replace(microsecond=0) - timedelta(days=1)
END, SILENT_AFTER = 3600.0, 600.0
WINDOW = Window(0.0, END)

times = st.floats(0, END, allow_nan=False)
tabs = st.sampled_from(["1", "2"])
visits = st.lists(
    st.builds(Event, st.just("a"), tabs, st.sampled_from(["joined", "left"]), times), min_size=1, max_size=8
)
claims = st.lists(
    st.builds(
        Claim,
        tabs,
        times,
        st.sampled_from([Activity.ACTIVE, Activity.HIDDEN, Activity.IDLE]),
        st.just("claim"),
    ),
    max_size=20,
)
acts = st.lists(st.builds(Act, times, st.sampled_from(["answer", "message", "edit"])), max_size=5)


def read(history: list[Event], said: list[Claim], done: list[Act]) -> Reading:
    inside, seen = fold(history, END)
    pupil = Person(name="A")
    rename = {str(pupil.pk): inside.get("a", [])}, {str(pupil.pk): seen.get("a", [])}
    return Reading.of(pupil, "student", Told(history, said, done), *rename, Rules(silent_minutes=10))


def score(one: Reading) -> int | None:
    """Three lessons before were as good as can be, with questions, messages and strokes."""
    kinds = [act.kind for act in one.acts]
    now = Measures(
        lesson_seconds=END,
        seconds=sum(stay.seconds for stay in one.stays),
        attentive_seconds=one.attentive_seconds(WINDOW),
        inside_seconds=one.inside_seconds(WINDOW),
        breaks=len(one.losses),
        has_page=one.has_page,
        asked=max(4, kinds.count("answer")),
        answered=kinds.count("answer"),
        said=kinds.count("message"),
        edits=kinds.count("edit"),
    )
    best = Measures(END, END, END, inside_seconds=END, asked=4, answered=4, said=3, edits=3)
    return reckon(now, [best] * 3).score


@given(visits, claims, acts, claims, st.data())
def test_no_score_is_higher_than_the_honest_one(
    history: list[Event], honest: list[Claim], done: list[Act], invented: list[Claim], data: st.DataObject
) -> None:
    """Kept back, in part or all; said again, at other times; made up."""
    kept = [one for one in honest if data.draw(st.booleans())]
    replayed = [*honest, *(Claim(one.occupant, data.draw(times), one.activity) for one in honest)]
    fair = score(read(history, honest, done))
    for tampered in (kept, [], replayed, [*honest, *invented], invented):
        assert score(read(history, tampered, done)) == fair


@given(visits, acts)
def test_a_page_that_says_nothing_is_active_only_for_a_while_after_what_the_server_saw(
    history: list[Event], done: list[Act]
) -> None:
    inside, seen = fold(history, END)
    stays, own = inside.get("a", []), seen.get("a", [])
    shown = close(stretches(stays, own, [], done, SILENT_AFTER), close_gaps(stays))
    opened = [visit.starts_at for visit in own if visit.starts_at < visit.ends_at]
    proofs = sorted([*(act.at for act in done), *opened[:1]])
    for one in shown:
        if one.activity == Activity.ACTIVE:
            since = max((at for at in proofs if at <= one.starts_at), default=None)
            assert since is not None
            reached = since
            for before, after in itertools.pairwise([since, *(at for at in proofs if at > since)]):
                if after <= before + SILENT_AFTER:
                    reached = after
                else:
                    break
            assert one.ends_at <= reached + SILENT_AFTER


@given(visits, claims, acts)
def test_who_says_nothing_has_no_more_active_time_than_who_says_to_be_there(
    history: list[Event], said: list[Claim], done: list[Act]
) -> None:
    inside, seen = fold(history, END)
    stays, own = inside.get("a", []), seen.get("a", [])
    present = [one for one in said if one.activity == Activity.ACTIVE]

    def active(told: list[Claim]) -> float:
        return sum_of(stretches(stays, own, told, done, SILENT_AFTER), NOT_AWAY)

    assert active([]) <= active(present) + 1e-6
    assert active(said) <= active(present) + 1e-6


def test_coming_again_and_again_without_a_word_is_no_activity() -> None:
    """A connection that a script opens anew every nine minutes."""
    history = [
        Event("a", str(n), kind, 540.0 * n + late)
        for n in range(6)
        for kind, late in (("joined", 0.0), ("left", 539.0))
    ]
    inside, seen = fold(history, END)
    shown = stretches(inside["a"], seen["a"], [], [], SILENT_AFTER)
    assert sum_of(shown, frozenset({Activity.ACTIVE})) < SILENT_AFTER


beside = st.builds(
    Event,
    st.just("a"),
    tabs,
    st.sampled_from(["joined", "left"]),
    times,
    st.sampled_from([PAGE, PAGE, PAGE, JITSI]),
)


@given(st.lists(beside, min_size=1, max_size=8), claims, acts)
def test_a_page_that_calls_itself_a_companion_gains_nothing_unless_the_app_is_there(
    history: list[Event], said: list[Claim], done: list[Act]
) -> None:
    """Away from the app and its coming and going, each moment is told as that of a page that did not say so."""

    def told(events: list[Event]) -> list[Stretch]:
        inside, seen = fold(events, END)
        return stretches(inside.get("a", []), seen.get("a", []), said, done, SILENT_AFTER)

    named = [replace(one, is_companion=one.door == PAGE) for one in history]
    _, seen = fold(history, END)
    app = [visit for visit in seen.get("a", []) if visit.door == JITSI]
    bounds = {at for visit in app for at in (visit.starts_at - GAP_SECONDS, visit.ends_at + GAP_SECONDS)}
    plain, hidden = told(history), told(named)
    edges = sorted(
        {0.0, END, *bounds, *(at for one in [*plain, *hidden] for at in (one.starts_at, one.ends_at))}
    )
    for since, until in itertools.pairwise(edges):
        middle = (since + until) / 2
        if not any(v.starts_at - GAP_SECONDS <= middle <= v.ends_at + GAP_SECONDS for v in app):
            assert at_moment(plain, middle) == at_moment(hidden, middle)


def at_moment(told: list[Stretch], moment: float) -> str | None:
    return next((one.activity for one in told if one.starts_at <= moment < one.ends_at), None)


Page = Callable[[Lesson, Person, UUID], None]


def honest(lesson: Lesson, pupil: Person, tab: UUID) -> None:
    """In the background for half of the hour."""
    stay_there(lesson, pupil, tab, 0, 10)
    say_of_itself(lesson, pupil, tab, "hidden", 10)
    stay_there(lesson, pupil, tab, 40, 60)


def withholding(lesson: Lesson, pupil: Person, tab: UUID) -> None:
    """Never a word."""


def stopping(lesson: Lesson, pupil: Person, tab: UUID) -> None:
    """As long as it has nothing to hide it speaks."""
    stay_there(lesson, pupil, tab, 0, 10)


def inventing(lesson: Lesson, pupil: Person, tab: UUID) -> None:
    """What an honest page said in another lesson, said again: nobody can tell it from the truth."""
    stay_there(lesson, pupil, tab, 0, 60)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "active_minutes"), [(honest, 30), (withholding, 25), (stopping, 28), (inventing, 60)]
)
def test_a_tampered_page_gains_nothing(cast: Cast, page: Page, active_minutes: int) -> None:
    lesson = plan(cast, YESTERDAY)
    tab = come(lesson, cast.amina, 0)
    page(lesson, cast.amina, tab)
    write(lesson, cast.amina, 5)
    draw(lesson, cast.amina, 45)
    end(lesson, cast)
    settle_lesson(lesson=lesson, now=lesson.ends_at)
    assert EngagementLine.objects.get(person=cast.amina).score == 100
    assert RegisterEntry.objects.get(person=cast.amina).active_seconds == 60 * active_minutes


@pytest.mark.django_db
@pytest.mark.parametrize("page", [honest, withholding, stopping, inventing])
def test_a_page_without_a_camera_is_measured_like_any_other(cast: Cast, page: Page) -> None:
    """`?video=none`, in a lesson whose app nobody has seen them in."""
    seconds = []
    for has_video in (True, False):
        lesson = plan(cast, YESTERDAY)
        page(lesson, cast.amina, come(lesson, cast.amina, 0, has_video=has_video))
        end(lesson, cast)
        settle_lesson(lesson=lesson, now=lesson.ends_at)
        seconds.append(RegisterEntry.objects.get(lesson=lesson, person=cast.amina).active_seconds)
    assert seconds[0] is not None
    assert seconds[0] == seconds[1]


# Before each question, while it waits for an answer, between the questions; by closing the page, or by cutting the line.
Break = tuple[float, float, Callable[[Lesson, UUID, float], None]]
QUESTIONS = (10.0, 25.0, 40.0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("breaks", "reason"),
    [
        ([], "own_usual"),
        ([(at + 0.2, at + 0.5, go) for at in QUESTIONS], "own_usual"),
        ([(at + 5, at + 6, fall_silent) for at in QUESTIONS], "own_usual"),
        ([(10.2, 10.9, fall_silent), (25.2, 25.9, fall_silent)], "own_usual"),
        ([(at + 0.2, at + 0.9, fall_silent) for at in QUESTIONS], "rough_link"),
    ],
)
def test_coming_again_and_again_makes_no_slow_answer_vanish_and_a_line_that_broke_makes_nobody_slow(
    cast: Cast, breaks: list[Break], reason: str
) -> None:
    for days in (4, 3, 2):
        lesson = plan(cast, YESTERDAY - timedelta(days=days))
        come(lesson, cast.amina, 0)
        answer_question(lesson, cast, 10, 6)
        settle_lesson(lesson=end(lesson, cast), now=lesson.ends_at)
    lesson = plan(cast, YESTERDAY)
    tab, waiting = come(lesson, cast.amina, 0), list(breaks)
    for asked in QUESTIONS:
        while waiting and waiting[0][0] < asked:
            tab = break_off(lesson, cast, tab, *waiting.pop(0))
        answer_question(lesson, cast, asked, 60)
    for one in waiting:
        tab = break_off(lesson, cast, tab, *one)
    settle_lesson(lesson=end(lesson, cast), now=lesson.ends_at)
    line = EngagementLine.objects.get(lesson=lesson, person=cast.amina)
    [speed] = [one for one in line.signals if one["kind"] == "speed"]
    assert (speed["reason"], speed["value"]) == (reason, 0.1 if reason == "own_usual" else None)


def break_off(
    lesson: Lesson, cast: Cast, tab: UUID, since: float, until: float, how: Callable[..., None]
) -> UUID:
    how(lesson, tab, since)
    return come(lesson, cast.amina, until)


@pytest.mark.django_db
def test_nobody_is_called_silent_once_the_words_of_pages_are_gone_or_before_they_were_asked_for(
    cast: Cast,
) -> None:
    lesson = plan(cast, YESTERDAY)
    come(lesson, cast.amina, 0)
    end(lesson, cast)

    def states(days: int) -> set[str]:
        reading = read_lesson(lesson, now=lesson.ends_at + timedelta(days=days))
        return {span.state for span in reading.people[cast.amina.pk].trace(reading.window)}

    assert states(days=1) == {"active", "silent"}
    assert states(days=40) == {"active"}
    settle_lesson(lesson=lesson, now=lesson.ends_at)
    assert states(days=1) == {"active", "silent"}
    Register.objects.update(rules={"late_minutes": 5})
    assert states(days=1) == {"active"}
