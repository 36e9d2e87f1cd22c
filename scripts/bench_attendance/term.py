"""What is measured, in a process that has a database of its own."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts import actions as people  # noqa: E402
from accounts.models import Institution, Person, Role  # noqa: E402
from attendance.actions import settle_due  # noqa: E402
from attendance.heatmap import Picture, changes  # noqa: E402
from attendance.messages import heatmap_changed  # noqa: E402
from attendance.models import EngagementLine, RegisterEntry, WeeklyLine  # noqa: E402
from attendance.queries.heatmap import Watcher  # noqa: E402
from classroom import actions as lessons  # noqa: E402
from classroom.models import Course, Fact, Lesson, LessonStatus, Standing  # noqa: E402
from scripts.bench_attendance import bars, folding, moments, truth  # noqa: E402

COURSES, CLASS, WEEKS, LARGE = int(os.environ.get("BENCH_COURSES", "4")), 30, 12, 200
WATCHED_SECONDS = 180
PLAIN = "django.contrib.staticfiles.storage.StaticFilesStorage"


def main() -> int:
    chance, found = random.Random(7), dict[str, float]()  # noqa: S311  the same term each time
    school, teacher = seed_school()
    found |= folding.measure(random.Random(7))  # noqa: S311
    found |= truth.measure(random.Random(7))  # noqa: S311
    found |= replay_term(chance, school, teacher)
    found |= watch_class(chance, school, teacher)
    found |= report_month()
    return bars.report(found)


def timed(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    answer = act()
    return time.perf_counter() - began, answer


def report_month() -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.bench_attendance.month"]
    subprocess.run([*command, "seed"], check=True)
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(told.stdout.splitlines()[-1])
    return figures


def seed_school() -> tuple[Institution, Person]:
    school = people.create_institution(name="Bench", slug="bench", time_zone="UTC", language="en")
    teacher = people.add_person(institution=school, email="t@bench.test", name="Teacher", role=Role.TEACHER)
    return school, teacher


def make_course(
    school: Institution, teacher: Person, title: str, students: int
) -> tuple[Course, list[Person]]:
    course = lessons.create_course(institution=school, title=title, language="en")
    lessons.enrol(course=course, person=teacher, standing=Standing.TEACHER)
    made = []
    for number in range(students):
        email = f"{title}-{number}@bench.test"
        student = people.add_person(
            institution=school, email=email, name=f"Student {number}", role=Role.STUDENT
        )
        lessons.enrol(course=course, person=student, standing=Standing.STUDENT)
        made.append(student)
    return course, made


def make_lesson(course: Course, teacher: Person, begun: datetime, *, is_over: bool) -> Lesson:
    ends = begun + timedelta(hours=1)
    lesson = lessons.schedule_lesson(
        course=course, title="Lesson", starts_at=begun, ends_at=ends, created_by=teacher
    )
    status = LessonStatus.ENDED if is_over else LessonStatus.LIVE
    Lesson.objects.filter(pk=lesson.pk).update(
        status=status, opened_at=begun, ended_at=ends if is_over else None
    )
    lesson.refresh_from_db()
    return lesson


def facts_of_visit(
    lesson: Lesson, person: Person, standing: Standing, came: datetime, went: datetime | None
) -> list[Fact]:
    occupant = str(uuid.uuid4())
    told: dict[str, Any] = {"lesson": lesson, "source": "bench", "person": person}
    data = {"occupant": occupant, "role": standing}
    rows = [Fact(type="participant.joined", at=came, key=f"+{occupant}", data=data, **told)]
    if went is not None:
        rows.append(Fact(type="participant.left", at=went, key=f"-{occupant}", data=data, **told))
    return rows


def replay_term(chance: random.Random, school: Institution, teacher: Person) -> dict[str, float]:
    """Two lessons a week; then one of 200, whose register is looked at."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    for number in range(COURSES):
        course, students = make_course(school, teacher, f"c{number}", CLASS)
        for week in range(WEEKS, 0, -1):
            for day in (0, 2):
                hold(chance, course, teacher, students, now - timedelta(weeks=week, days=-day))
    seconds, settled = timed(settle_all)
    rows = sum(model.objects.count() for model in (RegisterEntry, EngagementLine, WeeklyLine))
    bare = write_bare(rows)
    course, students = make_course(school, teacher, "large", LARGE)
    large = hold(chance, course, teacher, students, now - timedelta(hours=3))
    large_seconds, _ = timed(settle_all)
    page, asked = look_at_register(large, teacher)
    return {
        "term_lessons": settled,
        "term_facts": Fact.objects.count(),
        "term_rows": rows,
        "term_rows_a_second": rows / seconds,
        "bare_rows_a_second": rows / bare,
        "settle_200_seconds": large_seconds,
        "page_ms": 1000 * page,
        "bare_select_ms": 1000 * asked,
    }


