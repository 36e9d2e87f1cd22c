"""A small school, made through the same actions as everything else."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import actions as people
from accounts.models import Institution, Person, Role
from accounts.policy import read_policy
from classroom import actions as lessons
from classroom.models import Course, Lesson, LessonStatus, Standing
from common.clock import to_ms
from dashboard.demo.cast import CLASSMATES, PERSONAS, Persona
from dashboard.demo.drawing import PAGES
from dashboard.demo.history import remember_weeks, sit_in_yesterday
from dashboard.demo.quizzes import fill_bank, hold_quiz
from dashboard.demo.timetable import group_up, plan_term
from quizzes.models import Question
from recordings.actions import expect_recordings
from recordings.sample import make_sample_clip
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import Command
from whiteboard.queries import load_state

CLIP_SECONDS = 40
TITLES = ("A cake in eight slices", "Eighths on a line", "The longest side")


def seed(password: str) -> None:
    """Nothing when the school stands already; a lesson to enter right now in any case."""
    if not Institution.objects.exists():
        _build_school(password)
    course = Course.objects.get(title="Mathematics 7b")
    _ensure_lesson_now(course)


def is_demo() -> bool:
    """Whether this database is the demo's, or still empty."""
    return not Person.objects.exists() or Person.objects.filter(email=PERSONAS[0].email).exists()


def _build_school(password: str) -> None:
    school = people.create_institution(
        name="Field Office School", slug="field-office", time_zone="Africa/Nairobi", language="en"
    )
    _allow_the_unasked(school)
    other = people.create_institution(
        name="Universität am See", slug="am-see", time_zone="Europe/Zurich", language="de"
    )
    cast = {one.key: _person(other if one.key == "stranger" else school, one) for one in PERSONAS}
    people.link_guardian(institution=school, guardian=cast["guardian"], child=cast["student"])
    course = lessons.create_course(institution=school, title="Mathematics 7b", language="en")
    class_ = _enrol(course, cast, school)
    group_up(course, class_, cast["teacher"])
    _schedule_other(other, cast["stranger"])
    _remember(course, cast, class_)
    _schedule_days_ahead(course, cast["teacher"])
    plan_term(school, cast, class_)
    _share_password(password)


def _allow_the_unasked(school: Institution) -> None:
    """The demo's families have all agreed on paper; elsewhere silence is no permission."""
    agreed = replace(read_policy(school.policy), unasked_are_recorded=True)
    people.update_institution(institution=school, policy=agreed)


def _person(institution: Institution, one: Persona) -> Person:
    if one.member_role is None:
        return Person.objects.create_superuser(one.email, None, name=one.name)
    person = people.add_person(institution=institution, email=one.email, name=one.name, role=one.member_role)
    Person.objects.filter(pk=person.pk).update(language=one.language)
    return person


def _share_password(password: str) -> None:
    """One for everybody of the demo: hashing is slow on purpose, and once is enough."""
    Person.objects.update(password=make_password(password))


def _enrol(course: Course, cast: dict[str, Person], school: Institution) -> list[Person]:
    """Who learns in the class."""
    lessons.enrol(course=course, person=cast["teacher"], standing=Standing.TEACHER, by=cast["head"])
    class_ = [cast["student"], cast["student-2"]]
    for number, name in enumerate(CLASSMATES, start=1):
        email = f"student{number}@demo.test"
        class_.append(
            people.add_person(institution=school, email=email, name=name, role=Role.STUDENT, by=cast["head"])
        )
    for student in class_:
        lessons.enrol(course=course, person=student, standing=Standing.STUDENT, by=cast["head"])
    return class_


def _schedule_other(institution: Institution, teacher: Person) -> None:
    course = lessons.create_course(institution=institution, title="Statistik I", language="de")
    lessons.enrol(course=course, person=teacher, standing=Standing.TEACHER)
    starts_at = _tomorrow_at(10)
    lessons.schedule_lesson(
        course=course,
        title="Mittelwerte",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=teacher,
    )


def _schedule_days_ahead(course: Course, teacher: Person) -> None:
    for title, days, hour in (("Adding fractions", 0, 9), ("Decimals", 2, 11), ("Revision", 6, 9)):
        starts_at = _tomorrow_at(hour) + timedelta(days=days)
        lessons.schedule_lesson(
            course=course,
            title=title,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=45),
            created_by=teacher,
        )


