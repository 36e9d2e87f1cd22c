"""Who may watch."""

from accounts.callers import Caller
from accounts.models import Person
from classroom.models import STAFF, Lesson, Standing
from classroom.queries import standing_in
from recordings.models import Recording


def may_follow_recording(person: Person, lesson: Lesson) -> bool:
    """See how the recording comes along."""
    return standing_in(person, lesson) is not None


def may_watch(person: Person, recording: Recording) -> bool:
    """Staff and head always; students once it is published; nobody else."""
    standing = standing_in(person, recording.lesson)
    if standing in STAFF or standing == Standing.OBSERVER:
        return True
    return standing == Standing.STUDENT and recording.is_published


def may_fetch_recording(caller: Caller, recording: Recording) -> bool:
    """Get a link to it through the API."""
    if caller.person is None:
        return caller.is_client_of(recording.lesson.institution_id)
    return caller.reaches(recording.lesson.institution_id) and may_watch(caller.person, recording)
