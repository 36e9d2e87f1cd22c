"""Chat, hands, reactions and the pulse: the snapshot is what the facts have told, each of them."""

from __future__ import annotations

from typing import Any

import pytest

from classroom.models import Lesson
from tests.conftest import Cast
from tests.wire.snapshots.witness import Folds, Told, Witness, open_wire, walk, witnesses

pytestmark = pytest.mark.django_db(transaction=True)


def keep(known: Told, data: Told) -> None:
    known["messages"].append(data)


def blot_out(known: Told, data: Told) -> None:
    for message in known["messages"]:
        if message["id"] == data["message"]:
            message |= {"text": "", "deleted": True}


FOLDS: Folds = {
    "chat.sent": keep,
    "chat.deleted": blot_out,
    "chat.mode_set": lambda known, data: known.update(mode=data["mode"]),
    "hands.moved": lambda known, data: known.update(hands=data),
    "pulse.moved": lambda known, data: known.update(pulses=data["counts"]),
    **dict.fromkeys(("talk.hidden", "chat.found", "hand.called", "reactions.counted"), None),
    **dict.fromkeys(("command.done", "talk.ponged", "error"), None),
}
# The whole but for the moment at which it was told.
PARTS = ("you", "mode", "messages", "hands", "pulse", "pulses")


class Story:
    def __init__(self, teacher: Witness, amina: Witness, bilal: Witness) -> None:
        self.teacher, self.amina, self.bilal = teacher, amina, bilal
        self.everybody = [teacher, amina, bilal]

    async def run(self, who: Witness, word: str, **data: Any) -> None:
        ref = await who.say(word, **data)
        while (await who.hear("command.done")).get("ref") != ref:
            pass

    async def write(self) -> None:
        await self.bilal.say("chat.send", text="Good morning")
        for one in self.everybody:
            await one.hear("chat.sent")

    async def set_mode(self) -> None:
        await self.run(self.teacher, "chat.set_mode", mode="questions")

    async def ask_the_teacher(self) -> None:
        await self.bilal.say("chat.send", text="I am lost")
        await self.amina.hear("talk.hidden")

    async def delete(self) -> None:
        first = self.teacher.known["messages"][0]["id"]
        await self.run(self.teacher, "chat.delete", message=first)

    async def look_back(self) -> None:
        await self.amina.say("chat.earlier", before=1000)
        await self.amina.hear("chat.found")

    async def raise_hands(self) -> None:
        for one in (self.bilal, self.amina):
            await self.run(one, "hand.raise")
            await one.hear("hands.moved")

    async def call(self) -> None:
        await self.run(self.teacher, "hand.call")
        await self.bilal.hear("hand.called")

    async def clap(self) -> None:
        await self.amina.say("reaction.send", reaction="clap")
        await self.teacher.hear("reactions.counted", counts={"clap": 1})

    async def pulse(self) -> None:
        """Whoever says it knows it themselves; those who hold the lesson are told how many."""
        await self.run(self.amina, "pulse.set", pulse="too_fast")
        self.amina.known["pulse"] = "too_fast"
        await self.teacher.hear("pulse.moved")

    async def lower_all(self) -> None:
        await self.run(self.teacher, "hand.lower_all")

    async def overstep(self) -> None:
        await self.amina.say("hand.lower_all")
        await self.amina.hear("error", code="forbidden")

    async def ping(self) -> None:
        await self.teacher.settle()


async def test_who_heard_each_fact_knows_what_a_newcomer_is_told(cast: Cast, lesson: Lesson) -> None:
    path, people = f"/ws/talk/{lesson.room.pk}/", (cast.teacher, cast.amina, cast.bilal)
    async with witnesses(path, FOLDS, "talk.ping", *people) as [teacher, amina, bilal]:
        story = Story(teacher, amina, bilal)

        async def check(fact: str) -> None:
            for person, witness in zip(people, story.everybody, strict=True):
                async with open_wire(path, person) as fresh:
                    await witness.reach(fresh.first["seq"])
                    whole = fresh.first["data"]
                    await witness.agree({name: whole[name] for name in PARTS}, fact)

        cases = {
            "chat.sent": story.write,
            "chat.mode_set": story.set_mode,
            "talk.hidden": story.ask_the_teacher,
            "chat.deleted": story.delete,
            "chat.found": story.look_back,
            "hands.moved": story.raise_hands,
            "hand.called": story.call,
            "reactions.counted": story.clap,
            "pulse.moved": story.pulse,
            "command.done": story.lower_all,
            "error": story.overstep,
            "talk.ponged": story.ping,
        }
        await walk(cases, story.everybody, check)
        await what_was_missed_leads_to_the_same(path, cast, amina)


async def what_was_missed_leads_to_the_same(path: str, cast: Cast, amina: Witness) -> None:
    """From each word on: what one knew then and `talk.resumed` are the whole of today."""
    for since in range(amina.seq + 1):
        async with open_wire(f"{path}?since={since}&as=student", cast.amina) as back:
            assert back.first["type"] == "talk.resumed"
            resumed = back.first["data"]
            known = {"messages": [one for one in amina.known["messages"] if one["seq"] <= since]}
            for gone in resumed["deleted"]:
                blot_out(known, {"message": gone})
            assert known["messages"] + resumed["messages"] == amina.known["messages"], since
            assert {name: resumed[name] for name in PARTS if name != "messages"} == {
                name: amina.known[name] for name in PARTS if name != "messages"
            }
