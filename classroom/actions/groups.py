"""What can be done with groups."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from accounts.actions import record_audit
from accounts.models import Person
from classroom.models import Course, Enrolment, Group, GroupMember, Standing
from common.refusals import Refused


@transaction.atomic
def create_group(*, course: Course, title: str, by: Person | None = None) -> Group:
    """Raises Refused("title_taken")."""
    group = _save_title(Group(course=course), title)
    _tell("group.created", group, by)
    return group


@transaction.atomic
def change_group(*, group: Group, title: str, people: Iterable[Person], by: Person | None = None) -> None:
    """Its title and exactly these students. Raises Refused("title_taken") and Refused("not_a_student_here")."""
    wanted = {person.pk for person in people}
    students = Enrolment.objects.filter(course=group.course_id, is_active=True, standing=Standing.STUDENT)
    if not wanted <= set(students.values_list("person_id", flat=True)):
        raise Refused("not_a_student_here")
    _save_title(group, title)
    group.members.exclude(person__in=wanted).delete()
    members = [GroupMember(group=group, person_id=person_id) for person_id in wanted]
    GroupMember.objects.bulk_create(members, ignore_conflicts=True)
    _tell("group.changed", group, by, people=len(wanted))


@transaction.atomic
def delete_group(*, group: Group, by: Person | None = None) -> None:
    _tell("group.deleted", group, by)
    group.delete()


def _save_title(group: Group, title: str) -> Group:
    group.title = title
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise Refused("title_taken") from error
    return group


def _tell(act: str, group: Group, by: Person | None, **detail: int) -> None:
    record_audit(
        act,
        institution=group.course.institution,
        by=by,
        target=f"group:{group.pk}",
        detail={"course": str(group.course_id), **detail},
    )
