"""Two more of everything that the API lists."""

from __future__ import annotations

from accounts import actions as people
from accounts.models import Role
from classroom import actions as lessons
from classroom.models import Standing
from tests.api.conftest import publish, schedule
from tests.conftest import Cast


def grow(cast: Cast) -> None:
    for number in range(2):
        child, mother = (
            people.add_person(
                institution=cast.school, email=f"{role}{number}@here.test", name=f"{role} {number}", role=role
            )
            for role in (Role.STUDENT, Role.GUARDIAN)
        )
        people.link_guardian(institution=cast.school, guardian=mother, child=child)
        lessons.enrol(course=cast.course, person=child, standing=Standing.STUDENT)
        course = lessons.create_course(institution=cast.school, title=f"Course {number}", language="en")
        lessons.enrol(course=course, person=cast.teacher, standing=Standing.TEACHER)
        publish(schedule(course, cast.teacher, f"Lesson {number}"))
