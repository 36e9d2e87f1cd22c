"""Pointers, views, names and standings on the board's socket."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from classroom import actions as lessons
from classroom.models import Lesson, Standing
from common.sockets.recheck import recheck_sockets
from tests.conftest import Cast
from tests.wire.conftest import Connect, Socket
from tests.wire.test_board_socket import path, stroke
from whiteboard.messages import SHAPES
from whiteboard.models import Board, Edit

pytestmark = pytest.mark.django_db(transaction=True)


async def settle(*sockets: Socket) -> None:
    """What was said before has been dealt with, and what it caused has been heard."""
    for socket in sockets:
        await socket.say("board.ping")
        await socket.hear("board.ponged")
    await asyncio.sleep(0.1)
    for socket in sockets:
        await socket.say("board.ping")
        await socket.hear("board.ponged")


def types(socket: Socket) -> list[str]:
    return [one["type"] for one in socket.heard]


@pytest.mark.parametrize(("word", "fact"), [("pointer.move", "pointer.moved"), ("laser.move", "laser.moved")])
async def test_a_pointer_reaches_the_others_with_its_owners_name(
    cast: Cast, board: Board, connect: Connect, word: str, fact: str
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await amina.hear("board.opened")
        await amina.say(word, {"page": page, "x": 1, "y": 2})
        await amina.hear("error", code="forbidden")
        await teacher.say(word, {"page": page, "x": 12.5, "y": 7})
        assert await amina.hear(fact) == {
            "type": fact,
            "data": {"author": str(cast.teacher.pk), "page": page, "x": 12.5, "y": 7},
        }
        await settle(amina)
        assert names_heard(amina) == {str(cast.teacher.pk): "Tomas"}
    assert await Edit.objects.filter(board=board).acount() == 1, "nothing of it is kept"


async def test_pointers_names_and_answers_stay_with_staff_while_answers_are_isolated(
    cast: Cast, board: Board, connect: Connect
) -> None:
    amina_id = str(cast.amina.pk)
    async with (
        connect(path(board), cast.teacher) as teacher,
        connect(path(board), cast.amina) as amina,
        connect(path(board), cast.bilal) as bilal,
    ):
        page = (await bilal.hear("board.opened"))["data"]["current_page"]
        await teacher.say("answers.open")
        await amina.hear("answers.opened")
        for word in ("pointer.move", "laser.move"):
            await amina.say(word, {"page": page, "x": 1, "y": 2})
            await teacher.hear(word + "d", author=amina_id)
        await amina.say("item.add", stroke(page))
        await teacher.hear("item.added")
        await settle(bilal)
        assert not {"pointer.moved", "laser.moved", "item.added"} & set(types(bilal))
        assert amina_id not in str(bilal.heard)
        async with connect(path(board), cast.bilal) as again, connect(path(board), cast.teacher) as tab:
            assert amina_id not in (await again.hear("board.opened"))["data"]["people"]
            assert (await tab.hear("board.opened"))["data"]["people"][amina_id] == "Amina"
        await teacher.say("answers.reveal", {"persons": "all"})
        await bilal.hear("answers.revealed")
        await settle(bilal)  # names come in a message of their own
        assert {amina_id: "Amina"}.items() <= names_heard(bilal).items()


def names_heard(socket: Socket) -> dict[str, str]:
    named: dict[str, str] = {}
    for one in socket.heard:
        named |= one["data"].get("people", {})
    return named


async def test_a_view_is_staffs_to_move_while_following_is_on_and_newcomers_get_the_last_one(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        opened = await teacher.hear("board.opened")
        view = {"page": opened["data"]["current_page"], "x": 480, "y": 360, "zoom": 2}
        assert opened["data"]["view"] is None
        await teacher.say("view.move", view)
        await teacher.hear("error", code="bad_data")
        await teacher.say("follow.change", {"on": True})
        await amina.hear("follow.changed")
        await amina.say("view.move", view)
        await amina.hear("error", code="forbidden")
        for zoom in (2, 3):
            await teacher.say("view.move", {**view, "zoom": zoom})
        moved = await amina.hear("view.moved", zoom=3)
        assert "seq" not in moved
        async with connect(path(board), cast.bilal) as bilal:
            assert (await bilal.hear("board.opened"))["data"]["view"] == moved["data"]
        await teacher.say("follow.change", {"on": False})
        await amina.hear("follow.changed", on=False)
        async with connect(path(board), cast.bilal) as bilal:
            assert (await bilal.hear("board.opened"))["data"]["view"] is None


async def test_names_of_authors_shown_come_with_the_snapshot_and_with_what_was_missed(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await teacher.say("item.add", stroke(page))
        seq = (await teacher.hear("item.added"))["seq"]
    for since, first in ((None, "board.opened"), (seq, "board.resumed")):
        async with connect(path(board, since), cast.amina) as amina:
            told = (await amina.hear(first))["data"]
            assert told["people"] == {str(cast.teacher.pk): "Tomas"}


async def test_who_writes_too_fast_is_slowed_down_in_all_tabs_and_may_still_point(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as one, connect(path(board), cast.teacher) as other:
        page = (await one.hear("board.opened"))["data"]["current_page"]
        for _ in range(60):
            await one.say("item.add", stroke(page))
            await other.say("item.add", stroke(page))
        refused = [asyncio.ensure_future(tab.hear("error", code="slow_down")) for tab in (one, other)]
        done, late = await asyncio.wait(refused, timeout=60, return_when=asyncio.FIRST_COMPLETED)
        assert done
        for task in late:
            task.cancel()
        async with connect(path(board), cast.teacher) as third, connect(path(board), cast.amina) as amina:
            await amina.hear("board.opened")
            await third.say("pointer.move", {"page": page, "x": 1, "y": 2})
            await amina.hear("pointer.moved")
    kept = await Edit.objects.filter(board=board, type="item.added").acount()
    assert 80 <= kept < 120


async def test_every_word_with_wrong_data_is_answered_and_nobody_else_notices(
    cast: Cast, board: Board, connect: Connect
) -> None:
    words, at_once = sorted(SHAPES), 8  # ten refusals close a socket
    async with connect(path(board), cast.amina) as amina:
        await amina.hear("board.opened")
        for first in range(0, len(words), at_once):
            async with connect(path(board), cast.teacher) as teacher:
                await teacher.hear("board.opened")
                for word in words[first : first + at_once]:
                    ref = await teacher.say(word, {"surprise": "x" * 1000})
                    told = await teacher.hear("error")
                    assert (told["ref"], told["data"]["code"]) == (ref, "bad_data"), word
        await settle(amina)
        assert set(types(amina)) == {"board.opened", "board.ponged"}
    assert await Edit.objects.filter(board=board).acount() == 1


async def become(cast: Cast, standing: Standing) -> None:
    def change() -> None:
        lessons.enrol(course=cast.course, person=cast.bilal, standing=standing)
        recheck_sockets(cast.bilal.pk)

    await sync_to_async(change)()


async def items_after(socket: Socket, opened: dict[str, Any]) -> list[str]:
    """In the snapshot, or right behind one that was made for other staff before."""
    return [item["id"] for item in opened["data"]["items"] or [(await socket.hear("item.added"))["data"]]]


async def test_who_becomes_co_teacher_in_the_middle_of_the_lesson_sees_and_may_what_staff_may(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with (
        connect(path(board), cast.teacher) as teacher,
        connect(path(board), cast.amina) as amina,
        connect(path(board), cast.bilal) as bilal,
    ):
        opened = await bilal.hear("board.opened")
        page, seq = opened["data"]["current_page"], opened["seq"]
        assert opened["data"]["you"]["standing"] == "student"
        await teacher.say("answers.open")
        await amina.hear("answers.opened")
        ref = await amina.say("item.add", stroke(page))
        hidden = await bilal.hear("edit.hidden")
        await become(cast, Standing.CO_TEACHER)
        again = await bilal.hear("board.opened")
        assert await items_after(bilal, again) == [ref]
        assert again["data"]["you"] == {**opened["data"]["you"], "standing": "staff"} | {
            "may_draw": True,
            "may_manage": True,
        }
        await bilal.say("page.rename", {"page": page, "title": "Ours"})
        await teacher.hear("page.renamed", title="Ours")
        # Away meanwhile: what he has was heard with other eyes, whether his page says so or not.
        for said in ("", "&as=student"):
            async with connect(path(board, hidden["seq"]) + said, cast.bilal) as back:
                assert await items_after(back, await back.hear("board.opened")) == [ref]
        async with connect(path(board, seq) + "&as=staff", cast.bilal) as back:
            edits = (await back.hear("board.resumed"))["data"]["edits"]
            assert [edit["type"] for edit in edits] == ["answers.opened", "item.added", "page.renamed"]
        await become(cast, Standing.STUDENT)
        assert (await bilal.hear("board.opened"))["data"]["items"] == []
        await bilal.say("page.rename", {"page": page, "title": "Mine"})
        await bilal.hear("error", code="forbidden")


async def test_when_the_lesson_is_over_staff_annotate_and_leave_what_the_lesson_left(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await teacher.say("rights.change", {"draw": "all"})
        await amina.hear("rights.changed")
        old = await teacher.say("item.add", stroke(page))
        await amina.hear("item.added")
        await sync_to_async(lessons.end_lesson)(lesson=lesson, now=timezone.now())
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        assert (await amina.hear("board.opened"))["data"]["you"]["may_draw"] is False
        await amina.say("item.add", stroke(page))
        await amina.hear("error", code="lesson_over")
        await amina.say("pointer.move", {"page": page, "x": 1, "y": 1})
        await amina.hear("error", code="lesson_over")
        await asyncio.sleep(0.01)
        added = await teacher.say("item.add", stroke(page))
        await amina.hear("item.added")
        for word, data in closed(page, old).items():
            await teacher.say(word, data)
            assert (await teacher.hear("error"))["data"]["code"] == "lesson_over", word
        await teacher.say("item.change", {"items": [{"id": added, "width": 9}]})
        await amina.hear("item.changed")
        await teacher.say("edit.undo")
        await amina.hear("edit.undone")
        await teacher.say("item.erase", {"items": [added]})
        await amina.hear("item.erased")


def closed(page: str, old: str) -> dict[str, dict[str, Any]]:
    """What stays as the lesson left it."""
    return {
        "item.erase": {"items": [old]},
        "item.change": {"items": [{"id": old, "width": 9}]},
        "item.divide": {"items": [old], "parts": []},
        "page.add": {"page": str(uuid.uuid4()), "title": "More"},
        "page.clear": {"page": page},
        "rights.change": {"draw": "nobody"},
        "answers.open": {},
    }
