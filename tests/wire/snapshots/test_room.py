"""The room: the snapshot is what the facts have told, each of them, to staff and to everybody else."""

from __future__ import annotations

import copy
import random
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.utils import timezone

from classroom import actions
from classroom.admission import Door as Way
from classroom.models import Breakout, Diversion, Lesson, Presence, Standing
from classroom.passes import issue_pass
from recordings.actions.recordings import expect_recordings, move
from recordings.models import Recording, RecordingState
from tests.conftest import Cast
from tests.wire.snapshots.witness import Folds, Told, Witness, open_wire, walk
from tests.wire.test_breakouts import knock_at, room_path

pytestmark = pytest.mark.django_db(transaction=True)


def enter(known: Told, data: Told) -> None:
    others = [one for one in known["participants"] if one["occupant"] != data["occupant"]]
    known["participants"] = [*others, data]


def go(known: Told, data: Told) -> None:
    known["participants"] = [one for one in known["participants"] if one["occupant"] != data["occupant"]]


def change(known: Told, data: Told) -> None:
    """In their place; `you` is one of them."""
    for one in (*known["participants"], known["you"]):
        if one["occupant"] == data["occupant"]:
            one |= data


def lose_recorder(known: Told, data: Told) -> None:
    if known["recorder"] == data["occupant"]:
        known["recorder"] = None


def divide(known: Told, data: Told) -> None:
    known["breakouts"] = data["breakouts"]


def wait(known: Told, data: Told) -> None:
    known["knocks"].append(data)


def decide(known: Told, data: Told) -> None:
    known["knocks"] = [one for one in known["knocks"] if one["knock"] != data["knock"]]


BREAKOUTS = ("planned", "opened", "noted", "extended", "warned", "closed")
FOLDS: Folds = {
    "participant.joined": enter,
    "participant.left": go,
    **dict.fromkeys(("participant.changed", "media.changed"), change),
    "recorder.joined": lambda known, data: known.update(recorder=data["occupant"]),
    "recorder.left": lose_recorder,
    "recording.changed": lambda known, data: known.update(recording=data),
    "audience.counted": lambda known, data: known.update(audience=data["count"]),
    "knock.waiting": wait,
    "knock.decided": decide,
    **dict.fromkeys((f"breakouts.{word}" for word in BREAKOUTS), divide),
    **dict.fromkeys(("seat.moved", "help.asked", "help.answered"), divide),
    "lesson.ended": lambda known, data: known["lesson"].update(status="ended"),
    # Of a moment, or kept by whoever asked: nothing that a newcomer is told.
    **dict.fromkeys(("link.changed", "stream.advised", "mute.asked", "peer.signalled"), None),
    "audience.listed": None,
    **dict.fromkeys(("token.renewed", "breakouts.saved", "command.done", "room.ponged", "error"), None),
}
PARTS = (
    "you",
    "participants",
    "recorder",
    "recording",
    "audience",
    "knocks",
    "breakouts",
    "lesson",
    "shield",
)


