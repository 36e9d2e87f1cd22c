"""Deciding whether somebody may be in recordings."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.models import AnswerSource, Institution, Person, RecordingAnswer, RecordingPermission
from accounts.queries import last_answers
from common.sockets.recheck import recheck_sockets

ACTS: dict[str, str] = {
    RecordingAnswer.GIVEN: "recording_permission.given",
    RecordingAnswer.REFUSED: "recording_permission.refused",
    RecordingAnswer.UNKNOWN: "recording_permission.unknown",
}


@transaction.atomic
def decide_recording(
    *,
    institution: Institution,
    people: Iterable[Person],
    answer: RecordingAnswer,
    source: AnswerSource,
    by: Person | UUID | None,
    now: datetime,
) -> int:
    """A line in the ledger for each of them whose last word was another one; how many. It bites at once:
    whoever is in a lesson is looked at again."""
    # One after the other: two guardians at once leave one last word.
    Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    asked = list(people)
    before = last_answers(institution, [person.pk for person in asked])
    changed = [one for one in asked if before.get(one.pk, RecordingAnswer.UNKNOWN) != answer]
    decider = by if isinstance(by, Person) else None
    RecordingPermission.objects.bulk_create(
        RecordingPermission(
            institution=institution,
            person=person,
            answer=answer,
            source=source,
            decided_at=now,
            decided_by=decider,
        )
        for person in changed
    )
    for person in changed:
        record_audit(
            ACTS[answer],
            institution=institution,
            by=by,
            target=f"person:{person.pk}",
            detail={"source": str(source)},
        )
    recheck_sockets(*(person.pk for person in changed))
    return len(changed)
