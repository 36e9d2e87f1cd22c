"""The board: the snapshot is what the facts have told, each of them, also for whom something is hidden."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from classroom.models import Lesson
from common.clock import to_ms
from tests.conftest import Cast
from tests.wire.snapshots.witness import Folds, Told, Witness, open_wire, walk, witnesses
from whiteboard.actions import apply_commands
from whiteboard.board import BoardState, Command, Edit, apply, type_of_fact
from whiteboard.messages import viewer_of
from whiteboard.models import Board
from whiteboard.queries import load_state
from whiteboard.tasks import tell_board

pytestmark = pytest.mark.django_db(transaction=True)
STROKE: dict[str, Any] = {
    "colour": "#112233",
    "width": 4,
    "points": [[1, 2], [3, 4], [9, 9]],
    "duration_ms": 5,
    "kind": "pen",
}


class Listener(Witness):
    """Puts edits together as `whiteboard.board` does for whoever listens."""

    state: BoardState

    def _begin(self, snapshot: Told) -> None:
        super()._begin(snapshot)
        self.state = BoardState.of_snapshot(self.known, self.seq)

    def _follow(self, message: Told) -> None:
        super()._follow(message)
        if message.get("seq") == self.state.seq + 1:
            apply(self.state, Edit.of_envelope(message))
            self.known |= msgspec.json.decode(msgspec.json.encode(self.state.snapshot()))
        if not self.known["follow"]:
            self.known["view"] = None


FOLDS: Folds = {
    **dict.fromkeys((*type_of_fact.values(), "edit.hidden"), None),  # `Listener` does it
    "people.named": lambda known, data: known["people"].update(data["people"]),
    "view.moved": lambda known, data: known.update(view=data),
    **dict.fromkeys(("stroke.extended", "pointer.moved", "laser.moved", "board.ponged", "error"), None),
}


class Story:
    def __init__(self, board: Board, everybody: list[Witness]) -> None:
        self.board, self.everybody = board, everybody
        self.teacher, self.amina, self.bilal, self.head = everybody
        self.first = self.teacher.known["current_page"]
        self.second, self.third = str(uuid.uuid4()), str(uuid.uuid4())
        self.stroke = self.of_bilal = ""

    async def edit(self, who: Witness, word: str, **data: Any) -> str:
        ref = await who.say(word, **data)
        while (await who.hear(type_of_fact[word])).get("ref") != ref:
            pass
        return ref

    async def of_teacher(self, word: str, **data: Any) -> None:
        await self.edit(self.teacher, word, **data)

    async def name(self) -> None:
        """With the first word of somebody's."""
        await self.of_teacher("rights.change", draw="all")

    async def add(self) -> None:
        self.stroke = await self.edit(self.teacher, "item.add", page=self.first, **STROKE)
        self.of_bilal = await self.edit(self.bilal, "item.add", page=self.first, **STROKE)

    async def change(self) -> None:
        await self.of_teacher("item.change", items=[{"id": self.stroke, "colour": "#aa0000"}])

    async def divide(self) -> None:
        left = {"source": self.stroke, "points": [[1, 2], [3, 4]]}
        await self.of_teacher("item.divide", items=[self.stroke], parts=[left])

    async def erase(self) -> None:
        await self.edit(self.bilal, "item.erase", items=[self.of_bilal])

    async def undo(self) -> None:
        await self.edit(self.bilal, "edit.undo")

    async def redo(self) -> None:
        await self.edit(self.bilal, "edit.redo")

    async def isolate(self) -> None:
        await self.of_teacher("answers.open")

    async def hide(self) -> None:
        await self.edit(self.bilal, "item.add", page=self.first, **STROKE)
        await self.amina.hear("edit.hidden")

    async def reveal(self) -> None:
        await self.of_teacher("answers.reveal", persons="all")

    async def from_elsewhere(self, word: str, **data: Any) -> None:
        """By a task in another process, which tells the board."""
        command = Command(
            word, str(uuid.uuid4()), self.teacher.wire.first["data"]["you"]["person"], data, "staff"
        )
        said: dict[str, Any] = {"board_id": self.board.pk, "state": BoardState(), "commands": [command]}
        (outcome,) = await sync_to_async(apply_commands)(**said, at=to_ms(timezone.now()))
        assert outcome.is_new, outcome.code
        await sync_to_async(tell_board)(str(self.board.pk))
        await self.teacher.hear(type_of_fact[word])

    async def bring_slides(self) -> None:
        slide = {"file": str(uuid.uuid4()), "page": 1, "width": 960, "height": 720}
        await self.from_elsewhere(
            "slides.add", pages=[{"id": str(uuid.uuid4()), "title": "S", "background": slide}]
        )

    async def go_on(self) -> None:
        whose = {"author": self.teacher.wire.first["data"]["you"]["person"], "at": 1, "seq": 1, "order": 1}
        page, dot = str(uuid.uuid4()), {**STROKE, **whose, "id": str(uuid.uuid4()), "layer": ""}
        pages = [{"id": page, "title": "Then", "background": None}]
        await self.from_elsewhere(
            "board.continue", pages=pages, current_page=page, items=[{**dot, "page": page}]
        )

    async def look_there(self) -> None:
        await self.teacher.say("view.move", page=self.first, x=10, y=20, zoom=2)
        for one in self.everybody:
            await one.hear("view.moved")

    async def draw_live(self) -> None:
        live: dict[str, Any] = {name: STROKE[name] for name in ("colour", "width", "points")}
        await self.teacher.say("stroke.extend", stroke=str(uuid.uuid4()), page=self.first, **live)
        await self.amina.hear("stroke.extended")

    async def point(self, kind: str) -> None:
        await self.teacher.say(f"{kind}.move", page=self.first, x=1, y=2)
        await self.amina.hear(f"{kind}.moved")

    async def overstep(self) -> None:
        await self.amina.say("page.clear", page=self.first)
        await self.amina.hear("error", code="forbidden")

    async def ping(self) -> None:
        await self.teacher.settle()


