"""Who may watch."""

from accounts.callers import Caller
from accounts.models import Person
from accounts.rules import runs_platform
from classroom.models import STAFF, Enrolment, Lesson, Standing
from classroom.queries import children_of, standing_in
from recordings.models import Recording


def may_follow_recording(person: Person, lesson: Lesson) -> bool:
    """See how the recording comes along."""
    inside = standing_in(person, lesson) not in {None, Standing.GUEST}
    return inside or may_watch_as_guardian(person, lesson)


def may_watch(person: Person, recording: Recording) -> bool:
    """Staff and head always; students, and guardians where the school allows it, once it is published."""
    standing = standing_in(person, recording.lesson)
    if standing in STAFF or standing == Standing.OBSERVER:
        return True
    if not recording.is_published:
        return False
    return standing == Standing.STUDENT or may_watch_as_guardian(person, recording.lesson)


def may_watch_as_guardian(person: Person, lesson: Lesson) -> bool:
    """A guardian of somebody in the course, where the institution's policy says `guardians_may_watch`."""
    if lesson.institution.policy.get("guardians_may_watch") is not True:
        return False
    children = children_of(person).filter(institution=lesson.institution).values("child")
    return Enrolment.objects.filter(course=lesson.course_id, person__in=children, is_active=True).exists()


def may_read_fleet(person: Person) -> bool:
    """Recorders are machines of the platform."""
    return runs_platform(person)


def may_manage_fleet(person: Person) -> bool:
    return runs_platform(person)


def may_fetch_recording(caller: Caller, recording: Recording) -> bool:
    """Get a link to it through the API."""
    if caller.person is None:
        return caller.is_client_of(recording.lesson.institution_id)
    return caller.reaches(recording.lesson.institution_id) and may_watch(caller.person, recording)
