"""The board socket."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
from django.conf import settings

from classroom.live import person_group_of
from common.refusals import Refused
from common.sockets.consumer import WireConsumer, spawn
from common.sockets.direct import find_wire
from common.sockets.outlets import DirectOutlet, QueuedOutlet, send_said
from common.sockets.wire import MAX_BYTES, envelope
from whiteboard import messages
from whiteboard.arrivals import arrivals
from whiteboard.board import Viewer, show
from whiteboard.crowd import FORMS, Watcher
from whiteboard.deltas import KINDS, Begin, Delta, NotReadable, decode, put_points
from whiteboard.ink import Pens
from whiteboard.live import Arrival, LiveBoard, boards


class BoardConsumer(WireConsumer):
    words = messages.WORDS
    per_second, burst = 70, 140

    board: LiveBoard | None = None
    watcher: Watcher | None = None
    pens: Pens | None = None
    refusing = is_over = False

    async def admit(self) -> None:
        self.board_id = str(self.scope["url_route"]["kwargs"]["board_id"])
        self.since = read_since(self.scope["query_string"])
        self.was = read_query(self.scope["query_string"], "as")
        self.form = read_form(self.scope["query_string"])
        self.is_packed = read_query(self.scope["query_string"], "ink") == "packed"
        self.standing = await self._find_standing()
        self.person = str(self.scope["user"].pk)
        self.is_guest = self.scope["user"].is_guest

    async def _find_standing(self) -> str:
        admitted = await arrivals.ask((self.scope, self.board_id))
        if admitted is None:
            raise Refused("not_found")
        self.scope["user"], self.is_over = admitted.person, admitted.room.is_shut
        return admitted.standing

    @property
    def viewer(self) -> Viewer:
        return messages.viewer_of(self.person, self.standing)

    async def may_stay(self) -> bool:
        before = self.viewer
        try:
            self.standing = await self._find_standing()
        except Refused:
            return False
        if self.viewer != before and self.board is not None and self.watcher is not None:
            # What was hidden so far is not in what follows: the whole board, as it is seen now.
            await self._begin(None)
        return True

    async def enter(self) -> None:
        if self.is_guest:
            await self.channel_layer.group_add(person_group_of(self.person), self.channel_name)
        self.board = await boards.join(self.board_id)
        self.pens = Pens(self.board.ink, UUID(self.person))
        self.wire = find_wire(self.scope["server_send"])
        fast = self.wire if settings.SOCKET_FAST_PATH else None
        outlet = DirectOutlet(fast) if fast else QueuedOutlet(partial(send_said, self._send_quietly))
        self.watcher = Watcher(outlet, self.close_slow, self.form, self.is_packed)
        await self._begin(self.since, self.was)
        if fast:
            fast.hear_bytes(self.hear_live)

    async def _begin(self, since: int | None, was: str = "") -> None:
        assert self.board is not None and self.watcher is not None  # noqa: S101  enter made both
        self.board.company.names[self.person] = self.scope["user"].name
        viewer = self.viewer
        arrival = Arrival(self.person, self.standing, viewer, self.is_packed, since, was, self.is_over)
        seen = await self.board.view(arrival)
        # No await from here on: what follows what they are told now, the crowd tells them.
        self.watcher.begin(viewer, seen.seq, seen.words, seen.packs)
        self.board.crowd.add(self.watcher)

    async def leave(self, code: int) -> None:
        if self.is_guest:
            await self.channel_layer.group_discard(person_group_of(self.person), self.channel_name)
        if self.pens is not None:
            self.pens.put_down()
        if self.board is not None:
            if self.watcher is not None:
                self.watcher.outlet.stop()
            await boards.leave(self.board, self.watcher)

    def _spawn(self, act: Any, *arguments: Any) -> None:
        spawn(act(*arguments), self.tasks)

    async def hang_up(self, event: dict[str, Any]) -> None:
        """An internal event, never named by a client: this guest is put out."""
        await self.close(event["code"])

    async def hear(self, type_: str, ref: str | None, raw: msgspec.Raw) -> None:
        if type_ in messages.DURABLE:
            read_ref(ref)
        await super().hear(type_, ref, raw)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if bytes_data is not None:
            return self.hear_live(bytes_data)
        return await super().receive(text_data)

    def hear_live(self, frame: bytes) -> None:
        """Live ink in bytes (docs/wire.md); called by the server's protocol itself, so it must not fail."""
        try:
            self._hear_live(frame)
        except Refused as refusal:
            if not self.refusing:  # one answer at a time: a flood of nonsense makes no flood of tasks
                self.refusing = True
                self._spawn(self._refuse_live, refusal.code)

    async def _refuse_live(self, code: str) -> None:
        await self.refuse(code, None)
        self.refusing = False

    def _hear_live(self, frame: bytes) -> None:
        if len(frame) > MAX_BYTES:
            raise Refused("too_big")
        is_private = self._must_draw_live()
        assert self.pens is not None  # noqa: S101  commands follow admission
        try:
            for record in decode(frame, with_author=False):
                if isinstance(record, Begin):
                    self.pens.begin(record.index, record, staff_only=is_private)
                elif isinstance(record, Delta) and (
                    pen := self.pens.get(record.number, staff_only=is_private)
                ):
                    self.pens.ink.extend(pen, len(record.points), record.raw)
        except NotReadable as error:
            raise Refused("bad_data") from error

    def _must_draw_live(self) -> bool:
        """Whether only staff may see it; Refused when it may not be drawn at all."""
        assert self.board is not None  # noqa: S101
        if not self.board.rights.may_draw(self.standing, self.person):
            raise Refused("forbidden")
        if self.is_over and self.standing != "staff":
            raise Refused("lesson_over")
        if not self.board.company.may_move(self.person):
            raise Refused("slow_down")
        is_private = self.board.rights.isolated and self.standing != "staff"
        self.board.introduce(self.person, staff_only=is_private)
        return is_private

    async def on_stroke_extend(self, ref: str | None, data: messages.StrokeExtend) -> None:
        is_private = self._must_draw_live()
        assert self.pens is not None  # noqa: S101
        pen = self.pens.get(data.stroke, staff_only=is_private)
        if pen is None:
            pen = self.pens.begin(data.stroke, begin_of(data), staff_only=is_private)
        raw = bytearray()
        put_points(raw, data.points)
        self.pens.ink.extend(pen, len(data.points), bytes(raw))

    async def on_pointer_move(self, ref: str | None, data: messages.PointerMove) -> None:
        self._point("pointer", data)

    async def on_laser_move(self, ref: str | None, data: messages.PointerMove) -> None:
        self._point("laser", data)

    def _point(self, kind: str, data: messages.PointerMove) -> None:
        """A pointer is a stroke that never ends, one for each page."""
        is_private = self._must_draw_live()
        assert self.pens is not None  # noqa: S101
        name = uuid5(data.page, kind)
        pen = self.pens.get(name, staff_only=is_private)
        if pen is None:
            begin = Begin(0, uuid4(), data.page, KINDS.index(kind), "#000000", 1)
            pen = self.pens.begin(name, begin, staff_only=is_private)
        raw = bytearray()
        put_points(raw, [(data.x, data.y)])
        self.pens.ink.extend(pen, 1, bytes(raw))

    async def on_view_move(self, ref: str | None, data: messages.ViewMove) -> None:
        assert self.board is not None  # noqa: S101
        if self.standing != "staff":
            raise Refused("forbidden")
        if not self.board.company.follow:
            raise Refused("bad_data")
        if not self.board.company.may_move(self.person):
            raise Refused("slow_down")
        self.board.introduce(self.person, staff_only=False)
        self.board.move_view({"author": self.person, **msgspec.to_builtins(data)})

    async def on_board_ping(self, ref: str | None, data: msgspec.Struct) -> None:
        await self.say(envelope("board.ponged", {}, ref=ref))

    async def _submit(self, type_: str, ref: str | None, data: msgspec.Struct) -> None:
        assert self.board is not None  # noqa: S101
        if not self.board.company.may_write(self.person):
            raise Refused("slow_down")
        command = messages.as_command(type_, read_ref(ref), self.person, self.standing, data)
        outcome = await self.board.submit(command)
        if outcome.code:
            raise Refused(outcome.code)
        if not outcome.is_new and outcome.edit:
            # With its `ref` also when they may no longer see it: it is kept, and need not be said again.
            await self.say({**show(outcome.edit, self.viewer), "ref": outcome.edit.ref})

    def __getattr__(self, name: str) -> Any:
        """`on_item_add` and the other durable commands are one and the same: submit."""
        type_ = name.removeprefix("on_").replace("_", ".")
        if not name.startswith("on_") or type_ not in messages.DURABLE:
            raise AttributeError(name)

        async def submit(ref: str | None, data: msgspec.Struct) -> None:
            await self._submit(type_, ref, data)

        return submit


def read_query(query: bytes, wanted: str) -> str:
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name == wanted:
            return value
    return ""


def read_since(query: bytes) -> int | None:
    value = read_query(query, "since")
    return int(value) if value.isdigit() and len(value) < 16 else None


def read_form(query: bytes) -> str:
    value = read_query(query, "live")
    return value if value in FORMS else "json"


def begin_of(data: messages.StrokeExtend) -> Begin:
    """A pen's first word in JSON as the first record in bytes."""
    sent_at = max(0, min(int(data.sent_at or 0), 1 << 48))
    return Begin(0, data.stroke, data.page, KINDS.index(data.kind), data.colour, data.width, sent_at)


def read_ref(ref: str | None) -> str:
    """A durable command's `ref` in canonical form; Refused when it is no UUID."""
    try:
        return str(UUID(ref or ""))
    except ValueError as error:
        raise Refused("bad_data") from error
