"""An open quiz and a handful of pupils, made anew for each example."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from accounts import actions as accounts
from accounts.models import Person, Role
from classroom import actions as lessons
from classroom.models import Standing
from quizzes.actions import launch_quiz
from quizzes.models import Quiz
from tests.conftest import Cast
from tests.quizzes.questions import write


def open_quiz(cast: Cast) -> Quiz:
    now = timezone.now()
    lesson = lessons.schedule_lesson(
        course=cast.course,
        title="Fractions",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_by=cast.teacher,
    )
    question = write(cast.course, cast.teacher)
    return launch_quiz(
        quiz_id=uuid.uuid4(), room=lesson.room, questions=[question.pk], by=cast.teacher, now=now
    )


def pupils(cast: Cast, number: int = 2) -> list[Person]:
    more = [
        accounts.add_person(
            institution=cast.school,
            email=f"p{count}-{uuid.uuid4().hex[:6]}@here.test",
            name=f"Pupil {count}",
            role=Role.STUDENT,
        )
        for count in range(number)
    ]
    for one in more:
        lessons.enrol(course=cast.course, person=one, standing=Standing.STUDENT)
    return [cast.amina, cast.bilal, *more]
