"""The fleet's books: who there is, who works for whom, what was heard. Conditional updates throughout."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.actions import record_audit
from accounts.models import Institution, Person
from classroom import timeline
from classroom.models import LessonStatus, Room, main_room
from recordings import facts
from recordings.actions.captures import NAMELESS, close_capture, note_capturing, start_recorder
from recordings.actions.recordings import with_people_inside
from recordings.models import (
    OPEN_BROADCAST,
    OPEN_CAPTURE,
    Broadcast,
    Capture,
    CaptureState,
    EndCause,
    Engine,
    Recorder,
    RecorderState,
    Recording,
    Starter,
)

if TYPE_CHECKING:
    from recordings.jibri import Address, Status

# After a start that failed, and after one that was accepted and led to nothing.
REST_SECONDS, LONG_REST_SECONDS = 30, 120
# Without the module nobody else will start it; the moment lets one who only looked in leave again.
NO_MODULE_SECONDS = 1
# A station that does not listen by then is not waited for.
STATION_SECONDS = 15.0
FORGOTTEN_AFTER = timedelta(hours=1)
CLOCKS_APART = timedelta(minutes=5)
NOT_AT_WORK = (RecorderState.IDLE, RecorderState.EXPIRED, RecorderState.UNHEALTHY)


# Who there is


@transaction.atomic
def register_recorders(*, addresses: Iterable[Address], now: datetime) -> None:
    """The rows are as JIBRI_URLS says. One that is no longer listed stays while it works, then it goes.

    One that only spoke for itself goes an hour after its last word: a container's name may be new at each start.
    """
    listed = {address.name: address for address in addresses}
    for name, address in listed.items():
        known = Recorder.objects.filter(name=name)
        wanted = {"base_url": address.base_url, "pool": address.pool, "is_listed": True}
        if not known.filter(**wanted).exists() and not known.update(**wanted, next_poll_at=now):
            Recorder.objects.bulk_create(
                [Recorder(name=name, **wanted, state_at=now, next_poll_at=now)], ignore_conflicts=True
            )
    free = ~Exists(Capture.objects.filter(recorder=OuterRef("pk"), state__in=OPEN_CAPTURE))
    Recorder.objects.filter(free, is_listed=True).exclude(name__in=listed).delete()
    Recorder.objects.filter(free, base_url="", heard_at__lt=now - FORGOTTEN_AFTER).delete()


def claim_poll(*, recorder: Recorder, now: datetime) -> bool:
    """Whose turn it is to ask this recorder how it is; False when another process asks already."""
    wait = settings.JIBRI_POLL_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311  only to spread them
    due = Recorder.objects.filter(pk=recorder.pk, next_poll_at__lte=now)
    return bool(due.update(next_poll_at=now + timedelta(seconds=wait)))


def note_status(*, recorder: Recorder, status: Status | None, asked_at: datetime) -> None:
    """What it answered to a question that was put at `asked_at`; None when it did not."""
    if status is None:
        limit = asked_at - timedelta(seconds=settings.JIBRI_SILENCE_SECONDS)
        unseen = Q(seen_at__lt=limit) | Q(seen_at__isnull=True)
        _set_state(Recorder.objects.filter(unseen, pk=recorder.pk), RecorderState.SILENT, "", asked_at)
        return
    seen = Recorder.objects.filter(Q(seen_at__lt=asked_at) | Q(seen_at__isnull=True), pk=recorder.pk)
    _set_state(seen, status.state, status.detail, asked_at)
    seen.update(seen_at=asked_at)
    if status.state == RecorderState.BUSY:
        at_work = Capture.objects.filter(recorder=recorder, state=CaptureState.RUNNING)
        at_work.update(seen_at=asked_at)


def _set_state(rows: QuerySet[Recorder], state: str, detail: str, now: datetime) -> None:
    rows.exclude(state=state).update(state=state, state_at=now)
    rows.update(detail=detail[:300])


def hear_status(*, name: str, status: Status, now: datetime) -> None:
    """A Jibri said by itself how it is. One that we can ask is asked at once: a word may be late, an answer not."""
    unknown = Recorder(
        name=name[:80], state=status.state, detail=status.detail[:300], state_at=now, next_poll_at=now
    )
    Recorder.objects.bulk_create([unknown], ignore_conflicts=True)
    known = Recorder.objects.filter(name=name[:80])
    known.update(heard_at=now)
    known.exclude(base_url="").exclude(state=status.state).update(next_poll_at=now)
    _set_state(known.filter(base_url=""), status.state, status.detail, now)


def hear_session(*, session_id: str, is_on: bool, failed: bool, now: datetime) -> None:
    """Jibri's word about a session that we started: it is on, or it ended. What ended is asked for at once."""
    capture = (
        Capture.objects.filter(session_id=session_id, state__in=OPEN_CAPTURE, engine=Engine.JIBRI)
        .select_related("recording__lesson")
        .first()
    )
    if capture is None:
        return
    if is_on and capture.stop_asked_at is None:
        note_capturing(capture=capture, now=now)
    elif not is_on:
        cause = EndCause.FAILED if failed else EndCause.NONE
        Capture.objects.filter(pk=capture.pk).update(end_cause=cause)
        Recorder.objects.filter(captures=capture).update(next_poll_at=now)


