"""The board socket, spoken to like a browser does."""

from __future__ import annotations

import asyncio
import json
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from accounts.models import Person
from tests.conftest import Cast
from tests.whiteboard import papers
from tests.wire.conftest import Connect
from whiteboard.actions import add_file
from whiteboard.importing import import_file
from whiteboard.models import Board, BoardFile, Edit, FileKind

pytestmark = pytest.mark.django_db(transaction=True)
# A frame that is larger is not read: `--ws-max-size` of the web process.
MOST_BYTES = 131_072


def path(board: Board, since: int | None = None) -> str:
    return f"/ws/boards/{board.pk}/" + (f"?since={since}" if since is not None else "")


def stroke(page: str, **changes: Any) -> dict[str, Any]:
    return {
        "page": page,
        "kind": "pen",
        "colour": "#374ea2",
        "width": 4,
        "points": [[1, 2], [3.5, 4]],
        "duration_ms": 120,
        **changes,
    }


async def test_a_stroke_is_acknowledged_after_postgres_has_it_and_reaches_the_others(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await amina.hear("board.opened")
        ref = await teacher.say("item.add", stroke(page))
        mine, theirs = await teacher.hear("item.added"), await amina.hear("item.added")
        assert mine == theirs
        assert mine["ref"] == ref == mine["data"]["id"]
        kept = await Edit.objects.aget(board=board, ref=ref)
        assert (kept.seq, kept.data["points"]) == (mine["seq"], [[1, 2], [3.5, 4]])


async def test_the_same_ref_twice_is_one_edit_with_the_same_answer(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        ref = await teacher.say("item.add", stroke(page))
        first = await teacher.hear("item.added")
        await teacher.say("item.add", stroke(page), ref=ref)
        assert await teacher.hear("item.added") == first
        assert await Edit.objects.filter(board=board, ref=ref).acount() == 1


async def test_a_newcomer_gets_the_snapshot_and_a_returning_client_what_it_missed(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        opened = await teacher.hear("board.opened")
        page, seq = opened["data"]["current_page"], opened["seq"]
        for _ in range(3):
            await teacher.say("item.add", stroke(page))
            last = await teacher.hear("item.added")
        async with connect(path(board, since=seq + 1), cast.amina) as amina:
            resumed = await amina.hear("board.resumed")
            assert [edit["seq"] for edit in resumed["data"]["edits"]] == [seq + 2, seq + 3]
        async with connect(path(board), cast.bilal) as bilal:
            fresh = await bilal.hear("board.opened")
            assert fresh["seq"] == last["seq"]
            assert len(fresh["data"]["items"]) == 3


async def test_live_points_reach_the_others_before_the_stroke_is_finished(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await amina.hear("board.opened")
        live = {
            "stroke": str(uuid.uuid4()),
            "page": page,
            "colour": "#000000",
            "width": 2,
            "points": [[0, 0]],
        }
        await teacher.say("stroke.extend", live)
        heard = await amina.hear("stroke.extended", stroke=live["stroke"])
        assert heard["data"]["author"] == str(cast.teacher.pk)
        assert "seq" not in heard


async def test_a_student_draws_when_allowed_and_not_before(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await amina.hear("board.opened"))["data"]["current_page"]
        live = {
            "stroke": str(uuid.uuid4()),
            "page": page,
            "colour": "#000000",
            "width": 2,
            "points": [[0, 0]],
        }
        for type_, data in (
            ("item.add", stroke(page)),
            ("stroke.extend", live),
            ("page.turn", {"page": page}),
        ):
            ref = await amina.say(type_, data)
            assert await amina.hear("error", code="forbidden") == {
                "type": "error",
                "ref": ref,
                "data": {"code": "forbidden"},
            }
        await teacher.say("rights.change", {"draw": "all"})
        await amina.hear("rights.changed")
        await amina.say("stroke.extend", live)
        await amina.say("item.add", stroke(page))
        await teacher.hear("stroke.extended")
        await teacher.hear("item.added", author=str(cast.amina.pk))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("not json at all", "not_json"),
        ('{"type": 7}', "bad_data"),
        ('{"type": "board.explode"}', "unknown_type"),
        ('{"type": "relay", "data": {}}', "unknown_type"),
        ('{"type": "_submit", "data": {}}', "unknown_type"),
        ('{"type": "item.add", "ref": "no-uuid", "data": {}}', "bad_data"),
        ('{"type": "stroke.extend", "data": {"stroke": NaN}}', "not_json"),
        ('{"type": "board.ping", "data": {"x": "' + "y" * 70_000 + '"}}', "too_big"),
        ("[" * 6000, "bad_data"),
        ('{"type": "board.ping", "data": ' + "[" * 6000 + "]" * 6000 + "}", "not_json"),
        ('{"type": "item.add", "data": ' + '{"a":' * 5000 + "1" + "}" * 5001, "not_json"),
    ],
)
async def test_what_cannot_be_read_is_answered_with_a_code_and_the_class_notices_nothing(
    cast: Cast, board: Board, connect: Connect, frame: str, code: str
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await amina.hear("board.opened")
        await amina.connection.send(frame)
        await amina.hear("error", code=code)
        await teacher.say("item.add", stroke(page))
        await amina.hear("item.added")
        assert [one["type"] for one in teacher.heard] == ["board.opened"]


def ping_of(size: int) -> str:
    """A word of so many bytes."""
    bare = json.dumps({"type": "board.ping", "data": {"x": ""}})
    return bare.replace('""', f'"{"y" * (size - len(bare))}"')


async def test_what_the_server_does_not_even_take_in_ends_one_socket_and_the_class_draws_on(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await amina.hear("board.opened")
        await amina.connection.send(ping_of(MOST_BYTES))
        await amina.hear("error", code="too_big")
        await amina.connection.send(ping_of(MOST_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            await amina.hear("nothing more")
        assert amina.connection.close_code == 1009
        async with connect(path(board), cast.bilal) as bilal:
            await bilal.hear("board.opened")
            await teacher.say("item.add", stroke(page))
            assert await bilal.hear("item.added") == await teacher.hear("item.added")
        assert {one["type"] for one in teacher.heard} == {"board.opened", "people.named", "item.added"}


@pytest.mark.parametrize(
    "changes",
    [
        {"points": []},
        {"points": [[0, 0]] * 2001},
        {"points": [[1e308, 0]]},
        {"points": [[0, 0, 2]]},
        {"points": [[0, 0, 1, 1]]},
        {"kind": "explosion"},
        {"kind": "text"},
        {"kind": "ellipse"},
        {"points": [["a", 0]]},
        {"colour": "red; }"},
        {"width": 1000},
        {"duration_ms": -1},
        {"surprise": 1},
    ],
)
async def test_a_stroke_out_of_bounds_is_refused(
    cast: Cast, board: Board, connect: Connect, changes: dict[str, Any]
) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await teacher.say("item.add", stroke(page, **changes))
        await teacher.hear("error", code="bad_data")
    assert await Edit.objects.filter(board=board, type="item.added").acount() == 0


async def test_ten_bad_messages_close_the_socket_of_that_one_client(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.amina) as amina, connect(path(board), cast.bilal) as bilal:
        await bilal.hear("board.opened")
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(30):
                await amina.connection.send("nonsense")
                await amina.hear("error")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4008
        await bilal.say("board.ping")
        await bilal.hear("board.ponged")


@pytest.mark.parametrize("who", ["stranger", "guest", "guardian"])
async def test_a_stranger_is_told_404_as_for_a_board_that_does_not_exist(
    cast: Cast, board: Board, connect: Connect, who: str
) -> None:
    answers = [
        await knock(connect, door, getattr(cast, who))
        for door in (path(board), f"/ws/boards/{uuid.uuid4()}/")
    ]
    assert answers == [404, 404]


async def test_nobody_and_foreign_pages_are_told_404(cast: Cast, board: Board, connect: Connect) -> None:
    assert await knock(connect, path(board), None) == 404
    assert await knock(connect, path(board), cast.teacher, origin="https://evil.example") == 404
    assert await knock(connect, path(board), cast.teacher, origin="null") == 404


async def knock(connect: Connect, door: str, person: Person | None, **options: Any) -> int:
    with pytest.raises(InvalidStatus) as refused:
        async with connect(door, person, **options):
            pass
    return refused.value.response.status_code


async def test_a_foreign_page_on_my_board_is_not_found(cast: Cast, board: Board, connect: Connect) -> None:
    async with connect(path(board), cast.teacher) as teacher:
        await teacher.say("item.add", stroke(str(uuid.uuid4())))
        await teacher.hear("error", code="not_found")


async def test_acknowledged_strokes_of_many_writers_are_gap_free_and_all_kept(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with connect(path(board), cast.teacher) as teacher, connect(path(board), cast.amina) as amina:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        await teacher.say("rights.change", {"draw": "all"})
        first = (await amina.hear("rights.changed"))["seq"]
        writers = (teacher, amina)
        await asyncio.gather(*[one.say("item.add", stroke(page)) for one in writers for _ in range(10)])
        seqs = [(await amina.hear("item.added"))["seq"] for _ in range(20)]
        assert seqs == list(range(first + 1, first + 21))
    assert json.dumps(seqs) == json.dumps(
        [edit.seq async for edit in Edit.objects.filter(board=board, type="item.added").order_by("seq")]
    )


async def test_an_answer_is_seen_by_its_author_and_staff_until_it_is_revealed(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with (
        connect(path(board), cast.teacher) as teacher,
        connect(path(board), cast.amina) as amina,
        connect(path(board), cast.bilal) as bilal,
    ):
        opened = await bilal.hear("board.opened")
        page = opened["data"]["current_page"]
        await teacher.say("answers.open", {})
        await amina.hear("answers.opened")
        ref = await amina.say("item.add", stroke(page))
        assert (await amina.hear("item.added"))["data"]["layer"] == str(cast.amina.pk)
        told = await teacher.hear("item.added")
        assert await bilal.hear("edit.hidden") == {"type": "edit.hidden", "seq": told["seq"], "data": {}}
        async with connect(path(board), cast.bilal) as again:
            assert (await again.hear("board.opened"))["data"]["items"] == []
        async with connect(path(board, since=opened["seq"]), cast.bilal) as again:
            edits = (await again.hear("board.resumed"))["data"]["edits"]
            assert [edit["type"] for edit in edits] == ["answers.opened", "edit.hidden"]
        await teacher.say("answers.reveal", {"persons": "all"})
        assert [item["id"] for item in (await bilal.hear("answers.revealed"))["data"]["items"]] == [ref]


async def test_what_is_being_drawn_reaches_staff_only_while_answers_are_isolated(
    cast: Cast, board: Board, connect: Connect
) -> None:
    async with (
        connect(path(board), cast.teacher) as teacher,
        connect(path(board), cast.amina) as amina,
        connect(path(board), cast.bilal) as bilal,
    ):
        page = (await bilal.hear("board.opened"))["data"]["current_page"]
        await teacher.say("answers.open", {})
        await amina.hear("answers.opened")
        live = {"stroke": str(uuid.uuid4()), "page": page, "colour": "#000000", "width": 2}
        await amina.say("stroke.extend", {**live, "points": [[0, 0]]})
        await teacher.hear("stroke.extended")
        await amina.say("item.add", stroke(page))
        await bilal.hear("edit.hidden")
        assert "stroke.extended" not in [one["type"] for one in bilal.heard]


async def test_a_picture_from_elsewhere_is_not_found(cast: Cast, board: Board, connect: Connect) -> None:
    known: dict[str, Any] = {"kind": "image", "state": "ready", "size_bytes": 1, "asked_at": timezone.now()}
    own = await BoardFile.objects.acreate(board=board, uploaded_by=cast.teacher, **known)
    async with connect(path(board), cast.teacher) as teacher:
        page = (await teacher.hear("board.opened"))["data"]["current_page"]
        picture = {"page": page, "kind": "image", "box": [0, 0, 9, 9], "alt": ""}
        await teacher.say("item.add", {**picture, "file": str(uuid.uuid4())})
        await teacher.hear("error", code="not_found")
        await teacher.say("item.add", {**picture, "file": str(own.pk)})
        await teacher.hear("item.added")


async def test_slides_that_a_worker_brings_reach_those_who_look(
    cast: Cast, board: Board, connect: Connect, tmp_path: Path
) -> None:
    upload = tmp_path / "slides.pdf"
    upload.write_bytes(papers.deck(2))
    bring = partial(add_file, board=board, path=upload, title="Slides", kind=FileKind.SLIDES, by=cast.teacher)
    async with connect(path(board), cast.amina) as amina:
        await amina.hear("board.opened")
        file = await sync_to_async(bring)(media_type="application/pdf", now=timezone.now())
        await sync_to_async(import_file)(file.pk)
        told = await amina.hear("slides.added")
    assert told["ref"] == str(file.pk)
    assert [page["title"] for page in told["data"]["pages"]] == ["Slides 1", "Slides 2"]
