"""Courses and groups: who is in them, and what is refused."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent
from classroom import actions
from classroom.models import Enrolment, Standing
from common.refusals import Refused
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def test_a_person_may_be_in_several_groups_and_leaves_them_with_the_course(cast: Cast) -> None:
    groups = [actions.create_group(course=cast.course, title=title, by=cast.head) for title in "AB"]
    for group in groups:
        actions.change_group(group=group, title=group.title, people=[cast.amina, cast.bilal], by=cast.head)
    actions.unenrol(course=cast.course, person=cast.amina, by=cast.head)
    assert [list(group.people.all()) for group in groups] == [[cast.bilal], [cast.bilal]]


def test_only_students_of_the_course_are_in_its_groups(cast: Cast) -> None:
    group = actions.create_group(course=cast.course, title="A", by=cast.head)
    for who in (cast.teacher, cast.guardian, cast.stranger):
        with pytest.raises(Refused, match="not_a_student_here"):
            actions.change_group(group=group, title="A", people=[who], by=cast.head)
    assert not group.members.exists()


def test_two_groups_of_a_course_have_two_titles(cast: Cast) -> None:
    actions.create_group(course=cast.course, title="Blue", by=cast.head)
    with pytest.raises(Refused, match="title_taken"):
        actions.create_group(course=cast.course, title="blue", by=cast.head)
    other = actions.create_course(institution=cast.school, title="Art", language="en")
    assert actions.create_group(course=other, title="blue", by=cast.head).pk


def test_nobody_from_outside_is_enrolled(cast: Cast) -> None:
    with pytest.raises(Refused, match="not_a_member"):
        actions.enrol(course=cast.course, person=cast.stranger, standing=Standing.STUDENT, by=cast.head)
    assert not Enrolment.objects.filter(person=cast.stranger).exists()


def test_every_act_is_in_the_log(cast: Cast) -> None:
    course = actions.create_course(institution=cast.school, title="Art", language="en", by=cast.head)
    actions.update_course(course=course, title="Arts", language="fr", by=cast.head)
    actions.enrol(course=course, person=cast.amina, standing=Standing.STUDENT, by=cast.head)
    actions.enrol(course=course, person=cast.amina, standing=Standing.STUDENT, by=cast.head)
    actions.enrol(course=course, person=cast.teacher, standing=Standing.CO_TEACHER, by=cast.head)
    actions.enrol(course=course, person=cast.teacher, standing=Standing.TEACHER, by=cast.head)
    actions.unenrol(course=course, person=cast.amina, by=cast.head)
    actions.archive_course(course=course, by=cast.head)
    actions.restore_course(course=course, by=cast.head)
    lines = AuditEvent.objects.filter(target=f"course:{course.pk}", actor=cast.head.pk).order_by("seq")
    assert list(lines.values_list("act", flat=True)) == [
        "course.created",
        "course.changed",
        "person.enrolled",
        "person.enrolled",
        "standing.changed",
        "person.unenrolled",
        "course.archived",
        "course.restored",
    ]