@transaction.atomic
def drain_recorder(*, recorder: Recorder, by: Person, now: datetime) -> bool:
    """It finishes what it does and gets nothing new; False when it was drained before."""
    drained = Recorder.objects.filter(pk=recorder.pk, drained_at__isnull=True).update(drained_at=now)
    if drained:
        record_audit("recorder.drained", institution=None, by=by, target=f"recorder:{recorder.pk}")
    return bool(drained)


@transaction.atomic
def restore_recorder(*, recorder: Recorder, by: Person) -> bool:
    """It may work again; False when it might all along."""
    drained = Recorder.objects.filter(pk=recorder.pk, drained_at__isnull=False)
    restored = drained.update(drained_at=None, rests_until=None)
    if restored:
        record_audit("recorder.restored", institution=None, by=by, target=f"recorder:{recorder.pk}")
    return bool(restored)


def empty_recorder(*, recorder: Recorder, now: datetime) -> bool:
    """Fewer are needed: it gets nothing new. False when it began something, or somebody drained it."""
    free = ~Exists(Capture.objects.filter(recorder=OuterRef("pk"), state__in=OPEN_CAPTURE))
    idle = Recorder.objects.filter(free, pk=recorder.pk, state=RecorderState.IDLE, drained_at__isnull=True)
    return bool(idle.update(drained_at=now, next_poll_at=now))


def take_recorder_back(*, recorder: Recorder) -> bool:
    """It is needed after all."""
    return bool(Recorder.objects.filter(pk=recorder.pk, drained_at__isnull=False).update(drained_at=None))


# Who works for whom


def captures_to_start(*, now: datetime) -> list[Capture]:
    """Wanted ones whose time with the module is over, in lessons with people inside, the longest waiting first."""
    unused = Capture.objects.filter(state=CaptureState.WANTED, engine=Engine.JIBRI, recorder__isnull=True)
    waiting = unused.filter(recording__in=with_people_inside()).prefetch_related(
        main_room("recording__lesson")
    )
    ready = waiting.select_related("recording__lesson__institution").order_by("wanted_at")
    return [_with_its_sink(capture) for capture in ready if _is_ours_to_start(capture, now)]


def _with_its_sink(capture: Capture) -> Capture:
    """A stream, where somebody listens for it and nobody sends one; else a file: a lesson without a stream is better
    than one unrecorded."""
    listening = Broadcast.objects.filter(
        lesson=capture.recording.lesson_id, state__in=OPEN_BROADCAST, port__isnull=False, sender=None
    )
    capture.is_streamed = capture.recording.lesson.is_streamed and listening.exists()
    Capture.objects.filter(pk=capture.pk).update(is_streamed=capture.is_streamed)
    return capture


def _is_ours_to_start(capture: Capture, now: datetime) -> bool:
    waited = (now - capture.wanted_at).total_seconds()
    if capture.recording.lesson.is_streamed:
        is_open = Broadcast.objects.filter(lesson=capture.recording.lesson_id, port__isnull=False).exists()
        return is_open or waited >= STATION_SECONDS
    if settings.JIBRI_START == Starter.HTTP:
        return waited >= NO_MODULE_SECONDS
    if waited >= confirm_seconds(capture):
        return True
    refused = timeline.facts_of(capture.recording.lesson, [facts.RECORDING_REFUSED])
    return refused.filter(at__gte=capture.wanted_at).exists()


def confirm_seconds(capture: Capture) -> float:
    """How long the module has. The first time it must find jicofo; after a loss it only has to ask again."""
    again = capture.recording.captures.filter(wanted_at__lt=capture.wanted_at).exists()
    return float(settings.JIBRI_CONFIRM_SECONDS) / (3 if again else 1)


