"""Who may see and change what is left of a lesson."""

from __future__ import annotations

from uuid import UUID

from accounts.callers import Caller
from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships, has_role
from attendance.models import Report, ReportKind, WatchEntry
from attendance.queries import courses_readable, watched_by
from classroom.models import STAFF, Course, Enrolment, Lesson, Standing
from classroom.queries import children_of, standing_in
from classroom.rules import may_read_register


def may_read_line(reader: Person, lesson: Lesson, person_id: UUID) -> bool:
    """One person's line with all that it was made of: whoever reads the register, and they themselves, and their
    guardians. The lesson is one that `reader` may see."""
    if may_read_register(reader, lesson) or reader.pk == person_id:
        return True
    return children_of(reader).filter(child=person_id, institution=lesson.institution_id).exists()


def may_correct_register(person: Person, lesson: Lesson) -> bool:
    """Also excuse: the school's head, and who holds the lesson as its teacher."""
    if has_role(person, lesson.institution_id, Role.HEAD):
        return True
    return standing_in(person, lesson) == Standing.TEACHER


def may_watch_heatmap(standing: Standing | None) -> bool:
    """Those who hold the lesson, while they hold it; a head reads sums, afterwards."""
    return standing in STAFF


def may_open_watch_list(person: Person) -> bool:
    return active_memberships(person).filter(role__in=(Role.HEAD, Role.TEACHER)).exists()


def may_look_after(person: Person, entry: WatchEntry) -> bool:
    return watched_by(person).filter(pk=entry.pk).exists()


def may_fetch_trends(caller: Caller, course: Course) -> bool:
    """The school's systems and heads, and those who teach the course."""
    if caller.is_client_of(course.institution_id) or caller.has_role(course.institution_id, Role.HEAD):
        return True
    if caller.person is None or not caller.reaches(course.institution_id):
        return False
    taught = Enrolment.objects.filter(course=course, person=caller.person, is_active=True, standing__in=STAFF)
    return has_role(caller.person, course.institution_id, Role.TEACHER) and taught.exists()


def may_manage_notes(person: Person, institution: Institution) -> bool:
    """Not the platform: when a school writes to families, and what it wrote, is its own."""
    return has_role(person, institution.pk, Role.HEAD)


def may_read_report(reader: Person, report: Report) -> bool:
    """Whether they may read today what it is about."""
    if report.kind == ReportKind.INSTITUTION:
        return has_role(reader, report.institution_id, Role.HEAD)
    if report.kind == ReportKind.STUDENT and report.person_id:
        return _stands_by(reader, report.institution_id, report.person_id)
    course = report.lesson.course_id if report.lesson else report.course_id
    return course is not None and courses_readable(reader).filter(pk=course).exists()


def _stands_by(reader: Person, institution_id: UUID, student_id: UUID) -> bool:
    if has_role(reader, institution_id, Role.HEAD):
        known = Person.objects.filter(pk=student_id, memberships__institution=institution_id)
        return known.filter(memberships__role=Role.STUDENT).exists()
    if reader.pk == student_id:
        return has_role(reader, institution_id, Role.STUDENT)
    return children_of(reader).filter(child=student_id, institution=institution_id).exists()
