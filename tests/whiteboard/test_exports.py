"""A copy of a whole board is what the board shows, for whoever asked for it."""

from __future__ import annotations

import io
import uuid
import zipfile
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pypdfium2
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from classroom import actions
from common.clock import to_ms
from common.ids import make_secret
from tests.architecture.test_doors import signed_in
from tests.conftest import Cast
from tests.whiteboard import papers
from tests.whiteboard.test_drawing import looks
from tests.whiteboard.test_files import objects, say, taken
from whiteboard.actions import apply_commands
from whiteboard.board import Command
from whiteboard.exporting import drop_old_exports, export_board
from whiteboard.importing import import_file
from whiteboard.models import Board, BoardExport
from whiteboard.queries import load_state
from whiteboard.storage import storage

pytestmark = pytest.mark.django_db
RED, BLACK, BLUE, WHITE = (255, 0, 0), (0, 0, 0), (0, 0, 255), (255, 255, 255)
LIGHT = (255, 223, 128)


@pytest.fixture
def mixed(board: Board, cast: Cast) -> Board:
    """A first page with ink, text and a picture, and a slide that was written on."""
    teacher = signed_in(cast.teacher)
    photo = taken(teacher, board, papers.picture(colour="#0000ff"), "image/png")
    slides = taken(teacher, board, papers.deck(), name="Slides.pdf")
    import_file(photo.pk)
    import_file(slides.pk)
    first, second = (page.id for page in load_state(board.pk).pages)
    line = {"kind": "line", "colour": "#000000", "width": 8, "from": [100, 100], "to": [500, 100]}
    text = {
        "kind": "text",
        "colour": "#000000",
        "size": 40,
        "box": [100, 300, 600, 90],
        "text": "ثلاثة أرباع",
        "direction": "auto",
    }
    image = {"kind": "image", "file": str(photo.pk), "box": [600, 500, 120, 80], "alt": "A blue sheet"}
    for page, item in ((first, line), (first, text), (first, image), (second, line)):
        assert say(board, "item.add", {"page": page, **item}, cast.teacher) == ""
    return board


def ask(client: Client, board: Board, format: str, query: str = "") -> Any:
    return client.post(reverse("board_exports", args=[board.pk]) + query, {"format": format})


def fetch(client: Client, board: Board, format: str) -> bytes:
    told = ask(client, board, format).json()
    assert (told["state"], told["src"]) == ("waiting", None)
    export_board(told["id"])
    told = client.get(told["follow"]).json()
    assert (told["state"], told["percent"], told["error"]) == ("ready", 100, None)
    response: Any = client.get(told["src"])
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith('attachment; filename="Fractions.')
    content = b"".join(response)
    assert len(content) == int(response["Content-Length"])
    return content


def check(pages: list[Any]) -> None:
    """960 x 720, as the board showed them."""
    first, second = pages
    assert looks(first, (300, 100), BLACK) and looks(first, (300, 115), WHITE)
    assert looks(first, (660, 540), BLUE) and looks(first, (590, 540), WHITE)
    right = first.crop((500, 295, 702, 350)).convert("L")
    assert right.getextrema()[0] < 60 and first.crop((100, 295, 300, 350)).getcolors() == [(200 * 55, WHITE)]
    assert (
        looks(second, (300, 100), BLACK)
        and looks(second, (100, 620), RED)
        and looks(second, (800, 100), WHITE)
    )


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_a_pdf_has_every_page_and_can_be_opened_again(mixed: Board, cast: Cast) -> None:
    with pypdfium2.PdfDocument(fetch(signed_in(cast.amina), mixed, "pdf")) as document:
        check([page.render(scale=4 / 3).to_pil().convert("RGB") for page in document])


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_pictures_are_twice_the_board_and_svg_stands_alone(mixed: Board, cast: Cast) -> None:
    teacher = signed_in(cast.teacher)
    with zipfile.ZipFile(io.BytesIO(fetch(teacher, mixed, "png"))) as archive:
        assert archive.namelist() == ["001.png", "002.png"]
        pages = [Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()]
        assert [page.size for page in pages] == [(1920, 1440)] * 2
        check([page.resize((960, 720)) for page in pages])
    with zipfile.ZipFile(io.BytesIO(fetch(teacher, mixed, "svg"))) as archive:
        roots = [ElementTree.fromstring(archive.read(name)) for name in archive.namelist()]  # noqa: S314
    links = [
        element.get("href", "")[:11] for root in roots for element in root if element.tag.endswith("image")
    ]
    assert links == ["data:image/", "data:image/"]


