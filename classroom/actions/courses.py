"""What can be done with courses and who takes part in them."""

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_audit
from accounts.models import Institution, Membership, Person
from classroom.models import Course, Enrolment, GroupMember, Standing
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets


@transaction.atomic
def create_course(*, institution: Institution, title: str, language: str, by: Person | None = None) -> Course:
    course = Course.objects.create(institution=institution, title=title, language=language)
    _tell("course.created", course, by)
    return course


@transaction.atomic
def update_course(*, course: Course, title: str, language: str, by: Person | None = None) -> None:
    course.title, course.language = title, language
    course.save(update_fields=["title", "language"])
    _tell("course.changed", course, by)


@transaction.atomic
def archive_course(*, course: Course, by: Person | None = None) -> None:
    """Out of the lists, nothing lost."""
    if Course.objects.filter(pk=course.pk, archived_at__isnull=True).update(archived_at=timezone.now()):
        _tell("course.archived", course, by)


@transaction.atomic
def restore_course(*, course: Course, by: Person | None = None) -> None:
    if Course.objects.filter(pk=course.pk, archived_at__isnull=False).update(archived_at=None):
        _tell("course.restored", course, by)


@transaction.atomic
def enrol(*, course: Course, person: Person, standing: Standing, by: Person | None = None) -> Enrolment:
    """Also changes the standing of somebody enrolled. Raises Refused("not_a_member")."""
    if not Membership.objects.filter(institution=course.institution_id, person=person).exists():
        raise Refused("not_a_member")
    before = Enrolment.objects.filter(course=course, person=person, is_active=True).first()
    enrolment, _ = Enrolment.objects.update_or_create(
        course=course, person=person, defaults={"standing": standing, "is_active": True}
    )
    if before is None or before.standing != standing:
        act = "person.enrolled" if before is None else "standing.changed"
        _tell(act, course, by, person=str(person.pk), standing=str(standing))
        recheck_sockets(person.pk)
    if standing != Standing.STUDENT:
        GroupMember.objects.filter(group__course=course, person=person).delete()
    return enrolment


@transaction.atomic
def unenrol(*, course: Course, person: Person, by: Person | None = None) -> None:
    """Out of the course, its groups and its open rooms at once."""
    if not Enrolment.objects.filter(course=course, person=person, is_active=True).update(is_active=False):
        return
    GroupMember.objects.filter(group__course=course, person=person).delete()
    _tell("person.unenrolled", course, by, person=str(person.pk))
    recheck_sockets(person.pk)


def _tell(act: str, course: Course, by: Person | None, **detail: str) -> None:
    record_audit(
        act, institution=course.institution, by=by, target=f"course:{course.pk}", detail=dict(detail)
    )
