"""Keeps the Jibris that PostgreSQL wants: asked how they are, given to lessons, watched, replaced, stopped.

Desired state, not timers: every two seconds wanted captures are compared with recorders. Many may tend at
once; each act is claimed by a conditional update first, and talks to the Jibri outside of any transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.utils import timezone

from classroom.models import LessonStatus, PoolKind, main_room
from classroom.queries import found_addresses
from recordings import actions
from recordings.actions.captures import NAMELESS
from recordings.actions.recorders import NOT_AT_WORK
from recordings.jibri import Address, JibriAway, JibriClient, JibriRefused, Session, Status, read_addresses
from recordings.manifests import MARKER, is_settled, last_change_of, room_name_of
from recordings.models import Broadcast, Capture, CaptureState, EndCause, Engine, Recorder, RecorderState
from recordings.streaming.keys import address_of

log = logging.getLogger(__name__)
AT_ONCE = 16
JIBRI_PORT = 2222
# A recorder that refuses costs one round; more than this many refuse only when nothing works.
MOST_ROUNDS = 5
STOP_AGAIN_SECONDS = 30.0

T = TypeVar("T")
R = TypeVar("R")


def tend(client: JibriClient) -> None:
    """One round of everything."""
    actions.register_recorders(addresses=known_addresses(), now=timezone.now())
    poll(client)
    actions.hear_rooms(now=timezone.now())
    name_folders()
    watch(client)
    give(client)
    tend_senders(client)
    actions.close_unused_captures(now=timezone.now())


def known_addresses() -> list[Address]:
    """Those that JIBRI_URLS names, and those that were found in pools which follow the timetable."""
    found = found_addresses(PoolKind.RECORDERS, JIBRI_PORT)
    return [*read_addresses(settings.JIBRI_URLS), *(Address(*one) for one in found)]


def _each(rows: Sequence[T], ask: Callable[[T], R]) -> list[tuple[T, R]]:
    """Ask all at once: a silent one must not keep the others waiting. The threads touch no database."""
    if not rows:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(rows))) as pool:
        return list(zip(rows, pool.map(ask, rows), strict=True))


# How they are


def poll(client: JibriClient) -> None:
    now = timezone.now()
    due = Recorder.objects.filter(next_poll_at__lte=now).exclude(base_url="")
    mine = [recorder for recorder in due if actions.claim_poll(recorder=recorder, now=now)]
    for recorder, status in _each(mine, lambda one: _health(client, one)):
        actions.note_status(recorder=recorder, status=status, asked_at=now)


def _health(client: JibriClient, recorder: Recorder) -> Status | None:
    try:
        return client.health(recorder.base_url)
    except JibriAway as away:
        log.debug("The recorder %s is away: %s", recorder.name, away)
        return None


# Wanted ones get somebody


def give(client: JibriClient) -> None:
    """Round by round, because whoever was refused asks the next recorder at once."""
    for _ in range(MOST_ROUNDS):
        now = timezone.now()
        pairs = [
            (capture, recorder)
            for capture in actions.captures_to_start(now=now)
            if (recorder := actions.lease_recorder(capture=capture, now=now)) is not None
        ]
        if not pairs:
            return
        answers = _each(pairs, lambda pair: _start(client, *pair))
        refused = [_note_answer(client, capture, recorder, code) for (capture, recorder), code in answers]
        if not any(refused):
            return


def _start(client: JibriClient, capture: Capture, recorder: Recorder) -> str:
    """The empty word when it was accepted, else why not."""
    try:
        client.start(recorder.base_url, session_of(capture))
    except JibriRefused as refused:
        return refused.code
    except JibriAway:
        # It may have heard us all the same: then it must not record beside the one that comes next.
        _stop(client, recorder)
        return "away"
    return ""


def session_of(capture: Capture) -> Session:
    return _session(capture.session_id, capture.recording.lesson.room.name, stream_to=stream_of(capture))


def _session(session_id: str, call_name: str, *, stream_to: str) -> Session:
    return Session(
        session_id=session_id,
        base_url=settings.JITSI_ORIGIN or settings.PUBLIC_URL,
        call_name=call_name,
        domain=settings.JITSI_RECORDER_DOMAIN,
        username="recorder",
        password=settings.JIBRI_RECORDER_PASSWORD,
        stream_to=stream_to,
    )


def stream_of(capture: Capture) -> str:
    """Where its Jibri sends what it sees; empty when it writes a file."""
    broadcast = Broadcast.objects.filter(lesson=capture.recording.lesson_id).first()
    return address_of(broadcast) if broadcast and capture.is_streamed else ""


def _note_answer(client: JibriClient, capture: Capture, recorder: Recorder, code: str) -> bool:
    """Whether it was refused."""
    now = timezone.now()
    if code:
        log.warning("The recorder %s refused %s: %s", recorder.name, capture.session_id, code)
        actions.note_refused(capture=capture, recorder=recorder, code=code, now=now)
        return True
    log.info("The recorder %s takes %s", recorder.name, capture.session_id)
    if not actions.note_started(capture=capture, recorder=recorder, now=now):
        _stop(client, recorder)
    return False


# Those that only send


def tend_senders(client: JibriClient) -> None:
    """After `give`: what is recorded comes first. Whoever starts a stream that began late writes no file."""
    for broadcast, done in _each(actions.senders_to_end(now=timezone.now()), lambda one: _hush(client, one)):
        if done:
            actions.free_sender(broadcast=broadcast, now=timezone.now())
    for broadcast in actions.broadcasts_to_send(now=timezone.now()):
        recorder = actions.lease_sender(broadcast=broadcast, now=timezone.now())
        if recorder is not None:
            _start_sender(client, broadcast, recorder)


def _hush(client: JibriClient, broadcast: Broadcast) -> bool:
    """One that is silent cannot be told, and is nobody's any more."""
    sender = broadcast.sender
    return sender is None or sender.state == RecorderState.SILENT or _stop(client, sender)


