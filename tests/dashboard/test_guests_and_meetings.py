"""A guest is nobody's member and a meeting is nobody's course: neither stands in a list; in the register a guest does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Person, Role
from accounts.queries import people_of, people_with_roles
from classroom import actions
from classroom.models import Course, Lesson, Standing
from classroom.queries import courses_scheduled_by, known_to_school, possible_substitutes
from dashboard.figures import Scope, figures_of
from housekeeping import queries as housekeeping
from tests.classroom.test_guests import knock_at, let_in, make_link
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
ROSA, MEETINGS = "Rosa Guestsdottir", "Meetings of Tomas"


@pytest.fixture
def rosa(cast: Cast, lesson: Lesson) -> Person:
    """A guest who was let in; and who by some mistake was written down as a member, too."""
    guest = let_in(knock_at(make_link(lesson, cast)[0], name=ROSA), cast)
    for role in (Role.TEACHER, Role.STUDENT):
        Membership.objects.create(institution=cast.school, person=guest, role=role)
    return guest


@pytest.fixture
def meetings(cast: Cast) -> Course:
    lesson, _secret = actions.start_meeting(
        institution=cast.school, by=cast.teacher, title="", now=timezone.now()
    )
    return lesson.course


def page(who: Person, name: str, *args: object, **query: str) -> str:
    answer = client_of(who).get(reverse(name, args=args), query)
    assert answer.status_code == 200, name
    return str(answer.content.decode())


@pytest.mark.parametrize("name", ["people", "people_csv", "api_people"])
def test_no_list_of_people_has_a_guest(cast: Cast, rosa: Person, name: str) -> None:
    shown = page(cast.head, name, cast.school.pk)
    assert (cast.amina.name in shown, ROSA in shown) == (True, False)


def test_no_search_and_no_choice_finds_a_guest(cast: Cast, rosa: Person) -> None:
    assert reverse("person", args=[cast.school.pk, rosa.pk]) not in page(
        cast.head, "search", q="Guestsdottir"
    )
    for rows in (
        people_of(cast.school),
        people_with_roles(cast.school),
        possible_substitutes(cast.school),
        housekeeping.people_of(cast.school),
    ):
        assert rosa not in rows
    assert ROSA not in page(cast.head, "course", cast.course.pk, find="Guestsdottir")


def test_no_list_of_courses_has_a_persons_meetings(cast: Cast, meetings: Course) -> None:
    assert meetings.title == MEETINGS
    pages = [
        page(cast.head, "courses", cast.school.pk),
        page(cast.head, "api_courses"),
        page(cast.teacher, "api_courses"),
        page(cast.teacher, "calendar_settings"),
        page(cast.teacher, "statistics_csv", months="3"),
        page(cast.head, "person", cast.school.pk, cast.teacher.pk),
        page(cast.teacher, "search", **{"q": "meetings", "in": "courses"}),
    ]
    assert [MEETINGS in one for one in pages] == [False] * len(pages)
    assert meetings not in courses_scheduled_by(cast.teacher)
    assert MEETINGS.casefold() not in known_to_school(cast.school, []).courses


def test_an_archived_course_is_not_scheduled_for_any_more(cast: Cast) -> None:
    for person in (cast.head, cast.teacher):
        assert cast.course in courses_scheduled_by(person)
    actions.archive_course(course=cast.course, by=cast.head)
    for person in (cast.head, cast.teacher):
        assert cast.course not in courses_scheduled_by(person)


def test_a_guest_is_in_the_register_and_in_no_number_of_people(
    cast: Cast, lesson: Lesson, rosa: Person
) -> None:
    for number, (person, standing) in enumerate(((rosa, Standing.GUEST), (cast.amina, Standing.STUDENT))):
        actions.enter_room(
            room=lesson.room,
            person=person,
            standing=standing,
            occupant=person.pk,
            connection=str(number),
            now=timezone.now(),
        )
    assert ROSA in page(cast.teacher, "register", lesson.pk)
    assert ROSA in page(cast.teacher, "register_csv", lesson.pk)
    actions.end_lesson(lesson=lesson, now=timezone.now() + timedelta(minutes=1))
    month = timezone.localdate().replace(day=1)
    scope = Scope("lesson.institution_id", {cast.school.pk: "Here"})
    assert figures_of(scope, first=month, last=month)[cast.school.pk, None].participants == 1