class Story:
    def __init__(self, cast: Cast, lesson: Lesson, everybody: list[Witness], stack: AsyncExitStack) -> None:
        self.cast, self.lesson, self.everybody, self.stack = cast, lesson, everybody, stack
        self.teacher, self.amina, self.head = everybody
        self.path = room_path(lesson.room)

    async def all_hear(self, fact: str) -> None:
        for one in self.everybody:
            await one.hear(fact)

    async def bilal_comes(self) -> None:
        self.visit = AsyncExitStack()
        await self.visit.enter_async_context(open_wire(room_path(self.lesson.room), self.cast.bilal))
        await self.all_hear("participant.joined")

    async def bilal_goes(self) -> None:
        await self.visit.aclose()
        await self.all_hear("participant.left")

    async def speak(self) -> None:
        await self.amina.say("media.change", microphone=True, camera=True, screen=False, board_only=True)
        await self.all_hear("media.changed")

    async def tell_link(self) -> None:
        await self.amina.say("link.tell", loss_percent=1.5, rtt_ms=80, visible=True, idle_seconds=0)
        await self.teacher.hear("link.changed")

    async def mute(self) -> None:
        await self.teacher.say("microphone.mute", person=str(self.cast.amina.pk))
        await self.amina.hear("mute.asked")

    async def recorder_comes(self) -> None:
        bearer = [(b"authorization", f"Bearer {issue_pass(self.lesson.room.pk)}".encode())]
        self.recording = AsyncExitStack()
        await self.recording.enter_async_context(open_wire(self.path, None, bearer))
        await self.all_hear("recorder.joined")

    async def recorder_goes(self) -> None:
        await self.recording.aclose()
        await self.all_hear("recorder.left")

    async def record(self) -> None:
        await sync_to_async(begin_recording)(self.lesson)
        await self.all_hear("recording.changed")

    async def signal(self) -> None:
        to = self.amina.known["you"]["occupant"]
        await self.teacher.say("peer.signal", to=to, session=str(uuid.uuid4()), wish="small")
        await self.amina.hear("peer.signalled")

    async def knock(self) -> None:
        self.knocked = await sync_to_async(knock_at)(self.lesson, self.cast.teacher)
        for one in (self.teacher, self.head):
            await one.hear("knock.waiting")

    async def refuse_knock(self) -> None:
        await self.teacher.say("knock.refuse", knock=str(self.knocked.pk))
        for one in (self.teacher, self.head):
            await one.hear("knock.decided")

    async def renew(self) -> None:
        await self.amina.say("token.renew")
        await self.amina.hear("token.renewed")

    async def watch(self) -> None:
        await sync_to_async(watch_stream)(self.lesson, self.cast)
        await self.all_hear("audience.counted")

    async def list_audience(self) -> None:
        await self.teacher.say("audience.list")
        listed = (await self.teacher.hear("audience.listed"))["data"]
        assert [one["name"] for one in listed["people"]] == ["Bilal"]

    async def advise(self) -> None:
        await sync_to_async(fill_bridges)(self.lesson)
        await self.teacher.hear("stream.advised")

    async def divide(self, word: str, fact: str, to_all: bool = True, **data: Any) -> None:
        await self.teacher.say(word, **data)
        for one in self.everybody if to_all else [self.teacher]:
            await one.hear(fact)

    async def ask_for_help(self) -> None:
        await self.amina.say("help.ask")
        await self.teacher.hear("help.asked")
        await self.amina.hear("help.asked")

    async def answer_help(self) -> None:
        room = next(one for one in self.teacher.known["breakouts"]["rooms"] if one["help"])
        await self.stack.enter_async_context(open_wire(room_path(room["room"]), self.cast.teacher))
        await self.teacher.hear("help.answered")
        await self.amina.hear("help.answered")

    async def move(self) -> None:
        mine = self.amina.known["breakouts"]["rooms"][0]["number"]
        await self.divide("breakouts.move", "seat.moved", person=str(self.cast.amina.pk), number=3 - mine)

    async def time_runs(self) -> None:
        breakout = await Breakout.objects.aget()
        assert breakout.closes_at is not None
        await sync_to_async(actions.tend_breakouts)(now=breakout.closes_at - timedelta(seconds=59))
        await self.all_hear("breakouts.warned")

    async def repeat(self) -> None:
        ref = str(uuid.uuid4())
        for _ in range(2):
            await self.teacher.say("breakouts.plan", ref, division="hand", rooms=2)
            while (await self.teacher.hear("command.done"))["ref"] != ref:
                pass

    async def promote(self) -> None:
        """Whoever may more from now on is told the whole anew."""
        await self.teacher.say("participant.promote", person=str(self.cast.head.pk))
        await self.all_hear("participant.changed")
        await self.head.hear("room.entered")

    async def overstep(self) -> None:
        await self.amina.say("lesson.end")
        await self.amina.hear("error", code="forbidden")

    async def ping(self) -> None:
        await self.teacher.settle()

    async def end(self) -> None:
        await self.teacher.say("lesson.end")
        await self.all_hear("lesson.ended")


def begin_recording(lesson: Lesson) -> None:
    expect_recordings(now=timezone.now())
    assert move(Recording.objects.get(lesson=lesson), RecordingState.STARTING, now=timezone.now())


def watch_stream(lesson: Lesson, cast: Cast) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(is_streamed=True)
    lesson.room.refresh_from_db()
    lesson.refresh_from_db()
    actions.watch_stream(
        room=lesson.room,
        person=cast.bilal,
        standing=Standing.STUDENT,
        viewer=uuid.uuid4(),
        now=timezone.now(),
    )
    assert Presence.objects.filter(room=lesson.room, person=cast.bilal, left_at__isnull=True).exists()
    actions.tell_audiences()


def fill_bridges(lesson: Lesson) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(is_streamed=False)
    Diversion.objects.create(region="", door=Way.HLS, why="stress", decided_at=now, judged_at=now)
    assert actions.advise_streams(now=now) == 1


@pytest.fixture(autouse=True)
def _house(settings: Any) -> Iterator[None]:
    """With Jitsi, so that there are tokens to renew."""
    settings.JITSI_DOMAIN = "meet.here.test"
    settings.JITSI_SIGNING, settings.JITSI_APP_SECRET = "HS256", "s" * 40
    cache.clear()
    yield
    cache.clear()


def without_tokens(data: Told) -> Told:
    """A token is made anew for each telling."""
    told = {name: data[name] for name in PARTS}
    if told["breakouts"] is not None:
        told["breakouts"] = {name: value for name, value in told["breakouts"].items() if name != "token"}
    return told


def by_occupant(data: Told) -> Told:
    return data | {"participants": sorted(data["participants"], key=lambda one: str(one["occupant"]))}


@dataclass(frozen=True, eq=False)
class Then:
    """What somebody knew once, up to which word, and when the last answer had come to them."""

    known: Told
    seq: int
    heard_at: int