def _start_sender(client: JibriClient, broadcast: Broadcast, recorder: Recorder) -> None:
    try:
        client.start(recorder.base_url, sending_of(broadcast))
    except (JibriRefused, JibriAway) as no:
        log.warning("The recorder %s would not send %s: %s", recorder.name, broadcast.pk, no)
        _stop_if_it_heard(client, recorder, no)
        actions.free_sender(broadcast=broadcast, now=timezone.now())
    else:
        log.info("The recorder %s sends %s", recorder.name, broadcast.pk)
        actions.note_sender_started(recorder=recorder, now=timezone.now())


def _stop_if_it_heard(client: JibriClient, recorder: Recorder, no: Exception) -> None:
    """One that gave no answer may have heard us all the same."""
    if isinstance(no, JibriAway):
        _stop(client, recorder)


def sending_of(broadcast: Broadcast) -> Session:
    """A session of its own: no capture bears its name, and no folder comes of it."""
    room = broadcast.lesson.room.name
    return _session(f"stream-{broadcast.pk}", room, stream_to=address_of(broadcast))


# Those at work


def name_folders() -> None:
    """Jicofo gave the session its own name: a folder that grows and bears the room's name is the one."""
    waiting = (
        Capture.objects.filter(
            engine=Engine.JIBRI, state__in=(CaptureState.WANTED, CaptureState.RUNNING), recorder__isnull=True
        )
        .select_related("recording__lesson")
        .prefetch_related(main_room("recording__lesson"))
    )
    by_room = {capture.recording.lesson.room.name: capture for capture in waiting if _is_nameless(capture)}
    if not by_room:
        return
    for directory in unknown_folders():
        capture = by_room.get(room_name_of(directory))
        grown = last_change_of(directory)
        if capture and _has_pictures(directory) and grown >= capture.wanted_at.timestamp():
            at = datetime.fromtimestamp(grown, tz=capture.wanted_at.tzinfo)
            actions.note_recorder_joined(room=capture.recording.lesson.room, at=at)
            capture.refresh_from_db()
            actions.name_session(capture=capture, session_id=directory.name, now=at)


def _is_nameless(capture: Capture) -> bool:
    return capture.state == CaptureState.WANTED or capture.session_id.startswith(NAMELESS)


def unknown_folders() -> list[Path]:
    root: Path = settings.RECORDINGS_DIR
    if not root.is_dir():
        return []
    found = {path.name: path for path in root.iterdir() if path.is_dir() and not path.is_symlink()}
    known = Capture.objects.filter(session_id__in=found).values_list("session_id", flat=True)
    return [found[name] for name in sorted(found.keys() - set(known))]