def close_unused_captures(*, now: datetime) -> int:
    """Wanted ones whose lesson is over: nobody will start them any more."""
    unused = Capture.objects.filter(state=CaptureState.WANTED, engine=Engine.JIBRI, recorder__isnull=True)
    over = unused.filter(recording__lesson__status__in=(LessonStatus.ENDED, LessonStatus.CANCELLED))
    return over.update(state=CaptureState.CLOSED, ended_at=now, end_cause=EndCause.NEVER_STARTED)


def free_recorders(*, now: datetime) -> QuerySet[Recorder]:
    """Those that could begin at once, the longest unused first, so that one that fails is not asked first again."""
    leased = Capture.objects.filter(recorder=OuterRef("pk"), state__in=OPEN_CAPTURE)
    sending = Broadcast.objects.filter(sender=OuterRef("pk"))
    rested = Q(rests_until__isnull=True) | Q(rests_until__lte=now)
    unleased = Recorder.objects.filter(~Exists(leased), ~Exists(sending))
    free = unleased.filter(rested, state=RecorderState.IDLE, drained_at__isnull=True)
    return free.exclude(base_url="").order_by(F("leased_at").asc(nulls_first=True), "name")


def recorders_for(institution: Institution, *, now: datetime) -> list[Recorder]:
    """Free ones that this school may have, those of its own pool first."""
    pools = [institution.slug, institution.region, ""]
    candidates = [one for one in free_recorders(now=now) if one.pool in pools]
    return sorted(candidates, key=lambda one: pools.index(one.pool))


def lease_recorder(*, capture: Capture, now: datetime) -> Recorder | None:
    """One for this capture: from the school's own pool, else from its region's, else from everybody's.

    PostgreSQL decides between two workers: by the capture's row, and by `one_open_capture_a_recorder`.
    """
    for recorder in recorders_for(capture.recording.lesson.institution, now=now):
        try:
            with transaction.atomic():
                wanted = Capture.objects.filter(
                    pk=capture.pk, state=CaptureState.WANTED, recorder__isnull=True
                )
                if not wanted.update(recorder=recorder, host=recorder.name):
                    return None
                Recorder.objects.filter(pk=recorder.pk).update(leased_at=now)
        except IntegrityError:
            continue
        return recorder
    return None


def note_started(*, capture: Capture, recorder: Recorder, now: datetime) -> bool:
    """It accepted; that is no picture yet. False when the capture was closed meanwhile: then it must be stopped."""
    leased = Capture.objects.filter(pk=capture.pk, state=CaptureState.WANTED, recorder=recorder)
    running = {"state": CaptureState.RUNNING, "started_by": Starter.HTTP, "asked_at": now, "seen_at": now}
    if not leased.update(**running):
        return False
    busy = Recorder.objects.filter(pk=recorder.pk)
    _set_state(busy, RecorderState.BUSY, "", now)
    busy.update(seen_at=now)
    return True


def note_refused(*, capture: Capture, recorder: Recorder, code: str, now: datetime) -> None:
    """It would not. The next one gets another session, so that the folders of two tries are never one."""
    leased = Capture.objects.filter(pk=capture.pk, state=CaptureState.WANTED, recorder=recorder)
    refusals = [*capture.refusals, [recorder.name, code]][-20:]
    leased.update(recorder=None, host="", session_id=str(uuid4()), refusals=refusals)
    capture.refresh_from_db(fields=["session_id", "refusals", "recorder"])
    rest = Recorder.objects.filter(pk=recorder.pk)
    rest.update(rests_until=now + timedelta(seconds=REST_SECONDS), next_poll_at=now)


def lose_capture(*, capture: Capture, cause: EndCause, now: datetime) -> bool:
    """Its recorder is gone, or did nothing; whoever did nothing is left alone for a while."""
    capture.refresh_from_db(fields=["end_cause"])
    told = EndCause(capture.end_cause) or cause  # by its own webhook, which knows better
    if not close_capture(capture=capture, state=CaptureState.LOST, now=now, cause=told):
        return False
    if cause in (EndCause.NEVER_STARTED, EndCause.FAILED):
        until = now + timedelta(seconds=LONG_REST_SECONDS)
        Recorder.objects.filter(captures=capture).update(rests_until=until)
    return True


def end_idle_capture(*, capture: Capture, now: datetime) -> bool:
    """Its recorder is free: in a lesson that goes on it has left it, and another one is wanted."""
    if capture.recording.lesson.status != LessonStatus.LIVE:
        return close_capture(capture=capture, state=CaptureState.CLOSED, now=now)
    is_ill = capture.recorder is not None and capture.recorder.state == RecorderState.UNHEALTHY
    return lose_capture(capture=capture, cause=EndCause.FAILED if is_ill else EndCause.LEFT, now=now)


