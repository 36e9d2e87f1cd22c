"""Fills an empty database with one course of 200 people and a lesson, with its board, for each case.

For `make bench-board` only: reads how many boards on stdin, prints boards, pages and sessions as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  Django must stand first
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Institution, Membership, Person, Role  # noqa: E402
from classroom import actions  # noqa: E402
from classroom.models import Course, Enrolment, Standing  # noqa: E402
from common.clock import to_ms  # noqa: E402
from scripts.bench_school import _session  # noqa: E402
from whiteboard.actions import apply_commands, open_board  # noqa: E402
from whiteboard.board import BoardState, Command  # noqa: E402

PEOPLE = 200


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    school = Institution.objects.create(name="Large School", slug="large")
    people = Person.objects.bulk_create(
        Person(email=f"p{n}@bench.test", name=f"Person {n}") for n in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(institution=school, person=one, role=Role.STUDENT if n else Role.TEACHER)
        for n, one in enumerate(people)
    )
    course = Course.objects.create(institution=school, title="Everybody")
    Enrolment.objects.bulk_create(
        Enrolment(course=course, person=one, standing=Standing.STUDENT if n else Standing.TEACHER)
        for n, one in enumerate(people)
    )
    boards = [_board(course, people[0]) for _ in range(int(sys.stdin.read()))]
    cookies = [f"{settings.SESSION_COOKIE_NAME}={_session(one)}" for one in people]
    print(json.dumps({"boards": boards, "cookies": cookies}))


def _board(course: Course, teacher: Person) -> dict[str, str]:
    """A live lesson's board on which everybody may draw."""
    now = timezone.now()
    lesson = actions.schedule_lesson(
        course=course,
        title="Drawing",
        starts_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(hours=3),
        created_by=teacher,
    )
    board = open_board(room=lesson.room, now=now)
    page = board.edits.get(type="page.added").data["page"]
    ref = str(board.pk)  # any UUID
    command = Command("rights.change", ref, str(teacher.pk), {"draw": "all"})
    apply_commands(board_id=board.pk, state=BoardState(), commands=[command], at=to_ms(now))
    return {"board": str(board.pk), "page": page}


if __name__ == "__main__":
    main()