@pytest.mark.deep
async def test_who_heard_each_fact_knows_what_a_newcomer_is_told(
    cast: Cast, lesson: Lesson, board: Board
) -> None:
    path, people = f"/ws/boards/{board.pk}/", (cast.teacher, cast.amina, cast.bilal, cast.head)
    async with witnesses(path, FOLDS, "board.ping", *people, kind=Listener) as everybody:
        story = Story(board, everybody)

        async def check(fact: str) -> None:
            """Against what PostgreSQL has: a newcomer may get a snapshot of shortly before, and what followed."""
            state = await sync_to_async(load_state)(board.pk)
            for person, witness in zip(people, everybody, strict=True):
                await witness.reach(state.seq)
                async with open_wire(path, person) as fresh:
                    told = fresh.first["data"]
                    company = {name: told[name] for name in ("people", "view")}
                    viewer = viewer_of(str(person.pk), told["you"]["standing"])
                    whole = msgspec.json.decode(msgspec.json.encode(state.snapshot(viewer)))
                    await witness.agree({**whole, **company}, fact)

        act = story.of_teacher
        cases = {
            "people.named": story.name,
            "rights.changed": lambda: act("rights.change", draw="named", named=[str(cast.bilal.pk)]),
            "item.added": story.add,
            "item.changed": story.change,
            "item.divided": story.divide,
            "item.erased": story.erase,
            "edit.undone": story.undo,
            "edit.redone": story.redo,
            "page.added": lambda: act("page.add", page=story.second, title="Two"),
            "page.duplicated": lambda: act("page.duplicate", page=story.third, source=story.first, title="3"),
            "page.moved": lambda: act("page.move", page=story.third, position=0),
            "page.renamed": lambda: act("page.rename", page=story.third, title="Third"),
            "page.turned": lambda: act("page.turn", page=story.third),
            "page.cleared": lambda: act("page.clear", page=story.third),
            "page.removed": lambda: act("page.remove", page=story.third),
            "answers.opened": story.isolate,
            "edit.hidden": story.hide,
            "answers.revealed": story.reveal,
            "answers.closed": lambda: act("answers.close"),
            "slides.added": story.bring_slides,
            "board.continued": story.go_on,
            "stroke.extended": story.draw_live,
            "pointer.moved": lambda: story.point("pointer"),
            "laser.moved": lambda: story.point("laser"),
            "follow.changed": lambda: act("follow.change", on=True),
            "view.moved": story.look_there,
            "error": story.overstep,
            "board.ponged": story.ping,
        }
        await walk(cases, everybody, check)
        await act("follow.change", on=False)
        await check("follow.changed")
