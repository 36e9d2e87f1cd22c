"""Who may watch."""

from accounts.models import Person
from classroom.models import STAFF, Lesson, Standing
from classroom.queries import standing_in
from recordings.models import Recording


def may_follow_recording(person: Person, lesson: Lesson) -> bool:
    """See how the recording comes along."""
    return standing_in(person, lesson) not in {None, Standing.GUEST}


def may_watch(person: Person, recording: Recording) -> bool:
    """Staff and head always; students once it is published; nobody else."""
    standing = standing_in(person, recording.lesson)
    if standing in STAFF or standing == Standing.OBSERVER:
        return True
    return standing == Standing.STUDENT and recording.is_published
