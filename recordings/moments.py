"""What happened in a lesson that people look for in its recording: pages, quizzes, breakout rooms, a shared screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import translation
from django.utils.translation import gettext as _

from classroom import facts as room
from classroom import timeline as facts_timeline
from classroom.models import Fact
from recordings.chapters import Moment
from recordings.models import ChapterKind, Recording
from whiteboard import facts as board

QUIZ_OPENED = "quiz.opened"  # strangers' words: recordings and quizzes do not know each other
WORDS = (
    board.PAGE_TURNED,
    QUIZ_OPENED,
    room.BREAKOUTS_OPENED,
    room.BREAKOUTS_CLOSED,
    room.SCREEN_SHARED,
    room.SCREEN_ENDED,
)


def moments_of(recording: Recording, first_page: str) -> list[Moment]:
    """In the order they happened, named in the language of the course: the video carries them, whoever watches it."""
    told = facts_timeline.facts_of(recording.lesson, WORDS)
    with translation.override(recording.lesson.course.language):
        return list(_moments(told, str(recording.lesson.room.pk), first_page))


def _moments(told: Iterable[Fact], main_room: str, page: str) -> Iterator[Moment]:
    """`page` is the one that everybody sees: after an interruption the lesson goes on with it."""
    quizzes = 0
    for fact in told:
        if fact.data.get("room", main_room) != main_room:
            continue  # a quiz in a breakout room, which is in no recording
        if fact.type == board.PAGE_TURNED:
            page = fact.data["title"]
        quizzes += fact.type == QUIZ_OPENED
        kind = _KINDS.get(fact.type, ChapterKind.PAGE)
        title = page if kind == ChapterKind.PAGE else _name(kind, quizzes)
        yield Moment(fact.at.timestamp(), title, kind, fact.key[:120])


def _name(kind: str, number: int) -> str:
    if kind == ChapterKind.QUIZ:
        return _("Quiz %(number)s") % {"number": number}
    return _("Breakout rooms") if kind == ChapterKind.BREAKOUTS else _("Shared screen")


_KINDS = {
    QUIZ_OPENED: ChapterKind.QUIZ,
    room.BREAKOUTS_OPENED: ChapterKind.BREAKOUTS,
    room.SCREEN_SHARED: ChapterKind.SCREEN,
}
