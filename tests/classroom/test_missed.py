"""Whoever comes back: what they knew and what they are told they missed are the whole of now, from whichever word on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Person
from classroom import actions, messages
from classroom.actions import change_media
from classroom.missed import LONGEST_AWAY, MOST_WORDS, Missed, Question, find_missed
from classroom.models import Lesson, Presence, Room, Standing
from classroom.queries import open_presences, shown_presences
from common.clock import to_ms
from tests.classroom.jitsi.speech import joined, left, occupant
from tests.classroom.test_visits import tell
from tests.conftest import Cast
from tests.tiers import few_or

pytestmark = pytest.mark.django_db
PAUSE = timedelta(seconds=40)
WHO = st.sampled_from(["amina", "bilal", "teacher"])
STEP = st.tuples(
    st.sampled_from(["open", "open", "close", "silent", "media", "app", "app_goes"]), WHO, st.integers(0, 7)
)


@dataclass(frozen=True)
class Moment:
    seq: int
    heard_at: int
    inside: dict[str, Any]


class Days:
    """A lesson's comings and goings, one every forty seconds, and what the list was after each of them."""

    def __init__(self, lesson: Lesson, cast: Cast, now: datetime) -> None:
        self.lesson, self.cast, self.now = lesson, cast, now
        self.apps: dict[str, dict[str, Any]] = {}
        self.me = self.open("head")
        self.moments = [self.remember()]

    @property
    def room(self) -> Room:
        return Room.objects.get(pk=self.lesson.room.pk)

    def remember(self) -> Moment:
        inside = {str(one.occupant): messages.participant(one) for one in shown_presences(self.room)}
        return Moment(self.room.seq, to_ms(self.now), inside)

    def step(self, act: str, name: str, number: int) -> None:
        self.now += PAUSE
        getattr(self, act)(name, number)
        self.moments.append(self.remember())

    def open(self, name: str, number: int = 0) -> uuid.UUID:
        standing = {"teacher": Standing.TEACHER, "head": Standing.OBSERVER}.get(name, Standing.STUDENT)
        arrival = actions.Arrival(self.room, self.of(name), standing, uuid.uuid4(), uuid.uuid4().hex)
        (outcome,) = actions.come_in_together(arrivals=[arrival], now=self.now)
        assert isinstance(outcome, Presence)
        return outcome.occupant

    def close(self, name: str, number: int) -> None:
        for one in self.pages(name)[:1]:
            room, tab = self.room, one.occupant
            actions.leave_room(room=room, occupant=tab, connection=one.connection, now=self.now)

    def silent(self, name: str, number: int) -> None:
        """Found by the sweep, long after they were seen."""
        for one in self.pages(name)[:1]:
            Presence.objects.exclude(pk=one.pk).update(last_seen_at=self.now)
            Presence.objects.filter(pk=one.pk).update(last_seen_at=self.now - timedelta(seconds=30))
            actions.close_silent_presences(now=self.now)

    def media(self, name: str, number: int) -> None:
        for one in self.pages(name)[:1]:
            change_media(
                room=self.room,
                occupant=one.occupant,
                microphone=bool(number & 1),
                camera=bool(number & 2),
                screen=bool(number & 4),
                now=self.now,
            )

    def app(self, name: str, number: int) -> None:
        if name not in self.apps:
            self.apps[name] = occupant(self.of(name).pk, to_ms(self.now))
            tell(joined(self.lesson.room.name, self.apps[name]), at=self.now)

    def app_goes(self, name: str, number: int) -> None:
        if name in self.apps:
            tell(left(self.lesson.room.name, self.apps.pop(name), to_ms(self.now)), at=self.now)

    def of(self, name: str) -> Person:
        person: Person = getattr(self.cast, name)
        return person

    def pages(self, name: str) -> list[Presence]:
        return [one for one in open_presences(self.room) if one.person == self.of(name) and one.connection]

    def ask(self, then: Moment, **other: Any) -> Missed | None:
        question = Question(self.room.pk, self.me, self.cast.head.pk, then.seq, then.heard_at)
        question = replace(question, **other)
        return find_missed({self.room.pk: self.room}, [question], now=self.now).get(question)


