"""A school with everything in it that the API speaks of, and another whose every text says CANARY."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions as people
from accounts.callers import SCOPES
from accounts.models import ApiKey, Institution, Person, Role
from classroom import actions as lessons
from classroom.models import Course, JoinLink, Lesson, Standing
from recordings.models import Chapter, Recording, RecordingState
from tests.conftest import PASSWORD, Cast
from tests.mould import Moulds
from tests.sessions import sign_in

CANARY = "CANARY"
ROLES = ("platform_admin", "head", "teacher", "amina", "guardian", "stranger", "key", "reader", None)


@dataclass(frozen=True, slots=True)
class World:
    """What belongs to one school."""

    school: Institution
    course: Course
    lesson: Lesson
    recording: Recording
    person: Person
    guardian: Person
    join_link: JoinLink

    def ids(self) -> dict[str, Any]:
        """The words of addresses."""
        return {
            "institution_id": self.school.pk,
            "course_id": self.course.pk,
            "lesson_id": self.lesson.pk,
            "recording_id": self.recording.pk,
            "person_id": self.person.pk,
            "guardian_id": self.guardian.pk,
            "role": "student",
            "join_link_id": self.join_link.pk,
        }


def schedule(course: Course, teacher: Person, title: str = "Fractions", hours: float = 3) -> Lesson:
    starts_at = timezone.now() + timedelta(hours=hours)
    return lessons.schedule_lesson(
        course=course,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        created_by=teacher,
    )


def let_in(lesson: Lesson, person: Person) -> JoinLink:
    """A join link that nobody has used."""
    now = timezone.now()
    return lessons.make_join_link(lesson=lesson, person=person, by=lesson.created_by_id, now=now).link


def publish(lesson: Lesson, title: str = "Page 1") -> Recording:
    recording, _ = Recording.objects.update_or_create(
        lesson=lesson,
        defaults={
            "state": RecordingState.PUBLISHED,
            "state_at": timezone.now(),
            "video_key": f"here/{lesson.pk}/video.mp4",
            "duration_seconds": 60.0,
        },
    )
    Chapter.objects.create(recording=recording, position=0, starts_seconds=0, ends_seconds=60, title=title)
    return recording


@pytest.fixture
def here(cast: Cast) -> World:
    lesson = schedule(cast.course, cast.teacher)
    link = let_in(lesson, cast.amina)
    return World(cast.school, cast.course, lesson, publish(lesson), cast.amina, cast.guardian, link)


@pytest.fixture
def there(cast: Cast, moulds: Moulds) -> World:
    """The stranger's school."""
    poured: World = moulds.pour(make_there, cast)
    return poured


def make_there(cast: Cast) -> World:
    Institution.objects.filter(pk=cast.elsewhere.pk).update(name=f"{CANARY} school")

    def person(name: str, role: Role) -> Person:
        return people.add_person(
            institution=cast.elsewhere,
            email=f"{name}@there.test",
            name=f"{CANARY} {name}",
            role=role,
            password=PASSWORD,
        )

    child, mother = person("child", Role.STUDENT), person("mother", Role.GUARDIAN)
    people.link_guardian(institution=cast.elsewhere, guardian=mother, child=child)
    course = lessons.create_course(institution=cast.elsewhere, title=f"{CANARY} course", language="de")
    lessons.enrol(course=course, person=cast.stranger, standing=Standing.TEACHER)
    lessons.enrol(course=course, person=child, standing=Standing.STUDENT)
    lesson = schedule(course, cast.stranger, title=f"{CANARY} lesson")
    page, link = publish(lesson, f"{CANARY} page"), let_in(lesson, child)
    return World(cast.elsewhere, course, lesson, page, child, mother, link)


def make_key(
    cast: Cast, *scopes: str, institution: Institution | None = None, **when: Any
) -> tuple[ApiKey, str]:
    now = timezone.now()
    made = people.create_api_key(
        institution=institution or cast.school,
        name="Timetable",
        scopes=scopes,
        valid_from=when.get("valid_from", now - timedelta(minutes=1)),
        valid_to=when.get("valid_to", now + timedelta(days=30)),
        by=cast.head,
    )
    return made.key, made.text


def reading() -> list[str]:
    return [scope for scope in SCOPES if scope.endswith(":read")]


@dataclass(frozen=True, slots=True)
class Asker:
    """One caller and how they say who they are."""

    client: Client
    headers: dict[str, str]

    def __call__(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        options: dict[str, Any] = {"headers": {**self.headers, "X-Request-Id": "test", **headers}}
        if method not in ("GET", "HEAD"):
            options |= {"data": "" if body is None else body, "content_type": "application/json"}
        return getattr(self.client, method.lower())(address, **options)


def signed_in(person: Person | None) -> Asker:
    client = Client(raise_request_exception=False)
    if person is not None:
        sign_in(client, person)
    return Asker(client, {})


def with_key(text: str) -> Asker:
    return Asker(Client(raise_request_exception=False), {"Authorization": f"Api-Key {text}"})


def asker(cast: Cast, who: str | None) -> Asker:
    """`key` holds every scope, `reader` those that only read."""
    if who == "key":
        return with_key(make_key(cast, *SCOPES)[1])
    if who == "reader":
        return with_key(make_key(cast, *reading())[1])
    if who == "platform_admin":
        admin = Person.objects.create_superuser(f"{uuid4().hex}@platform.test", PASSWORD, name="Platform")
        return signed_in(admin)
    return signed_in(getattr(cast, who) if who else None)
