"""What a video is to look like: from policy, from the recording's own choice, from what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Institution
from classroom import timeline as facts
from classroom.models import Lesson
from recordings.clock import Span, Timeline
from recordings.direction import charts_of, composition_of, look_of, shares_of, with_lead
from recordings.models import Recording

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(lesson: Lesson) -> Recording:
    return Recording.objects.create(lesson=lesson, state_at=timezone.now())


def decide(recording: Recording, **policy: Any) -> None:
    Institution.objects.filter(pk=recording.lesson.institution_id).update(policy=policy)
    recording.lesson.institution.refresh_from_db()


def note(recording: Recording, word: str, at: datetime, **data: Any) -> None:
    data = {"room": str(recording.lesson.room.pk), **data}
    facts.record(recording.lesson, word, at=at, source="test", key=f"{word}:{at}", data=data)


def test_the_recordings_own_layout_counts_before_the_schools(recording: Recording) -> None:
    assert look_of(recording) == "beside"
    decide(recording, recording_look="speaker")
    assert look_of(recording) == "speaker"
    recording.look = "board"
    assert look_of(recording) == "board"


@pytest.mark.parametrize(("look", "fps"), [("beside", 15), ("board", 15), ("speaker", 30), ("screen", 30)])
def test_what_is_shown_large_is_shown_as_smoothly_as_it_was_filmed(
    recording: Recording, look: str, fps: int
) -> None:
    decide(recording, recording_look=look)
    assert composition_of(recording, Timeline([Span(0, 1)]), [], []).fps == fps


def test_a_title_takes_the_seconds_before_the_lesson_and_names_nobody(recording: Recording) -> None:
    spans = [Span(100.0, 160.0), Span(200.0, 230.0)]
    assert with_lead(recording, spans) == spans
    decide(recording, title_card=True)
    timeline = Timeline(with_lead(recording, spans))
    assert (timeline.duration, timeline.offset_of(100), timeline.offset_of(200)) == (93, 3, 63)
    made = composition_of(recording, timeline, [], [])
    assert made.title_card is not None
    assert (made.title_card.until, made.title_card.title) == (100, recording.lesson.title)
    assert made.names is False


def test_counts_that_were_shown_are_drawn_until_the_next_quiz(recording: Recording) -> None:
    now = timezone.now()
    question = {
        "id": "q",
        "text": "3/4?",
        "choices": [{"id": "a", "text": "six"}, {"id": "b", "text": "nine"}],
    }
    tally = {"question": "q", "answered": 5, "bars": [["a", 4], ["b", 1]]}
    note(recording, "quiz.shared", now, questions=[question], tally=[tally])
    note(recording, "quiz.opened", now + timedelta(seconds=20))
    note(
        recording,
        "quiz.shared",
        now + timedelta(seconds=50),
        questions=[question],
        tally=[tally],
        room="another",
    )
    (chart,) = charts_of(recording)
    assert (chart.question, chart.bars) == ("3/4?", (("six", 4), ("nine", 1)))
    assert chart.span.starts_at == now.timestamp()
    assert chart.span.seconds == pytest.approx(20)


def test_bars_grow_while_everybody_sees_them_and_the_quiz_is_open(recording: Recording) -> None:
    now = timezone.now().replace(microsecond=0)
    at = now.timestamp()
    choices = [{"id": "a", "text": "six"}, {"id": "b", "text": "nine"}]
    words = {"id": "w", "text": "Why?", "choices": []}

    def tell(seconds: float, word: str, **data: Any) -> None:
        note(recording, word, now + timedelta(seconds=seconds), quiz="1", **data)

    tell(0, "quiz.opened")
    tell(0, "quiz.shown", questions=[{"id": "q", "text": "3/4?", "choices": choices}, words])
    tell(0, "quiz.counted", counts=[[["a", 0], ["b", 0]], []])
    tell(1, "quiz.counted", counts=[[["a", 2], ["b", 0]], []])
    tell(2, "quiz.counted", counts=[[["a", 2], ["b", 1]], []])
    tell(5, "quiz.counted", counts=None)
    tell(8, "quiz.counted", counts=[[["a", 2], ["b", 2]], []])
    tell(11, "quiz.closed")
    tell(11.5, "quiz.counted", counts=[[["a", 9], ["b", 9]], []])
    stages = [(one.span.starts_at - at, one.span.ends_at - at, one.bars) for one in charts_of(recording)]
    assert stages == [
        (0, 2, (("six", 0), ("nine", 0))),
        (2, 6, (("six", 2), ("nine", 1))),
        (8, 11, (("six", 2), ("nine", 2))),
    ]


def test_of_several_questions_that_is_shown_which_moves(recording: Recording) -> None:
    now = timezone.now().replace(microsecond=0)
    questions = [
        {"id": one, "text": one, "choices": [{"id": "a", "text": "A"}]} for one in ("first", "second")
    ]
    note(recording, "quiz.shown", now, quiz="1", questions=questions)
    for seconds, counts in ((0, (0, 0)), (4, (3, 1)), (8, (3, 2)), (12, (3, 2))):
        said = [[["a", count]] for count in counts]
        note(recording, "quiz.counted", now + timedelta(seconds=seconds), quiz="1", counts=said)
    note(recording, "quiz.closed", now + timedelta(seconds=20), quiz="1")
    shown = [(one.question, one.bars[0][1]) for one in charts_of(recording)]
    assert shown == [("first", 0), ("first", 3), ("second", 2), ("second", 2)]


def test_a_screen_is_shared_until_somebody_ends_it(recording: Recording) -> None:
    now = timezone.now().replace(microsecond=0)
    at = now.timestamp()
    for word, seconds in (
        ("screen.shared", 0),
        ("screen.shared", 5),
        ("screen.ended", 9),
        ("screen.shared", 60),
    ):
        note(recording, word, now + timedelta(seconds=seconds))
    first, last = shares_of(recording)
    assert first == Span(at, at + 9)
    assert last.starts_at == at + 60
    assert last.ends_at > at + 10**6