def claim_stop(*, capture: Capture, now: datetime, again_seconds: float) -> bool:
    """Whose turn it is to stop it; asked again after a while, because the first word may have been lost."""
    before = now - timedelta(seconds=again_seconds)
    due = Capture.objects.filter(Q(stop_asked_at__isnull=True) | Q(stop_asked_at__lt=before), pk=capture.pk)
    return bool(due.filter(state=CaptureState.RUNNING).update(stop_asked_at=now))


# What Prosody tells: an occupant of the recorders' domain came or left


@transaction.atomic
def note_recorder_joined(*, room: Room, at: datetime) -> bool:
    """A recorder is in the room: whoever was wanted has come, by the module's word or by ours."""
    recording = Recording.objects.filter(lesson=room.lesson_id).select_related("lesson").first()
    if recording is None or settings.RECORDER_ENGINE != Engine.JIBRI:
        return False
    open_ = recording.captures.filter(state__in=OPEN_CAPTURE).first()
    if open_ is None and start_recorder(recording=recording, now=at):
        open_ = recording.captures.filter(state=CaptureState.WANTED).first()
    if open_ is None or open_.confirmed_at is not None:
        return False
    nobody = Capture.objects.filter(pk=open_.pk, state=CaptureState.WANTED, recorder__isnull=True)
    came = {"state": CaptureState.RUNNING, "started_by": Starter.MODULE, "asked_at": at, "seen_at": at}
    nobody.update(**came, session_id=f"{NAMELESS}{uuid4()}")
    open_.refresh_from_db()
    note_capturing(capture=open_, now=at)
    return True


def note_recorder_left(*, room: Room, at: datetime) -> bool:
    """The recorder left the room. One that we can ask is asked; of the others this is all that we hear."""
    running = Capture.objects.filter(recording__lesson=room.lesson_id, state=CaptureState.RUNNING)
    capture = running.filter(confirmed_at__lt=at).select_related("recording__lesson").first()
    if capture is None:
        return False
    if capture.recorder_id is not None:
        Recorder.objects.filter(pk=capture.recorder_id).update(next_poll_at=at)
        return False
    if capture.recording.lesson.is_over:
        return close_capture(capture=capture, state=CaptureState.CLOSED, now=at)
    return lose_capture(capture=capture, cause=EndCause.LEFT, now=at)


def hear_rooms(*, now: datetime) -> None:
    """What the timeline says of recorders, read anew each time: order, repetition and loss of events change nothing."""
    watched = Capture.objects.filter(engine=Engine.JIBRI, state__in=OPEN_CAPTURE)
    for capture in watched.select_related("recording__lesson"):
        told = timeline.facts_of(capture.recording.lesson, facts.OF_RECORDERS)
        last = told.filter(at__gte=_heard_since(capture), at__lte=now + CLOCKS_APART).last()
        if last is None:
            continue
        came = last.type in (facts.RECORDER_JOINED, facts.RECORDING_CONFIRMED)
        note = note_recorder_joined if came else note_recorder_left
        note(room=capture.recording.lesson.room, at=last.at)


def _heard_since(capture: Capture) -> datetime:
    """The module may have been faster than our sweep, and Prosody's clock is another one."""
    if capture.recording.captures.filter(wanted_at__lt=capture.wanted_at).exists():
        return capture.wanted_at
    return (capture.recording.lesson.opened_at or capture.wanted_at) - CLOCKS_APART


def bind_busy_recorder(*, capture: Capture) -> bool:
    """Jicofo does not say whom it chose: with one nameless capture and one busy recorder there is no doubt."""
    nameless = Capture.objects.filter(
        state=CaptureState.RUNNING, engine=Engine.JIBRI, recorder__isnull=True, started_by=Starter.MODULE
    )
    leased = Capture.objects.filter(recorder=OuterRef("pk"), state__in=OPEN_CAPTURE)
    unleased = Recorder.objects.filter(~Exists(leased), broadcasts__isnull=True)
    busy = unleased.filter(state=RecorderState.BUSY).exclude(base_url="")
    if nameless.count() != 1 or busy.count() != 1:
        return False
    try:
        with transaction.atomic():
            chosen = busy.get()
            return bool(nameless.filter(pk=capture.pk).update(recorder=chosen, host=chosen.name))
    except (IntegrityError, Recorder.DoesNotExist):
        return False