def _tomorrow_at(hour: int) -> datetime:
    return (timezone.localtime() + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


def _ensure_lesson_now(course: Course) -> None:
    now = timezone.now()
    running = Lesson.objects.filter(course=course, starts_at__lte=now, ends_at__gt=now)
    if running.filter(status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE)).exists():
        return
    teacher = course.enrolments.get(standing=Standing.TEACHER).person
    starts_at = now.replace(second=0, microsecond=0) - timedelta(minutes=2)
    lessons.schedule_lesson(
        course=course,
        title="Fractions, live now",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        created_by=teacher,
    )


def _remember(course: Course, cast: dict[str, Person], class_: list[Person]) -> None:
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    bank = fill_bank(course, cast["teacher"])
    remember_weeks(course, cast, class_, bank, until=starts_at)
    _past_lesson(course, cast, class_, bank, starts_at)


def _past_lesson(
    course: Course, cast: dict[str, Person], class_: list[Person], bank: list[Question], starts_at: datetime
) -> None:
    """A lesson of yesterday: people came, the teacher drew, a recorder left its folder; the worker does the rest."""
    lesson = lessons.schedule_lesson(
        course=course,
        title="What is a fraction?",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        created_by=cast["teacher"],
    )
    begun = starts_at + timedelta(seconds=30)
    expect_recordings(now=timezone.now())
    _attend(lesson, cast, begun)
    sit_in_yesterday(lesson, class_, begun, begun + timedelta(seconds=CLIP_SECONDS))
    _draw(lesson, cast["teacher"], begun)
    hold_quiz(lesson, bank, cast, begun + timedelta(seconds=15))
    _leave_recording(lesson, begun)
    lessons.end_lesson(lesson=lesson, now=begun + timedelta(seconds=CLIP_SECONDS), by=cast["teacher"])


def _attend(lesson: Lesson, cast: dict[str, Person], begun: datetime) -> None:
    arrivals = (
        ("teacher", Standing.TEACHER, 0),
        ("student", Standing.STUDENT, 1),
        ("student-2", Standing.STUDENT, 9),
    )
    for key, standing, seconds in arrivals:
        lessons.enter_room(
            room=lesson.room,
            person=cast[key],
            standing=standing,
            occupant=uuid.uuid4(),
            connection="",
            now=begun + timedelta(seconds=seconds),
        )
    lesson.refresh_from_db()


def _draw(lesson: Lesson, teacher: Person, begun: datetime) -> None:
    board = open_board(room=lesson.room, now=begun)
    state = load_state(board.pk)
    at = to_ms(begun) + 1500
    page = state.current_page
    for number, draw in enumerate(PAGES):
        if number:
            page = str(uuid.uuid4())
            add = Command("page.add", page, str(teacher.pk), {"page": page, "title": TITLES[number]})
            turn = Command("page.turn", str(uuid.uuid4()), str(teacher.pk), {"page": page})
            apply_commands(board_id=board.pk, state=state, commands=[add, turn], at=at)
        for colour, width, points in draw():
            at += 700
            ink = {"kind": "pen", "colour": colour, "width": width, "points": points, "duration_ms": 600}
            command = Command("item.add", str(uuid.uuid4()), str(teacher.pk), {"page": page, **ink})
            apply_commands(board_id=board.pk, state=state, commands=[command], at=at)
        at = to_ms(begun) + 1500 + (number + 1) * 13_000


def _leave_recording(lesson: Lesson, begun: datetime) -> None:
    """A folder as a Jibri leaves it."""
    folder: Path = settings.RECORDINGS_DIR / uuid.uuid4().hex[:16]
    folder.mkdir(parents=True)
    name = lesson.room.name
    clip = folder / f"{name}_{begun:%Y-%m-%d-%H-%M-%S}.mp4"
    make_sample_clip(clip, CLIP_SECONDS, width=320, height=180)
    about = {"meeting_url": f"https://meet.demo.test/{name}", "participants": []}
    (folder / "metadata.json").write_text(json.dumps(about))
    (folder / "finalized").touch()
