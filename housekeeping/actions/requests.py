"""Requests for a copy of one person's data, and for its erasure."""

import unicodedata
from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.actions import record_audit
from accounts.models import Institution, Membership, Person
from classroom.models import Knock, KnockState
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.sockets.recheck import recheck_sockets
from housekeeping.actions.retention import lock_house
from housekeeping.models import OPEN, REQUEST_MOVES, DataRequest, Kind, RequestState
from housekeeping.models.requests import ANSWER_WITHIN
from housekeeping.queries import is_held, is_sole_head, subjects_of
from recordings.storage import storage_for


def move_request(request: DataRequest, state: RequestState, **changes: object) -> bool:
    """One move of the state machine; False when somebody else was first."""
    if state not in REQUEST_MOVES[request.state]:
        return False
    rows = DataRequest.objects.filter(pk=request.pk, state=request.state)
    moved = rows.update(state=state, lease_owner="", lease_until=None, **changes)
    request.refresh_from_db()
    return moved == 1


@transaction.atomic
def request_export(*, institution: Institution, person: Person, by: Person, now: datetime) -> DataRequest:
    """A copy of what this institution keeps of `person`; Refused("already_running") while one is made."""
    request = _open(institution, person, by, now, Kind.EXPORT)
    _tell("export.requested", request, by)
    enqueue_on_commit("housekeeping.work", request.pk)
    return request


def _open(institution: Institution, person: Person, by: Person, now: datetime, kind: Kind) -> DataRequest:
    try:
        with transaction.atomic():
            return DataRequest.objects.create(
                institution=institution,
                person=person,
                kind=kind,
                requested_by=by,
                requested_at=now,
                due_at=now + ANSWER_WITHIN,
            )
    except IntegrityError as error:
        raise Refused("already_running") from error


def _tell(act: str, request: DataRequest, by: Person | None) -> None:
    told = {"request": str(request.pk)}
    target = f"person:{request.person_id}"
    record_audit(act, institution=request.institution, by=by, target=target, detail=told)


@transaction.atomic
def cancel_request(*, request: DataRequest, by: Person, now: datetime) -> bool:
    """A copy that is not wanted any more; what was stored of it goes with the next sweep. Not an erasure."""
    if request.kind != Kind.EXPORT or not move_request(request, RequestState.CANCELLED, finished_at=now):
        return False
    _tell("export.cancelled", request, by)
    enqueue_on_commit("housekeeping.sweep")
    return True


@transaction.atomic
def note_download(*, request: DataRequest, by: Person) -> None:
    _tell("export.downloaded", request, by)


def drop_old_exports(*, now: datetime) -> int:
    """Copies whose seven days are over, and what is left of those that were never finished."""
    for request in DataRequest.objects.filter(state=RequestState.DONE, kind=Kind.EXPORT, expires_at__lte=now):
        move_request(request, RequestState.EXPIRED)
    stale = (RequestState.CANCELLED, RequestState.FAILED, RequestState.EXPIRED)
    left = DataRequest.objects.filter(kind=Kind.EXPORT, state__in=stale).exclude(key="")
    return sum(_drop(request) for request in left)


def _drop(request: DataRequest) -> int:
    storage_for(request.institution).delete(request.key)  # before the row forgets where it was
    return DataRequest.objects.filter(pk=request.pk, key=request.key).update(key="", size_bytes=None)


def why_not_erase(*, person: Person, institution: Institution, by: Person | None = None) -> str:
    """The code of what stands against it, or nothing."""
    if by == person:
        return "oneself"
    if is_sole_head(person, institution):
        return "sole_head"
    if is_held(person, institution):
        return "held"
    erasures = DataRequest.objects.filter(person=person, institution=institution, kind=Kind.ERASURE)
    return "already_running" if by and erasures.filter(state__in=OPEN).exists() else ""


@transaction.atomic
def start_erasure(
    *, institution: Institution, person: Person, by: Person, typed_name: str, now: datetime
) -> DataRequest:
    """From now on the person has no role here, and no guest's admission; the rest follows within minutes, the deadline is 30 days.

    Raises Refused: `name_differs`, `not_here`, and the codes of `why_not_erase`.
    """
    institution = lock_house(institution)
    if not subjects_of(institution).filter(pk=person.pk).exists():
        raise Refused("not_here")
    if _plain(typed_name) != _plain(person.name):
        raise Refused("name_differs")
    code = why_not_erase(person=person, institution=institution, by=by)
    if code:
        raise Refused(code)
    request = _open(institution, person, by, now, Kind.ERASURE)
    Membership.objects.filter(institution=institution, person=person).update(is_active=False)
    let_in = Knock.objects.filter(lesson__institution=institution, person=person, state=KnockState.ADMITTED)
    let_in.update(state=KnockState.EXPIRED, decided_at=now)
    recheck_sockets(person.pk)
    _tell("erasure.started", request, by)
    enqueue_on_commit("housekeeping.work", request.pk)
    return request


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