def fold(inside: dict[str, Any], missed: Missed) -> dict[str, Any]:
    known = dict(inside)
    for word in msgspec.json.decode(missed.facts):
        data = word["data"]
        if word["type"] == "participant.joined":
            known[data["occupant"]] = data
        elif word["type"] == "participant.left":
            known.pop(data["occupant"], None)
        else:
            assert word["type"] == "media.changed"
            known[data["occupant"]] = known[data["occupant"]] | data
    return known


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# What each example did is undone.
@pytest.mark.sweep  # with more examples
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=few_or(30, few=12))
@given(steps=st.lists(STEP, max_size=13))
def test_from_whichever_moment_on_what_was_missed_leads_to_now(
    lesson: Lesson, cast: Cast, steps: list[tuple[str, str, int]]
) -> None:
    with undone():
        days = Days(lesson, cast, timezone.now().replace(microsecond=0))
        for step in steps:
            days.step(*step)
        now = days.moments[-1]
        for then in days.moments:
            missed = days.ask(then)
            assert missed is not None
            assert fold(then.inside, missed) == now.inside
            assert missed.you == now.inside[str(days.me)]


@pytest.fixture
def days(lesson: Lesson, cast: Cast) -> Days:
    return Days(lesson, cast, timezone.now().replace(microsecond=0))


def test_what_is_told_is_no_longer_than_what_happened(days: Days) -> None:
    days.step("open", "amina", 0)
    days.step("open", "bilal", 0)
    then = days.moments[-1]
    days.now += PAUSE
    days.step("media", "amina", 3)
    missed = days.ask(then)
    assert missed is not None
    assert [one["type"] for one in msgspec.json.decode(missed.facts)] == ["media.changed"]


def test_who_came_and_went_meanwhile_is_not_told_by_name(days: Days) -> None:
    then = days.moments[-1]
    days.step("open", "amina", 0)
    days.step("close", "amina", 0)
    missed = days.ask(then)
    assert missed is not None and b"Amina" not in bytes(missed.facts)


def test_whose_own_presence_ended_meanwhile_is_told_the_whole(days: Days) -> None:
    """They may have been put out: who came and went until they were let in again is not for them."""
    then = days.moments[-1]
    one = Presence.objects.get(occupant=days.me)
    actions.leave_room(room=days.room, occupant=days.me, connection=one.connection, now=days.now)
    assert days.ask(then) is None
    arrival = actions.Arrival(days.room, days.cast.head, Standing.OBSERVER, days.me, "again")
    actions.come_in_together(arrivals=[arrival], now=days.now)
    assert days.ask(then) is None
    assert days.ask(days.remember()) is not None


@pytest.mark.parametrize(
    "claim",
    [{"since": None}, {"since": 10**15}, {"heard_at": None}, {"heard_at": 0}, {"heard_at": 2**53}],
    ids=["no word", "a word of the future", "no time", "long ago", "a time of the future"],
)
def test_who_says_what_cannot_be_is_told_the_whole(days: Days, claim: dict[str, Any]) -> None:
    assert days.ask(days.moments[-1], **claim) is None


def test_another_persons_tab_is_told_nothing(days: Days) -> None:
    assert days.ask(days.moments[-1], person=days.cast.amina.pk) is None


def test_who_missed_too_much_is_told_the_whole(days: Days) -> None:
    then = days.moments[-1]
    Room.objects.filter(pk=days.room.pk).update(seq=then.seq + MOST_WORDS)
    assert days.ask(then) is not None
    Room.objects.filter(pk=days.room.pk).update(seq=then.seq + MOST_WORDS + 1)
    assert days.ask(then) is None
    days.now += LONGEST_AWAY + timedelta(seconds=1)
    assert days.ask(days.moments[-1]) is None


def test_words_of_the_version_before_have_no_number_and_are_told_all_the_same(days: Days) -> None:
    days.step("open", "bilal", 0)
    then = days.moments[-1]
    gone = days.pages("bilal")[0]
    days.step("open", "amina", 0)
    new = days.pages("amina")[0]
    Presence.objects.filter(pk=new.pk).update(told_seq=None)
    Presence.objects.filter(pk=gone.pk).update(left_at=days.now)
    missed = days.ask(then)
    assert missed is not None
    assert fold(then.inside, missed) == days.remember().inside
