"""Who may watch."""

from datetime import datetime

from accounts.callers import Caller
from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships, has_role
from accounts.rules import runs_platform
from classroom.models import STAFF, Course, Enrolment, Lesson, Standing
from classroom.queries import children_of, standing_in
from classroom.rules import is_kept_waiting, may_decide_at_the_door, may_enter_now, may_enter_room
from recordings.models import Recording


def may_follow_recording(person: Person, lesson: Lesson) -> bool:
    """See how the recording comes along."""
    inside = standing_in(person, lesson) not in {None, Standing.GUEST}
    return inside or may_watch_as_guardian(person, lesson)


def may_watch_stream(person: Person, lesson: Lesson, *, now: datetime) -> Standing | None:
    """As what `person` watches the live stream; None for who may not go into the room either."""
    standing = may_enter_room(person, lesson)
    if (
        not lesson.is_streamed
        or standing in {None, Standing.GUEST}
        or is_kept_waiting(person, lesson, standing)
    ):
        return None
    return standing if lesson.is_over or may_enter_now(standing, lesson, now=now) else None


def may_plan_stream(person: Person, lesson: Lesson) -> bool:
    """Those who hold the lesson, and the head."""
    return may_decide_at_the_door(standing_in(person, lesson))


def may_send_stream(person: Person, lesson: Lesson) -> bool:
    """To a place outside: those who answer for who is in it."""
    return may_plan_stream(person, lesson)


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


def may_read_own_ledger(person: Person, institution: Institution) -> bool:
    """What became of every lesson's recording is for heads."""
    return has_role(person, institution.pk, Role.HEAD)


def may_fetch_ledger(caller: Caller, institution: Institution) -> bool:
    """Through the API also for the school's own systems."""
    return caller.is_client_of(institution.pk) or caller.has_role(institution.pk, Role.HEAD)


def may_repair_recordings(person: Person, institution: Institution) -> bool:
    """Have one composed again."""
    return has_role(person, institution.pk, Role.HEAD)


def may_edit_recording(person: Person, recording: Recording) -> bool:
    """Chapters' names and captions: whoever holds the lesson, and the school's head."""
    standing = standing_in(person, recording.lesson)
    return standing in STAFF or standing == Standing.OBSERVER


def may_look_through(person: Person, course: Course) -> bool:
    """Search the recordings of a course: everybody who may watch each of them."""
    if not active_memberships(person).filter(institution=course.institution).exists():
        return False
    if Enrolment.objects.filter(course=course, person=person, is_active=True).exists():
        return True
    if has_role(person, course.institution_id, Role.HEAD):
        return True
    if course.institution.policy.get("guardians_may_watch") is not True:
        return False
    children = children_of(person).filter(institution=course.institution).values("child")
    return Enrolment.objects.filter(course=course, person__in=children, is_active=True).exists()


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
