"""`manage.py lesson_figures TITLE`: one ended lesson in numbers, as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attendance.queries import register_of
from classroom.models import Lesson, LessonStatus


class Command(BaseCommand):
    help = "Prints {joined, lesson_seconds, chapters} of the latest ended lesson with this title."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("title")

    def handle(self, *args: Any, **options: Any) -> None:
        lesson = (
            Lesson.objects.filter(title=options["title"], status=LessonStatus.ENDED)
            .order_by("-ended_at")
            .first()
        )
        if lesson is None or lesson.ended_at is None:
            raise CommandError(f"No lesson called {options['title']!r} has ended.")
        self.stdout.write(json.dumps(figures_of(lesson)))


def figures_of(lesson: Lesson) -> dict[str, Any]:
    assert lesson.ended_at is not None  # noqa: S101  only ended lessons come here
    came = [line for line in register_of(lesson, now=lesson.ended_at) if line.first_joined_at]
    begun = min((line.first_joined_at for line in came if line.first_joined_at), default=lesson.ended_at)
    left = max((line.last_left_at for line in came if line.last_left_at), default=lesson.ended_at)
    return {
        "joined": len(came),
        "lesson_seconds": (left - begun).total_seconds(),
        "chapters": lesson.recording.chapters.count() if hasattr(lesson, "recording") else 0,
    }
