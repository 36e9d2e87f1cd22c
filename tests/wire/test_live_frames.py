"""Live frames in bytes, against a real uvicorn: straight to its transport, and by plain ASGI."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.conftest import Cast
from tests.wire.conftest import Connect
from tests.wire.test_board_socket import stroke
from whiteboard.deltas import Begin, Delta, Pack, Record, decode, encode_begin, encode_points
from whiteboard.models import Board
from whiteboard.packing import unpack

pytestmark = pytest.mark.django_db(transaction=True)


def path(board: Board, live: str = "full") -> str:
    return f"/ws/boards/{board.pk}/?live={live}"


def pen(page: str, kind: int = 0) -> Begin:
    return Begin(1, uuid.uuid4(), uuid.UUID(page), kind, "#374ea2", 4.0)


async def opened(connection: ClientConnection) -> dict[str, Any]:
    snapshot: dict[str, Any] = json.loads(await connection.recv())
    assert snapshot["type"] == "board.opened"
    return snapshot


async def records(connection: ClientConnection) -> AsyncIterator[Record]:
    """What this client hears in bytes; text is passed over."""
    async for frame in connection:
        if isinstance(frame, bytes):
            for record in decode(frame, with_author=True):
                yield record


async def points_of(connection: ClientConnection, count: int = 1) -> tuple[list[Begin], list[Any]]:
    """The beginnings and the points up to the `count`th record of points."""
    begins: list[Begin] = []
    points: list[Any] = []
    async with asyncio.timeout(10):
        async for record in records(connection):
            if isinstance(record, Begin):
                begins.append(record)
            elif isinstance(record, Delta):
                points += record.points
                count -= 1
                if not count:
                    break
    return begins, points


async def test_a_stroke_in_bytes_reaches_the_others_in_bytes_and_in_json(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with (
        connect(path(board), cast.teacher) as teacher,
        connect(path(board), cast.amina) as amina,
        connect(path(board, "json"), cast.bilal) as bilal,
    ):
        page = (await opened(teacher.connection))["data"]["current_page"]
        await opened(amina.connection)
        await bilal.hear("board.opened")
        begin = pen(page, kind=1)
        await teacher.connection.send(encode_begin(begin) + encode_points(1, [(1, 2), (3.5, 4)]))
        await teacher.connection.send(encode_points(1, [(5, 6)]))
        (heard, *_), points = await points_of(amina.connection, 2)
        assert (heard.stroke, heard.author, heard.kind) == (begin.stroke, cast.teacher.pk, 1)
        assert points == [(1, 2), (3.5, 4), (5, 6)]
        told = await bilal.hear("stroke.extended", stroke=str(begin.stroke))
        assert (told["data"]["kind"], told["data"]["author"]) == ("highlighter", str(cast.teacher.pk))


async def test_a_newcomer_is_told_what_has_begun(cast: Cast, board: Board, connect: Connect) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        page = (await opened(teacher.connection))["data"]["current_page"]
        begin = pen(page)
        await teacher.connection.send(encode_begin(begin) + encode_points(1, [(1, 2)]))
        await points_of(teacher.connection)
        async with connect(path(board), cast.amina) as amina:
            await opened(amina.connection)
            await teacher.connection.send(encode_points(1, [(3, 4)]))
            (heard,), points = await points_of(amina.connection)
            assert (heard.stroke, points) == (begin.stroke, [(3, 4)])


async def test_json_in_is_bytes_out(cast: Cast, board: Board, connect: Connect) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await opened(teacher.connection))["data"]["current_page"]
        await opened(amina.connection)
        live = {
            "stroke": str(uuid.uuid4()),
            "page": page,
            "colour": "#000000",
            "width": 2,
            "points": [[7, 8]],
        }
        await teacher.say("stroke.extend", live)
        (heard, *_), points = await points_of(amina.connection)
        assert (str(heard.stroke), points) == (live["stroke"], [(7, 8)])


async def test_bytes_need_the_same_right_as_words_and_nonsense_is_answered_with_a_code(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await opened(teacher.connection))["data"]["current_page"]
        await opened(amina.connection)
        await amina.connection.send(encode_begin(pen(page)) + encode_points(1, [(1, 2)]))
        await amina.hear("error", code="forbidden")
        await teacher.connection.send(b"\x07 nonsense")
        await teacher.hear("error", code="bad_data")
        await teacher.connection.send(encode_begin(pen(page)) + encode_points(1, [(9, 9)]))
        assert (await points_of(amina.connection))[1] == [(9, 9)]


async def test_a_flood_of_nonsense_closes_that_socket_alone(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.amina) as amina, connect(path(board), cast.bilal) as bilal:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(30):
                await amina.connection.send(b"\xff")
                await amina.hear("error")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4008
        await bilal.say("board.ping")
        await bilal.hear("board.ponged")


async def test_private_answers_are_drawn_before_staff_only(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with (
        connect(path(board), cast.teacher) as teacher,
        connect(path(board), cast.amina) as amina,
        connect(path(board), cast.bilal) as bilal,
    ):
        page = (await opened(teacher.connection))["data"]["current_page"]
        await teacher.say("answers.open")
        await amina.hear("answers.opened")
        await opened(bilal.connection)
        await amina.connection.send(encode_begin(pen(page)) + encode_points(1, [(1, 2)]))
        assert (await points_of(teacher.connection))[1] == [(1, 2)]
        await teacher.connection.send(encode_begin(pen(page)) + encode_points(1, [(5, 5)]))
        begins, points = await points_of(bilal.connection)
        assert ({begin.author for begin in begins}, points) == ({cast.teacher.pk}, [(5, 5)])


@pytest.mark.deep
async def test_a_slow_reader_beside_twenty_quick_ones_delays_nobody_and_loses_no_edit(
    cast: Cast, board: Board, connect: Connect
) -> None:
    strokes = 40
    async with AsyncExitStack() as stack:
        teacher = await stack.enter_async_context(connect(path(board, "json"), cast.teacher))
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        slow = await stack.enter_async_context(connect(path(board), cast.amina))
        quick = [await stack.enter_async_context(connect(path(board, "json"), cast.bilal)) for _ in range(20)]
        for one in (slow, *quick):
            await one.hear("board.opened")
        slow.connection.transport.pause_reading()
        heavy = stroke(page, points=[[n % 900 + 0.5, n % 700 + 0.5] for n in range(2000)])
        expected = []
        for _ in range(strokes):
            await teacher.say("item.add", heavy)
            expected.append((await teacher.hear("item.added"))["seq"])
        for one in quick:
            assert [(await one.hear("item.added"))["seq"] for _ in range(strokes)] == expected
        slow.connection.transport.resume_reading()
        assert [(await slow.hear("item.added", seconds=30))["seq"] for _ in range(strokes)] == expected


async def test_ink_that_is_kept_comes_packed_before_the_snapshot_and_as_a_fact(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        page = (await opened(teacher.connection))["data"]["current_page"]
        old, new = str(uuid.uuid4()), str(uuid.uuid4())
        await teacher.say("item.add", stroke(page), ref=old)
        await teacher.hear("item.added")
        async with asyncio.timeout(10), connect(path(board) + "&ink=packed", cast.amina) as amina:
            first = await amina.connection.recv()
            assert isinstance(first, bytes)
            assert kept(first) == [(old, False)]
            assert (await opened(amina.connection))["data"]["items"] == []
            await teacher.say("item.add", stroke(page), ref=new)
            facts: list[tuple[str, bool]] = []
            while not facts:
                frame = await amina.connection.recv()
                facts = kept(frame) if isinstance(frame, bytes) else []
            assert facts == [(new, True)]


def kept(frame: bytes) -> list[tuple[str, bool]]:
    records = decode(frame, with_author=True)
    packs = [unpack(record.body) for record in records if isinstance(record, Pack)]
    return [(item["id"], is_fact) for pack in packs for item, is_fact in pack]
