"""The authorisation table, cell by cell: every door × every actor × every situation, as real requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.authorisation import TABLE, Actor, Reach, reach_of
from accounts.models import Guardianship, Institution, Membership, Person, Role
from classroom import actions as lessons
from classroom.messages import CONNECTION_SHAPES as CONNECTION_WORDS
from classroom.messages import SHAPES as ROOM_WORDS
from classroom.models import Course, Enrolment, Lesson, Standing
from config.doors import API, PUBLIC, URLS, WORDS, rows_of
from recordings.models import Recording, RecordingState
from tests.architecture.test_doors import PATTERNS, is_closed
from whiteboard.messages import SHAPES as BOARD_WORDS

pytestmark = pytest.mark.django_db


class Situation(StrEnum):
    """Where the actor stands towards the thing behind the door."""

    OWN = "own"
    OTHER_LESSON = "another course of the same school"
    ELSEWHERE = "another school"
    ENDED = "an enrolment that ended"
    EXPIRED = "a membership that expired"
    SUSPENDED = "suspended"


# Those who come with a session. Guests, API clients and services have doors and tests of their own.
ACTORS = (
    Actor.PLATFORM_ADMIN,
    Actor.HEAD,
    Actor.TEACHER,
    Actor.CO_TEACHER,
    Actor.STUDENT,
    Actor.GUARDIAN,
)
ROLES = {
    Actor.HEAD: Role.HEAD,
    Actor.TEACHER: Role.TEACHER,
    Actor.CO_TEACHER: Role.TEACHER,
    Actor.STUDENT: Role.STUDENT,
    Actor.GUARDIAN: Role.GUARDIAN,
}
STANDINGS = {
    Actor.TEACHER: Standing.TEACHER,
    Actor.CO_TEACHER: Standing.CO_TEACHER,
    Actor.STUDENT: Standing.STUDENT,
}


@dataclass(frozen=True, slots=True)
class Place:
    """One course and what hangs on it: what the addresses of a test point at."""

    school: Institution
    course: Course
    lesson: Lesson
    student: Person


class Scene:
    """Three places, and for each actor one person in good standing and three who are not."""

    def __init__(self) -> None:
        self.school = people.create_institution(
            name="Here", slug="here", time_zone="Africa/Nairobi", language="en"
        )
        # What the table gives to guardians is for the school to give.
        Institution.objects.filter(pk=self.school.pk).update(policy={"guardians_may_watch": True})
        elsewhere = people.create_institution(
            name="There", slug="there", time_zone="Europe/Zurich", language="de"
        )
        self.places = {
            Situation.OWN: make_place(self.school, "own"),
            Situation.OTHER_LESSON: make_place(self.school, "other"),
            Situation.ELSEWHERE: make_place(elsewhere, "elsewhere"),
        }
        self.clients = {
            (actor, situation): client_of(self.make_person(actor, situation))
            for actor in ACTORS
            for situation in (Situation.OWN, Situation.ENDED, Situation.EXPIRED, Situation.SUSPENDED)
        }

    def place(self, situation: Situation) -> Place:
        return self.places.get(situation, self.places[Situation.OWN])

    def client(self, actor: Actor, situation: Situation) -> Client:
        standing = situation if (actor, situation) in self.clients else Situation.OWN
        return self.clients[actor, standing]

    def make_person(self, actor: Actor, situation: Situation) -> Person:
        email = f"{actor}-{situation.name}@here.test".lower()
        if actor == Actor.PLATFORM_ADMIN:
            active = situation != Situation.SUSPENDED
            return Person.objects.create_user(
                email, name=str(actor), is_platform_admin=True, is_active=active
            )
        person = people.add_person(institution=self.school, email=email, name=str(actor), role=ROLES[actor])
        self.enter_course(actor, person)
        self.spoil(person, situation)
        return person

    def enter_course(self, actor: Actor, person: Person) -> None:
        own = self.places[Situation.OWN]
        if actor in STANDINGS:
            lessons.enrol(course=own.course, person=person, standing=STANDINGS[actor])
        if actor == Actor.GUARDIAN:
            people.link_guardian(institution=self.school, guardian=person, child=own.student)

    def spoil(self, person: Person, situation: Situation) -> None:
        memberships = Membership.objects.filter(person=person)
        if situation == Situation.SUSPENDED:
            people.suspend_person(institution=self.school, person=person)
        elif situation == Situation.EXPIRED:
            memberships.update(expires_on=timezone.localdate() - timedelta(days=2))
        elif situation == Situation.ENDED:
            Enrolment.objects.filter(person=person).update(is_active=False)
            Guardianship.objects.filter(guardian=person).delete()


def make_place(school: Institution, name: str) -> Place:
    course = lessons.create_course(institution=school, title=f"Course {name}", language="en")
    owner = people.add_person(
        institution=school, email=f"owner@{name}.test", name=f"Owner {name}", role=Role.TEACHER
    )
    student = people.add_person(
        institution=school, email=f"student@{name}.test", name=f"Student {name}", role=Role.STUDENT
    )
    lessons.enrol(course=course, person=owner, standing=Standing.TEACHER)
    lessons.enrol(course=course, person=student, standing=Standing.STUDENT)
    begun = timezone.now() - timedelta(minutes=1)
    lesson = lessons.schedule_lesson(
        course=course,
        title=f"Lesson {name}",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=owner,
    )
    publish(lesson)
    return Place(school, course, lesson, student)


def publish(lesson: Lesson) -> None:
    Recording.objects.update_or_create(
        lesson=lesson,
        defaults={
            "state": RecordingState.PUBLISHED,
            "state_at": timezone.now(),
            "video_key": f"{lesson.pk}/video.mp4",
            "poster_key": f"{lesson.pk}/poster.jpg",
            "duration_seconds": 60,
        },
    )


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


# What stands in an address, found from the place that it should point at.
OBJECTS: dict[str, Callable[[Place], Any]] = {
    "lesson_id": lambda place: place.lesson.pk,
    "course_id": lambda place: place.course.pk,
    "institution_id": lambda place: place.school.pk,
    "school": lambda place: place.school.slug,
    "person_id": lambda place: place.student.pk,
}
# Names more than the places have: tried by the tests of their own pages.


def address(name: str, place: Place) -> str:
    return reverse(name, kwargs={word: OBJECTS[word](place) for word in PATTERNS[name].pattern.converters})


def reaches(reach: Reach, actor: Actor, situation: Situation, *, points_at_something: bool) -> bool:
    """What the table promises for this cell."""
    belongs_nowhere = actor == Actor.PLATFORM_ADMIN
    if reach == Reach.NONE or (situation == Situation.SUSPENDED and belongs_nowhere):
        return False
    if reach in {Reach.ALL, Reach.OWN}:
        return True
    if situation in {Situation.SUSPENDED, Situation.EXPIRED}:
        return False
    if reach == Reach.MEMBER:
        return True
    if not points_at_something:
        return situation != Situation.ENDED or reach == Reach.INSTITUTION
    if reach == Reach.INSTITUTION:
        return situation != Situation.ELSEWHERE
    return situation == Situation.OWN


def test_every_address_has_its_row() -> None:
    assert set(URLS) - {"enter_as"} == set(PATTERNS) - {"enter_as"}, "config/doors.py and the URLs differ"
    used = {row for name in URLS for row in rows_of(name)} - {PUBLIC, API}
    assert used <= set(TABLE)


def test_every_word_of_the_sockets_has_its_row() -> None:
    assert set(WORDS) == set(ROOM_WORDS) | set(CONNECTION_WORDS) | set(BOARD_WORDS)
    assert set(WORDS.values()) <= set(TABLE)


def test_every_row_says_something_for_every_actor() -> None:
    for row, cells in TABLE.items():
        assert set(cells) == set(Actor), row


def test_a_row_that_nobody_wrote_opens_nothing() -> None:
    with pytest.raises(KeyError):
        reach_of("lesson.raed", Actor.HEAD)


# An empty request is about nothing here, for anybody: tried by the tests of their own pages.
NEED_A_BODY = {"media", "choose_desk", "decide_knocks"}


def is_tried_here(name: str) -> bool:
    if URLS[name] in {PUBLIC, API} or name in NEED_A_BODY:
        return False
    return set(PATTERNS[name].pattern.converters) <= set(OBJECTS)


DOORS = sorted(filter(is_tried_here, URLS))


@pytest.fixture(scope="module")
def tally() -> dict[str, int]:
    return {"cells": 0}


@pytest.mark.parametrize("name", DOORS)
def test_each_cell_of_an_address(
    name: str, db: None, tally: dict[str, int], record_property: Callable[[str, object], None]
) -> None:
    scene, wrong = Scene(), []
    points = bool(PATTERNS[name].pattern.converters)
    for method, row in zip(("GET", "POST"), rows_of(name), strict=True):
        for actor in ACTORS:
            for situation in Situation:
                expected = reaches(reach_of(row, actor), actor, situation, points_at_something=points)
                code = knock(scene.client(actor, situation), method, address(name, scene.place(situation)))
                tally["cells"] += 1
                if not agrees(code, expected):
                    wrong.append(f"{method} {actor} in {situation}: {code}, the table says {expected}")
        code = knock(Client(), method, address(name, scene.place(Situation.OWN)))
        if not agrees(code, expected=False):
            wrong.append(f"{method} by nobody: {code}")
    record_property("cells_tried_so_far", tally["cells"])
    print(f"{tally['cells']} cells tried so far")
    assert wrong == []


def knock(client: Client, method: str, path: str) -> str:
    """`open`, `closed` or `none` when the door has no such side; whatever happened is undone."""
    with transaction.atomic():
        response = client.generic(method, path)
        transaction.set_rollback(True)
    if response.status_code == 405:
        return "none"
    return "closed" if is_closed(response) else "open"


def agrees(code: str, expected: bool) -> bool:
    return code == "none" or (code == "open") == expected
