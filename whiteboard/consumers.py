"""The board socket."""

from typing import Any
from uuid import UUID

import msgspec

from classroom.live import person_group_of
from classroom.passes import visitor_of
from common.refusals import Refused
from common.sockets.consumer import WireConsumer
from common.sockets.hub import Outlet
from common.sockets.wire import envelope
from whiteboard import messages
from whiteboard.board import Viewer, show
from whiteboard.live import LiveBoard, boards, in_thread
from whiteboard.queries import board_for_door
from whiteboard.rules import board_standing


class BoardConsumer(WireConsumer):
    shapes = messages.SHAPES
    per_second, burst = 70, 140

    board: LiveBoard | None = None
    outlet: Outlet | None = None

    async def admit(self) -> None:
        self.board_id = str(self.scope["url_route"]["kwargs"]["board_id"])
        self.since = read_since(self.scope["query_string"])
        self.standing = await in_thread(self._find_standing)()
        self.person = str(self.scope["user"].pk)
        self.is_guest = self.scope["user"].is_guest

    def _find_standing(self) -> str:
        board = board_for_door(self.board_id)
        if board is None:
            raise Refused("not_found")
        self.scope["user"] = visitor_of(self.scope, board.room.lesson_id)
        standing = board_standing(self.scope["user"], board.room.lesson)
        if not standing:
            raise Refused("not_found")
        return str(standing)

    @property
    def viewer(self) -> Viewer:
        return messages.viewer_of(self.person, self.standing)

    async def may_stay(self) -> bool:
        before = self.viewer
        try:
            self.standing = await in_thread(self._find_standing)()
        except Refused:
            return False
        if self.viewer != before and self.board is not None and self.outlet is not None:
            # What was hidden so far is not in what follows: the whole board, as it is seen now.
            await self._begin(None)
        return True

    async def enter(self) -> None:
        if self.is_guest:
            await self.channel_layer.group_add(person_group_of(self.person), self.channel_name)
        self.board = await boards.join(self.board_id)
        self.outlet = Outlet(self.say_text, self._close_slow)
        await self._begin(self.since)
        self.board.outlets.add(self.outlet)

    async def _begin(self, since: int | None) -> None:
        assert self.board is not None and self.outlet is not None  # noqa: S101  enter made both
        state, edits = await self.board.view(since)
        if edits is None:
            first = messages.board_opened(state, self.person, self.standing)
        else:
            first = messages.board_resumed(edits, self.person, self.standing, state)
        # No await between taking the snapshot's text and joining the fan-out: nothing falls in between.
        self.board.viewers[self.outlet] = self.viewer
        self.outlet.put(msgspec.json.encode(first).decode(), durable=True)

    async def leave(self, code: int) -> None:
        if self.is_guest:
            await self.channel_layer.group_discard(person_group_of(self.person), self.channel_name)
        if self.board is not None:
            if self.outlet is not None:
                self.outlet.stop()
            await boards.leave(self.board, self.outlet)

    async def _close_slow(self) -> None:
        await self.close(1013)

    async def hang_up(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client: this guest is put out."""
        await self.close(event["code"])

    async def hear(self, type_: str, ref: str | None, raw: msgspec.Raw) -> None:
        if type_ in messages.DURABLE:
            read_ref(ref)
        await super().hear(type_, ref, raw)

    async def on_stroke_extend(self, ref: str | None, data: messages.StrokeExtend) -> None:
        assert self.board is not None  # noqa: S101  commands follow admission
        if not self.board.rights.may_draw(self.standing, self.person):
            raise Refused("forbidden")
        is_private = self.board.rights.isolated and self.standing != "staff"
        self.board.extend(messages.stroke_extended(self.person, data), staff_only=is_private)

    async def on_board_ping(self, ref: str | None, data: msgspec.Struct) -> None:
        await self.say(envelope("board.ponged", {}, ref=ref))

    async def _submit(self, type_: str, ref: str | None, data: msgspec.Struct) -> None:
        assert self.board is not None  # noqa: S101
        command = messages.as_command(type_, read_ref(ref), self.person, self.standing, data)
        outcome = await self.board.submit(command)
        if outcome.code:
            raise Refused(outcome.code)
        if not outcome.is_new and outcome.edit:
            await self.say(show(outcome.edit, self.viewer))

    def __getattr__(self, name: str) -> Any:
        """`on_item_add` and the other durable commands are one and the same: submit."""
        type_ = name.removeprefix("on_").replace("_", ".")
        if not name.startswith("on_") or type_ not in messages.DURABLE:
            raise AttributeError(name)

        async def submit(ref: str | None, data: msgspec.Struct) -> None:
            await self._submit(type_, ref, data)

        return submit


def read_since(query: bytes) -> int | None:
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name == "since" and value.isdigit() and len(value) < 16:
            return int(value)
    return None


def read_ref(ref: str | None) -> str:
    """A durable command's `ref` in canonical form; Refused when it is no UUID."""
    try:
        return str(UUID(ref or ""))
    except ValueError as error:
        raise Refused("bad_data") from error