class Doubter(Witness):
    """Asked for the whole, or for what is new since some time ago, they compare it before they believe it."""

    is_asking = False
    whole: Told
    heard_at = 0

    def _begin(self, snapshot: Told) -> None:
        self.heard_at = snapshot["data"]["server_at"]
        if not self.is_asking:
            super()._begin(snapshot)
        else:
            self.heard.append(snapshot)
            self.whole, self.is_asking = snapshot, False

    def _follow(self, message: Told) -> None:
        super()._follow(message)
        if message["type"] == "room.ponged":
            self.heard_at = message["data"]["server_at"]

    def remember(self) -> Then:
        return Then(copy.deepcopy(self.known), self.seq, self.heard_at)

    async def ask(self, **last: Any) -> Told:
        self.is_asking = True
        await self.say("room.resync", **last)
        while self.is_asking:
            await self.listen()
        return self.whole

    async def catch_up(self, then: Then) -> Told:
        """The whole, as somebody puts it together who had no connection since."""
        resumed = await self.ask(since=then.seq, heard_at=then.heard_at)
        if resumed["type"] == "room.entered":
            return resumed
        return resumed | {"data": resume(then.known, resumed["data"])}


def resume(known: Told, told: Told) -> Told:
    known = copy.deepcopy(known) | {name: told[name] for name in PARTS if name != "participants"}
    for fact in told["facts"]:
        fold = FOLDS[fact["type"]]
        assert fold is not None
        fold(known, fact["data"])
    return known


@pytest.mark.deep
async def test_who_heard_each_fact_knows_what_a_newcomer_is_told(cast: Cast, lesson: Lesson) -> None:
    async with AsyncExitStack() as stack:
        everybody: list[Witness] = []
        for person in (cast.teacher, cast.amina, cast.head):
            wire = await stack.enter_async_context(open_wire(room_path(lesson.room), person))
            everybody.append(Doubter(wire, FOLDS, "room.ping"))
        for one in everybody:
            await one.settle()
        story = Story(cast, lesson, everybody, stack)
        past: list[list[Then]] = [[one.remember()] for one in everybody if isinstance(one, Doubter)]
        chance = random.Random("room")  # the same moments each time

        async def check(fact: str) -> None:
            if fact == "lesson.ended":  # and nobody is let in to be told the whole
                await lesson.arefresh_from_db()
                assert [one.known["lesson"]["status"] for one in everybody] == [lesson.status] * 3
                return
            for witness in everybody:
                await witness.settle()
            for witness, thens in zip(everybody, past, strict=True):
                assert isinstance(witness, Doubter)
                whole = await witness.ask()
                assert whole["seq"] == witness.seq, f"{fact}: a word is missing"
                assert without_tokens(witness.known) == without_tokens(whole["data"]), fact
                for then in {thens[-1], *chance.sample(thens, min(2, len(thens)))}:
                    rest = await witness.catch_up(then)
                    is_the_same = then.known["you"]["role"] == witness.known["you"]["role"]
                    assert witness.whole["type"] == ("room.resumed" if is_the_same else "room.entered")
                    assert by_occupant(without_tokens(rest["data"])) == by_occupant(
                        without_tokens(whole["data"])
                    ), f"{fact}, since {then.seq}"
                thens.append(witness.remember())

        await walk(cases_of(story), everybody, check)


def cases_of(story: Story) -> dict[str, Any]:
    divide = story.divide
    return {
        "participant.joined": story.bilal_comes,
        "participant.left": story.bilal_goes,
        "media.changed": story.speak,
        "link.changed": story.tell_link,
        "mute.asked": story.mute,
        "recorder.joined": story.recorder_comes,
        "recorder.left": story.recorder_goes,
        "recording.changed": story.record,
        "peer.signalled": story.signal,
        "knock.waiting": story.knock,
        "knock.decided": story.refuse_knock,
        "token.renewed": story.renew,
        "audience.counted": story.watch,
        "audience.listed": story.list_audience,
        "stream.advised": story.advise,
        "command.done": story.repeat,
        "breakouts.planned": lambda: divide(
            "breakouts.plan", "breakouts.planned", False, division="random", rooms=2
        ),
        "breakouts.saved": lambda: divide("breakouts.save", "breakouts.saved", False, name="Pairs"),
        "breakouts.opened": lambda: divide("breakouts.open", "breakouts.opened", minutes=5),
        "help.asked": story.ask_for_help,
        "help.answered": story.answer_help,
        "breakouts.noted": lambda: divide("breakouts.note", "breakouts.noted", text="Hurry"),
        "seat.moved": story.move,
        "breakouts.extended": lambda: divide("breakouts.extend", "breakouts.extended", minutes=1),
        "breakouts.warned": story.time_runs,
        "breakouts.closed": lambda: divide("breakouts.close", "breakouts.closed"),
        "error": story.overstep,
        "participant.changed": story.promote,
        "room.ponged": story.ping,
        "lesson.ended": story.end,
    }