def settle_all() -> int:
    done = 0
    while step := settle_due(now=timezone.now()):
        done += step
    return done


def hold(
    chance: random.Random, course: Course, teacher: Person, students: list[Person], begun: datetime
) -> Lesson:
    lesson = make_lesson(course, teacher, begun, is_over=True)
    ends = lesson.ends_at
    facts = facts_of_visit(lesson, teacher, Standing.TEACHER, begun, ends)
    for student in students:
        if chance.random() < 0.1:
            continue
        came = begun + timedelta(seconds=max(0.0, chance.gauss(60, 200)))
        broke = came + timedelta(seconds=chance.uniform(300, 2000))
        again = broke + timedelta(seconds=chance.uniform(5, 200))
        facts += facts_of_visit(lesson, student, Standing.STUDENT, came, broke)
        facts += facts_of_visit(lesson, student, Standing.STUDENT, again, ends)
    Fact.objects.bulk_create(facts)
    return lesson


def write_bare(rows: int) -> float:
    """As many rows of the same size into a bare table, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bare (id uuid PRIMARY KEY, a uuid, b uuid, c text, d timestamptz)")
        statement = (
            "INSERT INTO bare SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'present', now() "
            "FROM generate_series(1, %s)"
        )
        seconds, _ = timed(lambda: cursor.execute(statement, [rows]))
    return seconds


def look_at_register(lesson: Lesson, teacher: Person) -> tuple[float, float]:
    """The whole page as the teacher gets it, the middle of nine; and its bare rows from PostgreSQL."""
    client = Client(headers={"host": "localhost"})
    client.force_login(teacher, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/lessons/{lesson.pk}/register"
    # Styles and scripts are not built for this.
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": PLAIN}}
    if client.get(address).status_code != 200:
        raise RuntimeError("the register does not open")
    pages = sorted(timed(lambda: client.get(address))[0] for _ in range(9))
    rows = RegisterEntry.objects.filter(lesson=lesson).values_list()
    bare = sorted(timed(lambda: list(rows.all()))[0] for _ in range(9))
    return pages[4], bare[4]


def watch_class(chance: random.Random, school: Institution, teacher: Person) -> dict[str, float]:
    """A running lesson of 200 by the second: each second some come, go, look away or answer."""
    course = Course.objects.get(title="large")
    students = list(Person.objects.filter(enrolments__course=course, enrolments__standing=Standing.STUDENT))
    begun = timezone.now().replace(microsecond=0) - timedelta(minutes=40)
    lesson = make_lesson(course, teacher, begun, is_over=False)
    tabs: dict[Any, str] = {}
    facts = []
    for student in students:
        rows = facts_of_visit(lesson, student, Standing.STUDENT, begun, None)
        tabs[student.pk] = rows[0].data["occupant"]
        facts += rows
    Fact.objects.bulk_create(facts)
    watcher, picture = Watcher(lesson.pk), Picture(0.0, ())
    sizes, looks = list[int](), list[float]()
    for second in range(WATCHED_SECONDS):
        now = begun + timedelta(minutes=30, seconds=second)
        happen(chance, lesson, chance.sample(students, 6), tabs, now, second)
        taken, new = timed(partial(watcher.look, now))
        told, picture = changes(picture, new), new
        if second:
            looks.append(taken)
            message = json.dumps(heatmap_changed(told, seq=second), separators=(",", ":")) if told else ""
            sizes.append(len(message.encode()))
    soon = moments.measure(lesson, students, tabs)
    return soon | {
        "heatmap_bytes_a_second": sum(sizes) / len(sizes),
        "heatmap_worst_second_bytes": max(sizes),
        "heatmap_look_ms": 1000 * sum(looks) / len(looks),
        "heatmap_worst_look_ms": 1000 * max(looks),
    }


def happen(
    chance: random.Random,
    lesson: Lesson,
    some: list[Person],
    tabs: dict[Any, str],
    now: datetime,
    second: int,
) -> None:
    told: dict[str, Any] = {"lesson": lesson, "source": "bench", "at": now}
    rows = []
    for student in some:
        if chance.random() < 0.3:
            data: dict[str, Any] = {"quiz": "", "question": "", "latency_ms": 4000}
            key = f"answer:{student.pk}:{second}"
            rows.append(Fact(type="answer.submitted", person=student, key=key, data=data, **told))
        else:
            activity = chance.choice(["hidden", "active", "idle"])
            data = {"occupant": tabs[student.pk], "activity": activity}
            key = f"activity:{student.pk}:{second}"
            rows.append(Fact(type="activity.changed", person=student, key=key, data=data, **told))
    Fact.objects.bulk_create(rows)


if __name__ == "__main__":
    sys.exit(main())
