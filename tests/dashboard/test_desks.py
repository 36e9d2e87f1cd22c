"""Five home pages, as each of the cast finds theirs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import actions as people
from accounts.models import Institution, Person, Role
from classroom import actions
from classroom.models import Lesson, Standing
from dashboard.desks import Desk, desks_of
from recordings.models import Reason, Recording, RecordingState, Watch
from tests.conftest import Cast, belong_to
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_user("platform@here.test", None, name="Petra", is_platform_admin=True)


def page_of(person: Person) -> str:
    return client_of(person).get("/").content.decode()


def past_lesson(cast: Cast, title: str, *, days: int = 1, seconds: int = 1800) -> Lesson:
    """Amina was there, Bilal was not; the recording is published."""
    begun = timezone.now() - timedelta(days=days)
    lesson = actions.schedule_lesson(
        course=cast.course,
        title=title,
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )
    actions.enter_room(
        room=lesson.room,
        person=cast.amina,
        standing=Standing.STUDENT,
        occupant=uuid4(),
        connection="c",
        now=begun,
    )
    actions.end_lesson(lesson=lesson, now=begun + timedelta(seconds=seconds))
    Recording.objects.create(
        lesson=lesson,
        state=RecordingState.PUBLISHED,
        state_at=begun,
        published_at=timezone.now(),
        duration_seconds=seconds,
        size_bytes=5_000_000,
    )
    return lesson


def test_the_teacher_is_one_click_from_the_room(cast: Cast, lesson: Lesson) -> None:
    page = page_of(cast.teacher)
    assert f'href="/lessons/{lesson.pk}/room"' in page
    assert "Mathematics 7b" in page and "2 students" in page


def test_the_teacher_finds_the_register_of_the_last_lesson(cast: Cast) -> None:
    held = past_lesson(cast, "Halves")
    assert f'href="/lessons/{held.pk}/register"' in page_of(cast.teacher)


def test_the_student_sees_what_is_next_and_what_is_new(cast: Cast, lesson: Lesson) -> None:
    held = past_lesson(cast, "Halves")
    page = page_of(cast.amina)
    assert f'href="/lessons/{lesson.pk}/room"' in page
    assert f'href="/lessons/{held.pk}/replay"' in page.split("New to watch")[1]
    assert "Continue watching" not in page


def test_what_was_begun_is_continued_and_no_longer_new(cast: Cast) -> None:
    held = past_lesson(cast, "Halves")
    Watch.objects.create(recording=held.recording, person=cast.amina, position_seconds=900)
    page = page_of(cast.amina)
    assert "15 minutes left" in page.split("Continue watching")[1]
    assert "Halves" not in page.split("New to watch")[1]


def test_what_was_begun_is_gone_with_the_course(cast: Cast) -> None:
    held = past_lesson(cast, "Halves")
    Watch.objects.create(recording=held.recording, person=cast.amina, position_seconds=900)
    cast.course.enrolments.filter(person=cast.amina).update(is_active=False)
    assert "Halves" not in page_of(cast.amina)


def test_the_head_sees_the_day_and_what_went_wrong(cast: Cast, lesson: Lesson) -> None:
    held = past_lesson(cast, "Halves")
    Recording.objects.filter(lesson=held).update(state=RecordingState.FAILED, reason=Reason.NO_RECORDER)
    page = page_of(cast.head)
    assert "Fractions" in page
    assert "0 missing, 1 failed" in page
    assert "1 of 2 places taken in 1 lesson" in page
    # Everybody but the head, who has just done so.
    assert re.search(r'class="tile-number">4</span><span class="tile-label">Never signed in', page)


def test_a_lesson_to_which_nobody_came_misses_no_recording(cast: Cast) -> None:
    held = past_lesson(cast, "Halves")
    Recording.objects.filter(lesson=held).update(state=RecordingState.FAILED, reason=Reason.NOBODY_CAME)
    assert "0 missing, 0 failed" in page_of(cast.head)


def test_a_recording_that_never_came_is_missing(cast: Cast) -> None:
    held = past_lesson(cast, "Halves")
    held.recording.delete()
    assert "1 missing, 0 failed" in page_of(cast.head)


@pytest.mark.parametrize("state", [RecordingState.EXPIRING, RecordingState.EXPIRED])
def test_a_recording_whose_time_was_over_is_not_missing(cast: Cast, state: RecordingState) -> None:
    held = past_lesson(cast, "Halves")
    Recording.objects.filter(lesson=held).update(state=state)
    Lesson.objects.filter(pk=held.pk).update(ended_at=timezone.now() - timedelta(hours=3))
    assert "0 missing, 0 failed" in page_of(cast.head)


def test_the_head_sees_how_many_are_inside(cast: Cast, lesson: Lesson) -> None:
    for person in (cast.amina, cast.bilal):
        actions.enter_room(
            room=lesson.room,
            person=person,
            standing=Standing.STUDENT,
            occupant=uuid4(),
            connection="c",
            now=timezone.now(),
        )
    assert "2 people inside" in page_of(cast.head)


def test_the_guardian_sees_their_own_child_and_no_other(cast: Cast, lesson: Lesson) -> None:
    past_lesson(cast, "Halves")
    page = page_of(cast.guardian)
    assert "Amina" in page and "Fractions" in page and "30 min inside" in page
    assert "Bilal" not in page
    assert "/room" not in page


def test_a_child_that_did_not_come_is_said_so(cast: Cast) -> None:
    people.link_guardian(institution=cast.school, guardian=cast.guardian, child=cast.bilal)
    past_lesson(cast, "Halves")
    amina, bilal = page_of(cast.guardian).split('class="child"')[1:]
    assert "min inside" in amina and "Did not come" not in amina
    assert "Did not come" in bilal and "min inside" not in bilal


@pytest.mark.parametrize(("allowed", "code"), [(True, 200), (False, 404)])
def test_guardians_watch_where_the_school_lets_them(cast: Cast, allowed: bool, code: int) -> None:
    held = past_lesson(cast, "Halves")
    Institution.objects.filter(pk=cast.school.pk).update(policy={"guardians_may_watch": allowed})
    assert (f'href="/lessons/{held.pk}/replay"' in page_of(cast.guardian)) == allowed
    assert client_of(cast.guardian).get(f"/lessons/{held.pk}/replay").status_code == code
    assert client_of(cast.stranger).get(f"/lessons/{held.pk}/replay").status_code == 404


def test_a_guardian_of_nobody_is_told_whom_to_ask(cast: Cast) -> None:
    cast.guardian.children_links.all().delete()
    assert "No child is linked to you yet" in page_of(cast.guardian)


def test_a_membership_that_ended_takes_the_children_with_it(cast: Cast, lesson: Lesson) -> None:
    people.suspend_person(institution=cast.school, person=cast.guardian)
    page = page_of(cast.guardian)
    assert "Amina" not in page and "Fractions" not in page


def test_the_platform_admin_sees_numbers_and_no_names(cast: Cast, lesson: Lesson, admin: Person) -> None:
    past_lesson(cast, "Halves")
    page = page_of(admin)
    assert "Here" in page and "There" in page
    for secret in ("Fractions", "Halves", "Mathematics", "Amina", str(lesson.pk)):
        assert secret not in page


def test_the_platform_admin_is_warned_of_too_few_recorders(
    cast: Cast, lesson: Lesson, admin: Person, settings: Any
) -> None:
    settings.RECORDER_CAPACITY = 0
    assert "1 lesson wants a recorder, and there are 0" in page_of(admin)
    settings.RECORDER_CAPACITY = 4
    assert "Everything can be recorded" in page_of(admin)


def test_somebody_without_a_school_is_told_so(cast: Cast) -> None:
    assert "You do not belong to a school yet" in page_of(cast.guest)


def test_who_has_two_roles_chooses_and_the_choice_stays(cast: Cast) -> None:
    belong_to(cast.elsewhere, cast.teacher, Role.HEAD)
    client = client_of(cast.teacher)
    head, teacher = desks_of(cast.teacher)
    assert (head.role, teacher.role) == (Role.HEAD, Role.TEACHER)
    assert "Never signed in" in client.get("/").content.decode()
    assert client.post("/desk", {"desk": teacher.key})["Location"] == "/"
    for _ in range(2):
        assert "Your courses" in client.get("/").content.decode()


@pytest.mark.parametrize("key", ["", "platform", "head", "head:{school}", "nonsense"])
def test_nobody_sits_down_at_anothers_desk(cast: Cast, key: str) -> None:
    client = client_of(cast.stranger)
    assert client.post("/desk", {"desk": key.format(school=cast.school.pk)}).status_code == 404
    assert "Your courses" in client.get("/").content.decode()


def test_a_chosen_desk_that_is_taken_away_is_left(cast: Cast) -> None:
    belong_to(cast.elsewhere, cast.teacher, Role.HEAD)
    people.add_person(institution=cast.elsewhere, email="other@there.test", name="Other", role=Role.HEAD)
    client = client_of(cast.teacher)
    client.post("/desk", {"desk": desks_of(cast.teacher)[0].key})
    people.suspend_person(institution=cast.elsewhere, person=cast.teacher)
    assert "Your courses" in client.get("/").content.decode()


def test_a_day_follows_the_clocks_of_the_school() -> None:
    desk = Desk(Role.HEAD, Institution(name="Z", slug="z", time_zone="Europe/Zurich"))
    lengths = [
        ends - begins
        for begins, ends in (
            desk.day(datetime(2026, 3, 29, 12, tzinfo=UTC)),
            desk.day(datetime(2026, 10, 25, 12, tzinfo=UTC)),
        )
    ]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


def one_more(cast: Cast, number: int) -> None:
    """A lesson today, one of the past with everything, a course, a child, an institution."""
    begun = timezone.now() + timedelta(milliseconds=number)  # all on one day, also a minute before midnight
    actions.schedule_lesson(
        course=cast.course,
        title=f"L{number}",
        starts_at=begun,
        ends_at=begun + timedelta(minutes=30),
        created_by=cast.teacher,
    )
    held = past_lesson(cast, f"P{number}", days=number + 1)
    if number % 2:
        Watch.objects.create(recording=held.recording, person=cast.amina, position_seconds=60)
    child = people.add_person(
        institution=cast.school, email=f"c{number}@here.test", name=f"C{number}", role=Role.STUDENT
    )
    people.link_guardian(institution=cast.school, guardian=cast.guardian, child=child)
    actions.enrol(course=cast.course, person=child, standing=Standing.STUDENT)
    more = actions.create_course(institution=cast.school, title=f"Course {number}", language="en")
    actions.enrol(course=more, person=cast.teacher, standing=Standing.TEACHER)
    people.create_institution(name=f"School {number}", slug=f"s{number}", time_zone="UTC", language="en")


@pytest.fixture
def count(cast: Cast, admin: Person) -> Callable[[str, str], int]:
    """How many questions `who` asks the database for `path`."""

    def count_(who: str, path: str) -> int:
        client: Client = client_of(admin if who == "admin" else getattr(cast, who))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked)

    return count_


LISTS = [
    *(
        (who, path)
        for who in ("head", "teacher", "amina", "guardian")
        for path in ("/", "/lessons", "/search?q=l")
    ),
    *((who, "/search?q=co") for who in ("head", "teacher")),
    *((who, "/statistics") for who in ("head", "teacher", "admin")),
    ("admin", "/"),
    ("admin", "/search?q=school"),
]


@pytest.mark.deep
def test_no_page_asks_more_for_three_than_for_one(cast: Cast, count: Callable[[str, str], int]) -> None:
    for number in (0, 1):
        one_more(cast, number)
    few = {page: count(*page) for page in LISTS}
    for number in (2, 3, 4, 5):
        one_more(cast, number)
    assert {page: count(*page) for page in LISTS} == few
    assert {page: number for page, number in few.items() if number > 24} == {}
