"""Fills an empty database with one large school, in bulk: 2,000 people, 80 courses, 5,000 lessons in 40 weeks.

For `make bench-pages` only; everything else is made through the actions. Prints the sessions as JSON.
"""

from __future__ import annotations

import json
import os
import random
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402  Django must stand first
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import AuditEvent, Guardianship, Institution, Membership, Person, Role  # noqa: E402
from classroom.facts import PARTICIPANT_JOINED, PARTICIPANT_LEFT  # noqa: E402
from classroom.models import Course, Enrolment, Fact, Lesson, LessonStatus, Presence, Room, Standing  # noqa: E402
from recordings.models import Reason, Recording, RecordingState  # noqa: E402

if TYPE_CHECKING:
    from datetime import datetime

STUDENTS, TEACHERS, GUARDIANS, HEADS = 1700, 95, 200, 5
COURSES, LESSONS, CLASS_SIZE, WEEKS = 80, 5000, 25, 40
# Facts feed registers; only the youngest lessons' are looked at by any page.
LESSONS_WITH_FACTS = 400
AUDIT_LINES = 20_000
SUBJECTS = ("Algebra", "Biology", "Chemistry", "Drama", "English", "French", "Geography", "History")
random.seed(7)


def main() -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    school = Institution.objects.create(name="Large School", slug="large", time_zone="Africa/Nairobi")
    people = _people(school)
    courses = _courses(school, people)
    lessons = _lessons(school, courses, people["teacher"])
    _remember(lessons, courses)
    _audit(school, people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    platform = Person.objects.create_user("platform@bench.test", name="Platform", is_platform_admin=True)
    keys = {role: _session(members[0]) for role, members in people.items()}
    course = courses[0]
    shown = [one for one in lessons if one.course_id == course.pk and one.status == LessonStatus.ENDED][-1]
    ids = {"school": school.pk, "course": course.pk, "lesson": shown.pk}
    print(json.dumps({**keys, "platform": _session(platform), **{key: str(pk) for key, pk in ids.items()}}))


def _people(school: Institution) -> dict[str, list[Person]]:
    counts = {Role.HEAD: HEADS, Role.TEACHER: TEACHERS, Role.STUDENT: STUDENTS, Role.GUARDIAN: GUARDIANS}
    made: dict[str, list[Person]] = {}
    for role, count in counts.items():
        people = [
            Person(email=f"{role}{n}@bench.test", name=f"{SUBJECTS[n % 8][:4]}a {role} {n}")
            for n in range(count)
        ]
        made[str(role)] = Person.objects.bulk_create(people)
        Membership.objects.bulk_create(
            [Membership(institution=school, person=one, role=role) for one in people]
        )
    pairs = zip(made["guardian"], made["student"], strict=False)
    Guardianship.objects.bulk_create(
        [Guardianship(institution=school, guardian=guardian, child=child) for guardian, child in pairs]
    )
    return made


def _courses(school: Institution, people: dict[str, list[Person]]) -> list[Course]:
    """The first teacher has six courses and the first student eight, as in real life."""
    courses = Course.objects.bulk_create(
        [
            Course(institution=school, title=f"{SUBJECTS[n % len(SUBJECTS)]} {7 + n // 16}{'abcd'[n % 4]}")
            for n in range(COURSES)
        ]
    )
    first, *others = people["student"]
    rows = []
    for number, course in enumerate(courses):
        teacher = people["teacher"][0 if number < 6 else number]
        rows.append(Enrolment(course=course, person=teacher, standing=Standing.TEACHER))
        members = [*random.sample(others, CLASS_SIZE - 1), first if number < 8 else people["student"][-1]]
        rows += [Enrolment(course=course, person=one, standing=Standing.STUDENT) for one in set(members)]
    Enrolment.objects.bulk_create(rows)
    return courses


def _lessons(school: Institution, courses: list[Course], teachers: list[Person]) -> list[Lesson]:
    """Thirty weeks of the past and ten to come, Monday to Sunday, from seven to five; three are live."""
    now, lessons = timezone.now().replace(minute=0, second=0, microsecond=0), []
    for number in range(LESSONS):
        day = now - timedelta(days=7 * 30) + timedelta(days=7 * WEEKS * number / LESSONS)
        starts_at = day.replace(hour=4 + number % 10)
        lessons.append(_lesson(school, courses[number % COURSES], teachers[0], starts_at, now, number))
    for lesson in sorted(lessons, key=lambda one: abs(one.starts_at - now))[:3]:
        lesson.status, lesson.opened_at, lesson.ended_at = LessonStatus.LIVE, now, None
        lesson.starts_at, lesson.ends_at = now - timedelta(minutes=10), now + timedelta(minutes=50)
    return Lesson.objects.bulk_create(lessons, batch_size=1000)


def _lesson(
    school: Institution, course: Course, teacher: Person, starts_at: datetime, now: datetime, number: int
) -> Lesson:
    over = starts_at + timedelta(hours=1) < now
    return Lesson(
        institution=school,
        course=course,
        title=f"{course.title}: lesson {number}",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=50),
        status=LessonStatus.ENDED if over else LessonStatus.SCHEDULED,
        opened_at=starts_at if over else None,
        ended_at=starts_at + timedelta(minutes=48) if over else None,
        created_by=teacher,
    )