def watch(client: JibriClient) -> None:
    running = Capture.objects.filter(engine=Engine.JIBRI, state=CaptureState.RUNNING)
    stops = [
        capture
        for capture in running.select_related("recording__lesson", "recorder")
        if _is_to_be_stopped(capture, client)
    ]
    for capture, done in _each(stops, lambda one: _stop_one(client, one)):
        if done:
            actions.close_capture(capture=capture, state=CaptureState.CLOSED, now=timezone.now())


def _is_to_be_stopped(capture: Capture, client: JibriClient) -> bool:
    """Look after one capture; True when its recorder must be told to stop now."""
    now = timezone.now()
    if capture.recording.lesson.status != LessonStatus.LIVE:
        return _wind_up(capture, now)
    if capture.recorder is None and not actions.bind_busy_recorder(capture=capture):
        _watch_folder(capture, now)
        return False
    capture.refresh_from_db()
    if capture.confirmed_at is None and _has_pictures(folder_of(capture)):
        actions.note_capturing(capture=capture, now=now)
    cause = _why_lost(capture, now)
    if cause and actions.lose_capture(capture=capture, cause=cause, now=now):
        log.warning("The recorder %s lost %s: %s", capture.host, capture.session_id, cause)
        if cause == EndCause.NEVER_STARTED and capture.recorder is not None:
            _stop(client, capture.recorder)
    return False


def _why_lost(capture: Capture, now: datetime) -> EndCause | None:
    recorder, asked = capture.recorder, capture.asked_at
    if recorder is None or asked is None:
        return None
    if recorder.state == RecorderState.SILENT:
        return EndCause.DIED
    if recorder.state in NOT_AT_WORK and recorder.seen_at and recorder.seen_at > asked:
        return EndCause.FAILED if recorder.state == RecorderState.UNHEALTHY else EndCause.LEFT
    late = now - asked > timedelta(seconds=settings.JIBRI_START_SECONDS)
    return EndCause.NEVER_STARTED if capture.confirmed_at is None and late else None


def _watch_folder(capture: Capture, now: datetime) -> None:
    """A recorder that nobody can ask: its file says whether it still works."""
    directory = folder_of(capture)
    if not directory.is_dir():
        return
    quiet = now.timestamp() - last_change_of(directory)
    if (directory / MARKER).exists() or quiet > max(settings.JIBRI_SILENCE_SECONDS, 5):
        actions.lose_capture(capture=capture, cause=EndCause.LEFT, now=now)
    else:
        Capture.objects.filter(pk=capture.pk).update(seen_at=now)


def _wind_up(capture: Capture, now: datetime) -> bool:
    """The lesson is over. Closed when the recorder is done; True when it must be told to."""
    if _is_done(capture, now):
        actions.close_capture(capture=capture, state=CaptureState.CLOSED, now=now)
        return False
    if capture.recorder is None:
        actions.bind_busy_recorder(capture=capture)
        return False
    return actions.claim_stop(capture=capture, now=now, again_seconds=STOP_AGAIN_SECONDS)


def _is_done(capture: Capture, now: datetime) -> bool:
    """It said so, it is free or gone, or its folder has been quiet for so long that nothing will come."""
    recorder, asked = capture.recorder, capture.stop_asked_at or capture.asked_at
    if recorder is not None and recorder.state == RecorderState.SILENT:
        return True
    if (
        recorder is not None
        and asked
        and recorder.seen_at
        and recorder.seen_at > asked
        and recorder.state in NOT_AT_WORK
    ):
        return True
    directory = folder_of(capture)
    if directory.is_dir():
        return is_settled(directory, now=now.timestamp(), quiet_seconds=settings.QUIET_SECONDS)
    ended = capture.recording.lesson.ended_at or now
    return now - ended > timedelta(seconds=settings.QUIET_SECONDS)


def _stop_one(client: JibriClient, capture: Capture) -> bool:
    return capture.recorder is not None and _stop(client, capture.recorder)


def _stop(client: JibriClient, recorder: Recorder) -> bool:
    """Whether it is done with everything, its finalize script too."""
    try:
        client.stop(recorder.base_url)
    except JibriAway:
        return False
    return True


def folder_of(capture: Capture) -> Path:
    root: Path = settings.RECORDINGS_DIR
    return root / capture.session_id


def _has_pictures(directory: Path) -> bool:
    """A file that has begun: the sign that a recorder really records."""
    if not directory.is_dir():
        return False
    files = (path for path in directory.iterdir() if path.suffix.lower() in {".mp4", ".mkv", ".ts"})
    return any(path.is_file() and not path.is_symlink() and path.stat().st_size > 0 for path in files)
