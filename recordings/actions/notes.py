"""Notes at a time of a recording: whose they are, theirs alone."""

from datetime import datetime

from django.db import transaction

from accounts.models import Person
from common.refusals import Refused
from recordings.models import Note, Recording

MOST_NOTES = 500
LONGEST = 2000


@transaction.atomic
def write_note(*, recording: Recording, person: Person, at_seconds: float, text: str, now: datetime) -> Note:
    """Refused("bad_data") without words, Refused("too_many") after hundreds in one recording."""
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise Refused("bad_data")
    if Note.objects.filter(recording=recording, person=person).count() >= MOST_NOTES:
        raise Refused("too_many")
    at = max(0.0, min(at_seconds, recording.duration_seconds or 0.0))
    return Note.objects.create(
        recording=recording, person=person, at_seconds=round(at, 1), text=words, written_at=now
    )


def change_note(*, note: Note, text: str) -> None:
    words = text.strip()
    if not words or len(words) > LONGEST:
        raise Refused("bad_data")
    Note.objects.filter(pk=note.pk).update(text=words)


def remove_note(*, note: Note) -> None:
    Note.objects.filter(pk=note.pk).delete()
