"""Slides and pictures from the door to the board, each exactly once, whoever dies in between."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from common.clock import to_ms
from tests.architecture.test_doors import signed_in, told
from tests.conftest import Cast
from tests.whiteboard import papers
from whiteboard import actions
from whiteboard.board import BoardState, Command
from whiteboard.exporting import pictures_of
from whiteboard.importing import import_file, tidy_file
from whiteboard.models import Board, BoardFile, WorkState
from whiteboard.queries import load_state
from whiteboard.storage import storage
from whiteboard.work import NotOurs, claim, free_work

pytestmark = pytest.mark.django_db


def bring(client: Client, board: Board, content: bytes, kind: str = "application/pdf", **asked: str) -> Any:
    address = reverse("board_files", args=[board.pk])
    return client.post(address, content, content_type=kind, query_params=asked)


def taken(
    client: Client, board: Board, content: bytes, kind: str = "application/pdf", **asked: str
) -> BoardFile:
    response = bring(client, board, content, kind, **asked)
    assert response.status_code == 201, response.content
    return BoardFile.objects.get(pk=response.json()["id"])


def say(board: Board, type_: str, data: dict[str, Any], author: Person, standing: str = "staff") -> str:
    command = Command(type_, str(uuid.uuid4()), str(author.pk), data, standing)
    [outcome] = actions.apply_commands(
        board_id=board.pk, state=BoardState(), commands=[command], at=to_ms(timezone.now())
    )
    return outcome.code


def objects() -> set[str]:
    root = storage()._objects  # type: ignore[attr-defined]
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def teacher(cast: Cast) -> Client:
    return signed_in(cast.teacher)


def test_slides_become_pages_behind_the_one_that_was_named(teacher: Client, board: Board, cast: Cast) -> None:
    first = load_state(board.pk).pages[0].id
    last = str(uuid.uuid4())
    say(board, "page.add", {"page": last, "title": "Last"}, cast.teacher)
    file = taken(teacher, board, papers.deck(3), name="Fractions & more.pdf", after=first)
    assert (file.state, file.kind, file.title) == ("waiting", "slides", "Fractions & more")
    import_file(file.pk)
    pages = load_state(board.pk).pages
    assert [page.title for page in pages] == ["Page 1", *(f"Fractions & more {n}" for n in (1, 2, 3)), "Last"]
    assert pages[2].background == {"file": str(file.pk), "page": 2, "width": 1920, "height": 1440}
    answer = teacher.get(reverse("board_file", args=[board.pk, file.pk])).json()
    assert (answer["state"], answer["percent"], answer["pages"], answer["error"]) == ("ready", 100, 3, None)
    assert [picture["width"] for picture in answer["pictures"]] == [1920] * 3


def test_pages_come_to_the_end_when_the_one_they_were_to_follow_is_gone(
    teacher: Client, board: Board
) -> None:
    file = taken(teacher, board, papers.deck(), after=str(uuid.uuid4()), name="Late")
    import_file(file.pk)
    assert [page.title for page in load_state(board.pk).pages] == ["Page 1", "Late 1"]


def test_a_picture_can_lie_on_its_own_board_only_and_only_once_it_is_ready(
    teacher: Client, board: Board, cast: Cast
) -> None:
    file = taken(teacher, board, papers.picture(), "image/png")
    page = load_state(board.pk).pages[0].id
    item = {"kind": "image", "page": page, "file": str(file.pk), "box": [0, 0, 60, 40], "alt": ""}
    assert say(board, "item.add", item, cast.teacher) == "not_found"
    import_file(file.pk)
    assert say(board, "item.add", item, cast.teacher) == ""
    assert say(board, "item.add", {**item, "file": str(uuid.uuid4())}, cast.teacher) == "not_found"
    found = pictures_of(board.pk)(str(file.pk), 1)
    assert found is not None and found.size == (60, 40)
    assert pictures_of(uuid.uuid4())(str(file.pk), 1) is None


def test_a_picture_is_served_as_what_it_is_and_to_those_of_the_board(
    teacher: Client, board: Board, cast: Cast
) -> None:
    file = taken(teacher, board, papers.turned_photo(), "image/jpeg")
    address = reverse("board_picture", args=[board.pk, file.pk, 1])
    assert teacher.get(address).status_code == 404
    import_file(file.pk)
    response = teacher.get(address)
    assert response.content[:4] == b"RIFF" and b"A phone" not in response.content
    assert response["Content-Type"] == "image/webp"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["X-Content-Type-Options"] == "nosniff"
    again = teacher.get(address, headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    for person, status in ((cast.amina, 200), (cast.head, 200), (cast.guardian, 404), (cast.stranger, 404)):
        assert signed_in(person).get(address).status_code == status
    assert Client().get(address).status_code == 404
    for missing in ((board.pk, file.pk, 0), (board.pk, file.pk, 2), (board.pk, uuid.uuid4(), 1)):
        assert teacher.get(reverse("board_picture", args=missing)).status_code == 404


def test_the_upload_itself_is_gone_once_its_pictures_are_there(teacher: Client, board: Board) -> None:
    file = taken(teacher, board, papers.with_script())
    assert objects() == {file.upload_key}
    import_file(file.pk)
    [kept] = objects()
    assert kept.endswith(".webp")
    assert not BoardFile.objects.get(pk=file.pk).has_upload


REFUSED: dict[str, tuple[bytes, str, int, str]] = {
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", 415, "bad_type"),
    "svg as png": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png", 415, "bad_type"),
    "html as pdf": (b"<html><script>alert(1)</script>", "application/pdf", 415, "bad_type"),
    "pdf as png": (papers.deck(), "image/png", 415, "bad_type"),
    "nothing": (b"", "application/pdf", 415, "bad_type"),
    "too big": (b"%PDF-1.7" + bytes(1_000_001), "application/pdf", 413, "too_big"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_board_does_not_take_is_refused_with_a_word(
    name: str, teacher: Client, board: Board, settings: Any
) -> None:
    settings.BOARD_FILE_MAX_MB = 1
    content, kind, status, code = REFUSED[name]
    response = bring(teacher, board, content, kind)
    assert (response.status_code, response.json()) == (status, {"error": code})
    assert not BoardFile.objects.exists() and not objects()


FAILING = {
    "encrypted": papers.locked(b"secret"),
    "unreadable": b"%PDF-1.7\nno more than this",
    "too_many_pages": papers.endless(301),
}


@pytest.mark.parametrize("code", FAILING)
def test_what_cannot_be_shown_says_why_and_leaves_nothing(code: str, teacher: Client, board: Board) -> None:
    file = taken(teacher, board, FAILING[code])
    import_file(file.pk)
    answer = teacher.get(reverse("board_file", args=[board.pk, file.pk])).json()
    assert (answer["state"], answer["error"], answer["pictures"]) == ("failed", code, [])
    assert not objects()
    assert len(load_state(board.pk).pages) == 1


def test_too_many_at_once_and_too_much_altogether_are_refused(
    teacher: Client, board: Board, settings: Any
) -> None:
    settings.BOARD_FILES_MAX_MB = 1
    for _ in range(3):
        taken(teacher, board, papers.deck())
    assert bring(teacher, board, papers.deck()).json() == {"error": "slow_down"}
    BoardFile.objects.update(state=WorkState.READY, size_bytes=400_000)
    assert bring(teacher, board, papers.deck()).json() == {"error": "board_full"}


def test_students_bring_pictures_while_they_may_draw_and_never_slides(
    cast: Cast, board: Board, teacher: Client
) -> None:
    amina = signed_in(cast.amina)
    assert bring(amina, board, papers.picture(), "image/png").status_code == 403
    say(board, "rights.change", {"draw": "named", "named": [str(cast.amina.pk)]}, cast.teacher)
    file = taken(amina, board, papers.picture(), "image/png")
    assert bring(amina, board, papers.deck()).status_code == 403
    assert bring(signed_in(cast.bilal), board, papers.picture(), "image/png").status_code == 403
    assert bring(signed_in(cast.head), board, papers.picture(), "image/png").status_code == 403
    for client, seen in ((teacher, 1), (amina, 1), (signed_in(cast.bilal), 0)):
        assert len(client.get(reverse("board_files", args=[board.pk])).json()["files"]) == seen
        cancel = reverse("board_file_cancel", args=[board.pk, file.pk])
        assert (client.post(cancel).status_code == 403) is (not seen)


def test_the_stranger_finds_no_board_whatever_is_asked(cast: Cast, board: Board, teacher: Client) -> None:
    file = taken(teacher, board, papers.deck())
    for client in (signed_in(cast.stranger), signed_in(cast.guardian), Client()):
        for thing in (file.pk, uuid.uuid4()):
            for name in ("board_file", "board_export"):
                ours, none = (board.pk, thing), (uuid.uuid4(), thing)
                answers = [client.get(reverse(name, args=pair)) for pair in (ours, none)]
                assert [answer.status_code for answer in answers] == [404, 404]
                assert told(answers[0], ours[0]) == told(answers[1], none[0])
        assert bring(client, board, papers.deck()).status_code == 404


def test_whoever_changed_their_mind_gets_no_pages(teacher: Client, board: Board) -> None:
    file = taken(teacher, board, papers.deck(2))
    job = claim(BoardFile, file.pk)
    assert job is not None
    cancel = reverse("board_file_cancel", args=[board.pk, file.pk])
    assert teacher.post(cancel).json()["state"] == "cancelled"
    with pytest.raises(NotOurs):
        job.tell(percent=50)
    import_file(file.pk)
    assert len(load_state(board.pk).pages) == 1
    assert not objects()
    assert (teacher.post(cancel).status_code, teacher.post(cancel).json()) == (409, {"error": "too_late"})


def test_a_second_worker_finds_nothing_to_do_and_a_late_one_changes_nothing(
    teacher: Client, board: Board
) -> None:
    file = taken(teacher, board, papers.deck())
    assert free_work(BoardFile) == [file.pk]
    job = claim(BoardFile, file.pk)
    assert job is not None and claim(BoardFile, file.pk) is None and not free_work(BoardFile)
    BoardFile.objects.update(lease_until=timezone.now())
    import_file(file.pk)
    with pytest.raises(NotOurs):
        job.finish(WorkState.FAILED)
    import_file(file.pk)
    tidy_file(file.pk)
    assert BoardFile.objects.get().state == "ready"
    assert len(load_state(board.pk).pages) == 2


def test_what_always_stumbles_is_given_up(teacher: Client, board: Board) -> None:
    file = taken(teacher, board, papers.deck())
    for _ in range(3):
        assert claim(BoardFile, file.pk) is not None
        BoardFile.objects.update(lease_until=timezone.now())
    import_file(file.pk)
    file.refresh_from_db()
    assert (file.state, file.error) == ("failed", "stumbled")


def test_slides_for_a_board_that_is_full_say_so(teacher: Client, board: Board, cast: Cast) -> None:
    pages = [{"id": str(uuid.uuid4()), "title": "x", "background": None} for _ in range(499)]
    say(board, "slides.add", {"pages": pages}, cast.teacher)
    file = taken(teacher, board, papers.deck())
    import_file(file.pk)
    file.refresh_from_db()
    assert (file.state, file.error) == ("failed", "board_full")
    assert not objects()


def test_another_page_cannot_bring_anything(cast: Cast, board: Board) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.teacher, backend="django.contrib.auth.backends.ModelBackend")
    assert bring(client, board, papers.picture(), "image/png").status_code == 403
    token = "a" * 32
    client.cookies["csrftoken"] = token
    headers = {"X-CSRFToken": token}
    response = client.post(
        reverse("board_files", args=[board.pk]), papers.picture(), content_type="image/png", headers=headers
    )
    assert response.status_code == 201
