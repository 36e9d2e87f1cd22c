"""The fleet against made-up Jibris that keep Jibri's promises and no more."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import close_old_connections, connection
from django.utils import timezone

from accounts.models import AuditEvent, Institution, Person, Role
from classroom import actions as lessons
from classroom import timeline
from classroom.models import Fact, Lesson, Letter, Presence, Standing
from common.refusals import Refused
from recordings import actions, fleet
from recordings.adoption import adopt_folders
from recordings.jibri import JibriAway, JibriRefused, Session, Status
from recordings.models import (
    Alarm,
    Capture,
    CaptureState,
    EndCause,
    Orphan,
    Reason,
    Recorder,
    RecorderState,
    Recording,
    RecordingState,
    Starter,
)
from recordings.pipeline import advance
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db
A, B = "http://a:2222", "http://b:2222"


@dataclass
class Jibris:
    """Both ends of `JibriClient`: what each answers, and what each was told."""

    root: Path
    mood: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    started: list[tuple[str, str]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)

    def health(self, base_url: str) -> Status:
        if self.mood.get(base_url) == "away":
            raise JibriAway
        if self.mood.get(base_url) == "ill":
            return Status(RecorderState.UNHEALTHY, "chrome: none")
        return Status(RecorderState.BUSY if base_url in self.sessions else RecorderState.IDLE)

    def start(self, base_url: str, session: Session) -> None:
        self.started.append((base_url, session.session_id))
        mood = self.mood.get(base_url, "well")
        if mood == "away":
            raise JibriAway
        if mood in {"busy", "failed"} or base_url in self.sessions:
            raise JibriRefused("failed" if mood == "failed" else "busy")
        self.sessions[base_url] = session
        if mood != "mute":
            self.film(session)

    def film(self, session: Session) -> None:
        folder = self.root / session.session_id
        folder.mkdir(exist_ok=True)
        (folder / f"{session.call_name}_2026-01-01-10-00-00.ts").write_bytes(b"G")

    def stop(self, base_url: str) -> None:
        self.stopped.append(base_url)
        if self.mood.get(base_url) in {"away", "slow"}:
            raise JibriAway
        self.sessions.pop(base_url, None)


@pytest.fixture
def jibris(settings: Any) -> Jibris:
    settings.RECORDER_ENGINE, settings.JIBRI_START = "jibri", "http"
    settings.JIBRI_URLS = [f"a={A}", f"b={B}"]
    settings.JIBRI_POLL_SECONDS = 0
    return Jibris(settings.RECORDINGS_DIR)


@pytest.fixture
def live(cast: Cast, lesson: Lesson) -> Lesson:
    """With the teacher inside."""
    enter(lesson, cast.teacher)
    actions.expect_recordings(now=timezone.now())
    lesson.refresh_from_db()
    return lesson


def enter(lesson: Lesson, person: Person) -> None:
    lessons.enter_room(
        room=lesson.room,
        person=person,
        standing=Standing.TEACHER,
        occupant=uuid.uuid4(),
        connection="",
        now=timezone.now(),
    )


def turn(jibris: Jibris, seconds: float = 0) -> None:
    """One round of both sweeps, `seconds` after the one before: the rows are moved, not the clock."""
    _age(seconds)
    now = timezone.now()
    actions.expect_recordings(now=now)
    actions.start_due_recorders(now=now)
    actions.note_unrecorded(now=now)
    actions.note_repaired(now=now)
    _age(2)
    fleet.tend(jibris)


def _age(seconds: float) -> None:
    by = timedelta(seconds=seconds)
    aged: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (Capture, ("wanted_at", "asked_at", "confirmed_at", "stop_asked_at")),
        (Recorder, ("seen_at", "rests_until", "next_poll_at")),
        (Recording, ("unrecorded_since",)),
        (Alarm, ("since", "raised_at", "repaired_at")),
        (Fact, ("at",)),
    )
    for model, names in aged:
        for row in model._default_manager.all():
            old = {name: getattr(row, name) for name in names}
            model._default_manager.filter(pk=row.pk).update(**{k: v - by for k, v in old.items() if v})


def row(lesson: Lesson) -> Recording:
    return Recording.objects.get(lesson=lesson)


def captures(lesson: Lesson) -> list[Capture]:
    return list(Capture.objects.filter(recording__lesson=lesson).order_by("wanted_at"))


def told(lesson: Lesson) -> list[str]:
    facts = timeline.facts_of(lesson, ["recording.changed"]).order_by("pk")
    return [fact.data["state"] for fact in facts]


def end(lesson: Lesson) -> None:
    lessons.end_lesson(lesson=lesson, now=timezone.now())


# Beginning


def test_a_lesson_with_somebody_inside_is_recorded_within_two_rounds(live: Lesson, jibris: Jibris) -> None:
    turn(jibris)
    turn(jibris)
    [capture] = captures(live)
    assert (capture.state, capture.started_by, capture.host) == (CaptureState.RUNNING, Starter.HTTP, "a")
    session = jibris.sessions[A]
    assert (session.call_name, session.session_id) == (live.room.name, capture.session_id)
    assert told(live) == ["starting", "recording"]


def test_nobody_is_recorded_alone(lesson: Lesson, jibris: Jibris) -> None:
    turn(jibris)
    turn(jibris)
    assert jibris.started == []


def test_whoever_looked_in_and_left_is_not_recorded(live: Lesson, jibris: Jibris) -> None:
    actions.start_due_recorders(now=timezone.now())
    Presence.objects.update(left_at=timezone.now())
    turn(jibris)
    assert jibris.started == []


@pytest.mark.parametrize("mood", ["busy", "failed", "away"])
def test_whoever_refuses_is_passed_over_at_once(live: Lesson, jibris: Jibris, mood: str) -> None:
    fleet.tend(jibris)
    Recorder.objects.update(next_poll_at=timezone.now() + timedelta(hours=1))  # it was well when it was asked
    jibris.mood[A] = mood
    turn(jibris)
    assert [url for url, _ in jibris.started] == [A, B]
    assert len({session for _, session in jibris.started}) == 2, "two tries never share a folder"
    [capture] = captures(live)
    assert (capture.host, capture.refusals) == ("b", [["a", mood]])
    assert (jibris.stopped == [A]) == (mood == "away"), "it may have heard us all the same"


def test_a_drained_recorder_gets_nothing_new(cast: Cast, live: Lesson, jibris: Jibris) -> None:
    fleet.tend(jibris)
    actions.drain_recorder(recorder=Recorder.objects.get(name="a"), by=cast.head, now=timezone.now())
    turn(jibris)
    assert [url for url, _ in jibris.started] == [B]


def test_a_pool_serves_its_own_first_and_nobody_elses(live: Lesson, jibris: Jibris, settings: Any) -> None:
    Institution.objects.filter(pk=live.institution_id).update(region="east")
    settings.JIBRI_URLS = [f"a@there={A}", f"b@east={B}"]
    turn(jibris)
    turn(jibris)
    assert [url for url, _ in jibris.started] == [B]


def test_one_that_is_no_longer_listed_goes_when_it_is_free(
    live: Lesson, jibris: Jibris, settings: Any
) -> None:
    turn(jibris)
    turn(jibris)
    settings.JIBRI_URLS = []
    fleet.tend(jibris)
    assert [one.name for one in Recorder.objects.all()] == ["a"]
    end(live)
    fleet.tend(jibris)
    fleet.tend(jibris)
    assert not Recorder.objects.exists()


def test_one_that_only_spoke_for_itself_is_forgotten_when_it_is_silent(jibris: Jibris) -> None:
    now = timezone.now()
    actions.hear_status(name="new-name", status=Status(RecorderState.IDLE), now=now)
    actions.register_recorders(addresses=[], now=now + timedelta(minutes=59))
    assert Recorder.objects.count() == 1
    actions.register_recorders(addresses=[], now=now + timedelta(minutes=61))
    assert not Recorder.objects.exists()


# The module's start, and ours after it


@pytest.fixture
def with_module(jibris: Jibris, settings: Any) -> Jibris:
    settings.JIBRI_START = "module"
    return jibris


def test_the_module_has_its_minute_and_then_it_is_started_by_hand(live: Lesson, with_module: Jibris) -> None:
    for seconds in (0, 20, 20):
        turn(with_module, seconds)
    assert with_module.started == []
    turn(with_module, 20)
    assert [url for url, _ in with_module.started] == [A]


def joined(lesson: Lesson, at: datetime, word: str = "recorder.joined") -> None:
    timeline.record(lesson, word, at=at, source="prosody", key=str(uuid.uuid4()))


def test_a_recorder_in_the_room_is_a_recording_and_nobody_starts_another(
    live: Lesson, with_module: Jibris
) -> None:
    turn(with_module)
    for _ in range(2):
        joined(live, timezone.now())
        turn(with_module, 30)
    turn(with_module, 60)
    [capture] = captures(live)
    assert (capture.state, capture.started_by) == (CaptureState.RUNNING, Starter.MODULE)
    assert with_module.started == []
    assert told(live) == ["starting", "recording"]


def test_what_the_module_was_refused_is_ours_at_once(live: Lesson, with_module: Jibris) -> None:
    turn(with_module)
    joined(live, timezone.now(), "recording.refused")
    turn(with_module)
    assert len(with_module.started) == 1


def test_a_recorder_that_left_is_missed_and_replaced_sooner_than_the_first_came(
    live: Lesson, with_module: Jibris
) -> None:
    turn(with_module)
    joined(live, timezone.now())
    turn(with_module)
    joined(live, timezone.now(), "recorder.left")
    turn(with_module)
    turn(with_module, 20)
    first, second = captures(live)
    assert (first.state, first.end_cause) == (CaptureState.LOST, EndCause.LEFT)
    assert second.started_by == Starter.HTTP
    assert told(live) == ["starting", "recording", "lost_recorder", "starting"]


def test_the_folder_of_jicofos_session_is_found_by_its_room(live: Lesson, with_module: Jibris) -> None:
    turn(with_module)
    with_module.film(Session("jicofos-own-name", "", live.room.name, "", "", ""))
    turn(with_module)
    [capture] = captures(live)
    assert (capture.session_id, capture.started_by) == ("jicofos-own-name", Starter.MODULE)
    assert row(live).state == RecordingState.RECORDING


def test_the_only_busy_one_must_be_the_one_and_is_stopped_at_the_end(
    live: Lesson, with_module: Jibris
) -> None:
    turn(with_module)
    with_module.sessions[B] = Session("jicofos", "", live.room.name, "", "", "")
    joined(live, timezone.now())
    turn(with_module)
    turn(with_module)
    assert captures(live)[0].host == "b"
    end(live)
    turn(with_module)
    assert with_module.stopped == [B]


# Losing one


def start(jibris: Jibris) -> None:
    turn(jibris)
    turn(jibris)


def test_one_that_falls_silent_is_replaced_by_another(live: Lesson, jibris: Jibris) -> None:
    start(jibris)
    jibris.mood[A] = "away"
    turn(jibris, 1)
    assert len(captures(live)) == 1, "one missed answer is no death"
    turn(jibris, 20)
    turn(jibris, 2)
    first, second = captures(live)
    assert (first.state, first.end_cause) == (CaptureState.LOST, EndCause.DIED)
    assert second.host == "b"
    turn(jibris)
    assert told(live) == ["starting", "recording", "lost_recorder", "starting", "recording"]


def test_one_that_leaves_is_started_again_while_people_are_inside(live: Lesson, jibris: Jibris) -> None:
    start(jibris)
    jibris.sessions.clear()
    turn(jibris)
    turn(jibris, 2)
    assert [one.end_cause for one in captures(live)] == [EndCause.LEFT, ""]
    assert len(jibris.sessions) == 1


def test_one_that_leaves_an_empty_room_is_not(live: Lesson, jibris: Jibris) -> None:
    start(jibris)
    Presence.objects.update(left_at=timezone.now())
    jibris.sessions.clear()
    turn(jibris)
    turn(jibris, 60)
    assert len(jibris.started) == 1


def test_one_that_accepts_and_shows_no_picture_is_left_alone_for_a_while(
    live: Lesson, jibris: Jibris
) -> None:
    jibris.mood[A] = "mute"
    start(jibris)
    turn(jibris, 31)
    turn(jibris, 2)
    assert [(one.end_cause, one.host) for one in captures(live)] == [(EndCause.NEVER_STARTED, "a"), ("", "b")]
    assert jibris.stopped == [A]


def test_a_late_or_doubled_word_of_a_jibri_changes_nothing(live: Lesson, jibris: Jibris) -> None:
    start(jibris)
    [capture] = captures(live)
    before = told(live)
    for _ in range(2):
        actions.hear_status(name="a", status=Status(RecorderState.IDLE), now=timezone.now())
        actions.hear_session(session_id=capture.session_id, is_on=False, failed=False, now=timezone.now())
        actions.hear_session(session_id=capture.session_id, is_on=True, failed=False, now=timezone.now())
        turn(jibris)
    assert told(live) == before
    assert len(captures(live)) == 1


# Nobody comes


def test_people_are_told_within_a_minute_and_so_is_the_audit_log(live: Lesson, jibris: Jibris) -> None:
    jibris.mood = {A: "away", B: "ill"}
    turn(jibris)
    for _ in range(5):
        turn(jibris, 9)
    assert told(live) == ["starting", "no_recorder"]
    line = AuditEvent.objects.get(act="recording.unattended")
    assert (line.target, line.institution_id) == (f"recording:{row(live).pk}", live.institution_id)
    assert line.detail["seconds"] <= 60
    turn(jibris, 60)
    assert AuditEvent.objects.filter(act="recording.unattended").count() == 1


def test_one_that_comes_after_all_is_told_too(live: Lesson, jibris: Jibris) -> None:
    jibris.mood = {A: "away", B: "away"}
    turn(jibris)
    turn(jibris, 60)
    jibris.mood.clear()
    turn(jibris, 40)
    turn(jibris, 2)
    assert told(live) == ["starting", "no_recorder", "recording"]
    assert row(live).unrecorded_since is None or actions.note_unrecorded(now=timezone.now()) == 0


def test_the_heads_are_warned_once_a_lesson_and_told_once_when_it_is_repaired(
    cast: Cast, live: Lesson, jibris: Jibris
) -> None:
    belong_to(cast.school, cast.bilal, Role.HEAD)
    jibris.mood = {A: "away", B: "away"}
    for seconds in (0, 60, 300):
        turn(jibris, seconds)
    assert warnings(live) == {("no_recorder", cast.head.pk), ("no_recorder", cast.bilal.pk)}
    jibris.mood.clear()
    for seconds in (40, 2, 2):
        turn(jibris, seconds)
    alarm = Alarm.objects.get()
    assert alarm.missing_minutes == 7
    kinds = sorted(kind for kind, _ in warnings(live))
    assert kinds == ["no_recorder"] * 2 + ["recorded_again"] * 2
    assert AuditEvent.objects.filter(act="recording.attended").count() == 1
    # It is lost once more, for as long: the audit log hears of it, and no letter box.
    jibris.mood = {A: "away", B: "away"}
    for seconds in (20, 2, 60, 2):
        turn(jibris, seconds)
    assert row(live).state == RecordingState.NO_RECORDER
    assert AuditEvent.objects.filter(act="recording.unattended").count() == 2
    assert sorted(kind for kind, _ in warnings(live)) == kinds


def test_another_school_s_head_hears_nothing_of_it(cast: Cast, live: Lesson, jibris: Jibris) -> None:
    belong_to(cast.elsewhere, cast.stranger, Role.HEAD)
    jibris.mood = {A: "away", B: "away"}
    for seconds in (0, 60):
        turn(jibris, seconds)
    assert {person for _, person in warnings(live)} == {cast.head.pk}


def warnings(lesson: Lesson) -> set[tuple[str, uuid.UUID]]:
    return set(Letter.objects.filter(lesson=lesson).values_list("kind", "person_id"))


def test_a_lesson_that_nobody_recorded_fails_with_that_reason(live: Lesson, jibris: Jibris) -> None:
    jibris.mood = {A: "away", B: "away"}
    turn(jibris)
    turn(jibris, 60)
    end(live)
    turn(jibris)
    actions.finish_captured(now=timezone.now())
    advance(row(live).pk)
    assert (row(live).state, row(live).reason) == (RecordingState.FAILED, Reason.NO_RECORDER)


# The end


def test_it_is_stopped_when_the_lesson_ends_and_closed_when_it_is_done(live: Lesson, jibris: Jibris) -> None:
    start(jibris)
    jibris.mood[A] = "slow"
    end(live)
    turn(jibris)
    assert (jibris.stopped, captures(live)[0].state) == ([A], CaptureState.RUNNING)
    turn(jibris)
    assert jibris.stopped == [A], "it works on its script: not asked again at once"
    jibris.sessions.clear()
    turn(jibris, 5)
    assert captures(live)[0].state == CaptureState.CLOSED
    assert [one.pk for one in actions.finish_captured(now=timezone.now())] == [row(live).pk]


def test_the_word_to_stop_is_said_again_when_it_was_lost(live: Lesson, jibris: Jibris) -> None:
    start(jibris)
    jibris.mood[A] = "slow"
    end(live)
    turn(jibris)
    turn(jibris, 40)
    assert jibris.stopped == [A, A]


# Folders


def test_a_second_part_after_the_marker_is_waited_for(settings: Any, live: Lesson, jibris: Jibris) -> None:
    folder = settings.RECORDINGS_DIR / "shared"
    jibris.film(Session("shared", "", live.room.name, "", "", ""))
    (folder / "finalized").touch()
    assert adopt_folders(now=timezone.now()) == 1
    Capture.objects.all().delete()
    early = timezone.now().timestamp() - 60
    os.utime(folder / "finalized", (early, early))
    assert adopt_folders(now=timezone.now()) == 0, "the second Jibri still writes"
    later = timezone.now() + timedelta(seconds=settings.QUIET_SECONDS + 1)
    assert adopt_folders(now=later) == 1


def test_a_folder_of_an_unknown_room_is_listed_until_it_is_gone(
    settings: Any, db: None, jibris: Jibris
) -> None:
    jibris.film(Session("lost", "", "no-such-room", "", "", ""))
    (settings.RECORDINGS_DIR / "lost" / "finalized").touch()
    for _ in range(2):
        adopt_folders(now=timezone.now())
    [orphan] = Orphan.objects.all()
    assert (orphan.name, orphan.room_name, orphan.size_bytes) == ("lost", "no-such-room", 1)
    (settings.RECORDINGS_DIR / "lost").rename(settings.RECORDINGS_DIR / ".." / "elsewhere")
    adopt_folders(now=timezone.now())
    assert not Orphan.objects.exists()


# Two at once


@pytest.fixture
def threads() -> Iterator[list[threading.Thread]]:
    made: list[threading.Thread] = []
    yield made
    for thread in made:
        thread.join(20)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_start_one_recorder(
    live: Lesson, jibris: Jibris, threads: list[threading.Thread]
) -> None:
    fleet.tend(jibris)
    actions.start_due_recorders(now=timezone.now())
    _age(5)
    ready, failed = threading.Barrier(4), []

    def sweep() -> None:
        try:
            ready.wait(10)
            fleet.give(jibris)
        except (Refused, Exception) as error:  # whatever it is, the test must see it
            failed.append(error)
        finally:
            connection.close()
            close_old_connections()

    threads += [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert failed == []
    assert len(jibris.started) == 1


@pytest.mark.django_db(transaction=True)
def test_two_lessons_at_once_never_get_the_same_recorder(
    cast: Cast, live: Lesson, jibris: Jibris, settings: Any, threads: list[threading.Thread]
) -> None:
    settings.JIBRI_URLS = [f"a={A}"]
    fleet.tend(jibris)
    begun = timezone.now()
    other = lessons.schedule_lesson(
        course=cast.course,
        title="Other",
        starts_at=begun,
        ends_at=begun + timedelta(hours=1),
        created_by=cast.teacher,
    )
    enter(other, cast.amina)
    actions.expect_recordings(now=begun)
    actions.start_due_recorders(now=timezone.now())
    _age(5)
    wanted = list(Capture.objects.select_related("recording__lesson__institution"))
    assert len(wanted) == 2
    ready, leased = threading.Barrier(2), []

    def lease(capture: Capture) -> None:
        ready.wait(10)
        leased.append(actions.lease_recorder(capture=capture, now=timezone.now()))
        connection.close()

    threads += [threading.Thread(target=lease, args=(capture,)) for capture in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(str(one) for one in leased) == ["None", "a"]