def test_nobodys_answer_is_in_a_classmates_copy(board: Board, cast: Cast) -> None:
    page = load_state(board.pk).pages[0].id
    dot = {
        "page": page,
        "kind": "pen",
        "colour": "#ff0000",
        "width": 40,
        "points": [[200, 200]],
        "duration_ms": 0,
    }
    say(board, "answers.open", {}, cast.teacher)
    assert say(board, "item.add", dot, cast.amina, "student") == ""
    for person, colour in ((cast.amina, RED), (cast.bilal, WHITE), (cast.teacher, RED), (cast.head, WHITE)):
        export = BoardExport.objects.get(pk=ask(signed_in(person), board, "png").json()["id"])
        export_board(export.pk)
        export.refresh_from_db()
        with zipfile.ZipFile(io.BytesIO(b"".join(storage().read(export.key)))) as archive:
            assert looks(Image.open(io.BytesIO(archive.read("001.png"))), (400, 400), colour)


def test_in_a_copy_what_came_after_the_lesson_shines_or_is_left_out(board: Board, cast: Cast) -> None:
    page = load_state(board.pk).pages[0].id
    line = {"page": page, "kind": "line", "colour": "#000000", "width": 8}
    assert say(board, "item.add", {**line, "from": [100, 100], "to": [500, 100]}, cast.teacher) == ""
    actions.end_lesson(lesson=board.room.lesson, now=timezone.now(), by=cast.teacher)
    later = Command(
        "item.add", str(uuid.uuid4()), str(cast.teacher.pk), {**line, "from": [100, 300], "to": [500, 300]}
    )
    at = to_ms(timezone.now()) + 1000
    apply_commands(board_id=board.pk, state=load_state(board.pk), commands=[later], at=at)
    amina = signed_in(cast.amina)
    whole, bare = (ask(amina, board, "png", added) for added in ("", "?added=none"))
    assert whole.json()["id"] != bare.json()["id"] == ask(amina, board, "png", "?added=none").json()["id"]
    for told, colours in ((whole, (BLACK, LIGHT)), (bare, (WHITE, WHITE))):
        export = BoardExport.objects.get(pk=told.json()["id"])
        export_board(export.pk)
        export.refresh_from_db()
        with zipfile.ZipFile(io.BytesIO(b"".join(storage().read(export.key)))) as archive:
            picture = Image.open(io.BytesIO(archive.read("001.png"))).resize((960, 720))
        assert looks(picture, (300, 100), BLACK) and looks(picture, (300, 107), WHITE), (
            "of the lesson, without light"
        )
        assert (looks(picture, (300, 300), colours[0]), looks(picture, (300, 307), colours[1])) == (
            True,
            True,
        )


def test_a_copy_is_for_whoever_asked_and_the_same_one_until_something_changes(
    board: Board, cast: Cast
) -> None:
    amina, bilal = signed_in(cast.amina), signed_in(cast.bilal)
    one = ask(amina, board, "pdf").json()
    assert ask(amina, board, "pdf").json()["id"] == one["id"] != ask(bilal, board, "pdf").json()["id"]
    export_board(one["id"])
    assert ask(amina, board, "pdf").json()["id"] == one["id"]
    say(board, "page.add", {"page": str(uuid.uuid4()), "title": "More"}, cast.teacher)
    assert ask(amina, board, "pdf").json()["id"] != one["id"]
    for name in ("board_export", "board_export_file"):
        assert bilal.get(reverse(name, args=[board.pk, one["id"]])).status_code == 404
    assert ask(signed_in(cast.stranger), board, "pdf").status_code == 404
    assert ask(signed_in(cast.guardian), board, "pdf").status_code == 404
    assert (ask(amina, board, "gif").status_code, ask(amina, board, "gif").json()) == (
        400,
        {"error": "bad_data"},
    )


def test_a_guest_sees_the_board_and_takes_no_copy_along(board: Board, cast: Cast) -> None:
    now, browser = timezone.now(), make_secret()
    link, _ = actions.create_guest_link(lesson=board.room.lesson, by=cast.teacher, now=now)
    knock = actions.knock_as_guest(link=link, name="Rosa", browser=browser, language="en", now=now)
    actions.admit_knock(knock=knock, by=cast.teacher, now=now)
    rosa = Client()
    rosa.cookies[settings.GUEST_COOKIE_NAME] = browser

    def door(name: str) -> str:
        return f"{reverse(name, args=[board.pk])}?guest={knock.pk}"

    assert rosa.get(door("board_files")).status_code == 200
    assert rosa.get(door("board_snapshot")).status_code == 404
    assert rosa.post(door("board_exports"), {"format": "pdf"}).status_code == 404
    assert not BoardExport.objects.exists()


def test_copies_go_after_a_day_and_many_are_too_many(board: Board, cast: Cast) -> None:
    amina = signed_in(cast.amina)
    export_board(ask(amina, board, "svg").json()["id"])
    assert len(objects()) == 1
    assert drop_old_exports(now=timezone.now() + timedelta(hours=23)) == 0
    assert drop_old_exports(now=timezone.now() + timedelta(hours=25)) == 1
    assert not objects() and not BoardExport.objects.exists()
    for _ in range(20):
        export_board(ask(amina, board, "svg").json()["id"])
        BoardExport.objects.update(seq=0)
    assert ask(amina, board, "svg").json() == {"error": "slow_down"}