def _remember(lessons: list[Lesson], courses: list[Course]) -> None:
    """Rooms, who was in them, recordings, and the facts of the latest."""
    rosters = {course.pk: list(course.enrolments.all()) for course in courses}
    rooms = Room.objects.bulk_create([Room(lesson=lesson) for lesson in lessons], batch_size=1000)
    came = [
        row
        for room in rooms
        if room.lesson.opened_at
        for row in _presences(room, rosters[room.lesson.course_id])
    ]
    Presence.objects.bulk_create(came, batch_size=5000)
    Recording.objects.bulk_create([_recording(lesson) for lesson in lessons], batch_size=1000)
    over = [lesson for lesson in lessons if lesson.status == LessonStatus.ENDED][-LESSONS_WITH_FACTS:]
    recent = {lesson.pk for lesson in over}
    facts = [fact for row in came if row.room.lesson_id in recent for fact in _facts(row)]
    Fact.objects.bulk_create(facts, batch_size=5000)


def _audit(school: Institution, people: dict[str, list[Person]]) -> None:
    """A year of lines, without their seals: nothing here checks the chain."""
    now, acts = timezone.now(), ("register.read", "person.added", "course.changed", "lesson.cancelled")
    lines = [
        AuditEvent(
            institution=school,
            seq=number + 1,
            at=now - timedelta(minutes=20 * (AUDIT_LINES - number)),
            actor=people["teacher"][number % TEACHERS].pk,
            act=acts[number % len(acts)],
            target=f"person:{people['student'][number % STUDENTS].pk}",
            seal="0" * 64,
        )
        for number in range(AUDIT_LINES)
    ]
    AuditEvent.objects.bulk_create(lines, batch_size=5000)


def _presences(room: Room, roster: list[Enrolment]) -> list[Presence]:
    lesson, rows = room.lesson, []
    assert lesson.opened_at is not None  # noqa: S101
    for one in roster:
        if random.random() < 0.12:  # noqa: S311
            continue
        joined = lesson.opened_at + timedelta(seconds=random.randrange(300))  # noqa: S311
        rows.append(_presence(room, one, joined, lesson.ended_at))
        if lesson.ended_at and random.random() < 0.08:  # noqa: S311  came back, or had a second tab
            again = joined + timedelta(seconds=random.randrange(1200))  # noqa: S311
            rows.append(_presence(room, one, again, lesson.ended_at))
    return rows


def _presence(room: Room, one: Enrolment, joined: datetime, left: datetime | None) -> Presence:
    return Presence(
        room=room,
        occupant=uuid.uuid4(),
        person_id=one.person_id,
        standing=one.standing,
        joined_at=joined,
        last_seen_at=left or timezone.now(),
        left_at=left,
    )


def _facts(row: Presence) -> list[Fact]:
    data = {"occupant": str(row.occupant), "role": row.standing}
    told = ((PARTICIPANT_JOINED, row.joined_at), (PARTICIPANT_LEFT, row.left_at))
    return [
        Fact(
            lesson=row.room.lesson,
            type=kind,
            at=at,
            source="room",
            key=f"{kind}:{row.occupant}",
            person_id=row.person_id,
            data=data,
        )
        for kind, at in told
        if at
    ]


def _recording(lesson: Lesson) -> Recording:
    if lesson.status != LessonStatus.ENDED:
        return Recording(lesson=lesson, state_at=timezone.now())
    if random.random() < 0.02:  # noqa: S311
        return Recording(
            lesson=lesson, state=RecordingState.FAILED, reason=Reason.NO_RECORDER, state_at=lesson.ends_at
        )
    return Recording(
        lesson=lesson,
        state=RecordingState.PUBLISHED,
        state_at=lesson.ends_at,
        duration_seconds=2880,
        size_bytes=240_000_000,
        published_at=lesson.ends_at,
    )


def _session(person: Person) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.create()
    return str(store.session_key)


if __name__ == "__main__":
    main()
