"""What somebody uploaded becomes pictures, or a word for why not; in a process that may die of it."""

from __future__ import annotations

import dataclasses
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from common.refusals import Refused
from tests.whiteboard import papers
from whiteboard.actions.files import kind_of
from whiteboard.conversion import Limits, convert

LIMITS = Limits(pages=5, pixels=1_000_000, page_seconds=20, seconds=40)


def pictures_of(content: bytes, folder: Path, kind: str = "slides", limits: Limits = LIMITS) -> list[Any]:
    source = folder / "upload"
    source.write_bytes(content)
    found = []
    for made in convert(kind, source, folder, limits, lambda: None):
        picture = Image.open(made.path)
        assert picture.size == (made.width, made.height)
        found.append(picture)
    return found


def refusal(content: bytes, folder: Path, kind: str = "slides", **limits: Any) -> str:
    with pytest.raises(Refused) as caught:
        pictures_of(content, folder, kind, dataclasses.replace(LIMITS, **limits))
    return caught.value.code


def looks(picture: Any, at: tuple[float, float], colour: tuple[int, int, int]) -> bool:
    seen = picture.convert("RGB").getpixel((round(at[0] * picture.width), round(at[1] * picture.height)))
    return all(abs(one - other) < 40 for one, other in zip(seen, colour, strict=True))


def test_pages_of_several_sizes_and_rotations_come_upright_and_at_most_twice_the_board(
    tmp_path: Path,
) -> None:
    boxes = [("0 0 400 300", 0), ("0 0 400 300", 90), ("0 0 841 595", 180), ("0 0 200 2000", 0)]
    found = pictures_of(papers.slides(*boxes), tmp_path)
    assert [picture.format for picture in found] == ["WEBP"] * 4
    assert [picture.size for picture in found] == [(1920, 1440), (1080, 1440), (1920, 1359), (144, 1440)]
    red, white = (255, 0, 0), (255, 255, 255)
    # The square lies at the lower left of the page; turned by a quarter, clockwise, that is the upper left.
    assert looks(found[0], (0.1, 0.85), red) and looks(found[0], (0.9, 0.1), white)
    assert looks(found[1], (0.1, 0.1), red) and looks(found[1], (0.9, 0.9), white)
    assert looks(found[2], (0.95, 0.06), red)


def test_a_page_as_large_as_a_town_is_no_larger_on_the_board(tmp_path: Path) -> None:
    [picture] = pictures_of(papers.slides(("0 0 2000000 1500000", 0)), tmp_path)
    assert picture.size == (1920, 1440)


def test_a_page_that_is_a_thread_is_refused(tmp_path: Path) -> None:
    assert refusal(papers.slides(("0 0 9000000 1", 0)), tmp_path) == "unreadable"


def test_a_locked_file_is_refused_with_a_word_of_its_own(tmp_path: Path) -> None:
    assert refusal(papers.locked(b"secret"), tmp_path) == "encrypted"


def test_a_file_that_is_locked_against_changes_only_opens(tmp_path: Path) -> None:
    assert len(pictures_of(papers.locked(b""), tmp_path)) == 1


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(range(256)) * 4, papers.deck()[:200]],
    ids=["head", "noise", "cut"],
)
def test_a_broken_file_is_refused(content: bytes, tmp_path: Path) -> None:
    assert refusal(content, tmp_path) == "unreadable"


def test_a_hundred_thousand_pages_are_refused_before_the_first_is_drawn(tmp_path: Path) -> None:
    assert refusal(papers.endless(100_000), tmp_path) == "too_many_pages"
    assert not list(tmp_path.glob("*.webp"))


def test_a_bomb_takes_its_own_process_with_it_and_nothing_else(tmp_path: Path) -> None:
    content = papers.bomb(500)
    assert len(content) < 50_000
    assert refusal(content, tmp_path, memory_bytes=400 << 20) == "too_complex"


def test_a_page_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    endless = b"0 0 m " + b"1 9 300 200 50 5 c 400 0 l 0 300 l s 0 0 m " * 400_000
    began = time.monotonic()
    assert (
        refusal(papers.slides(("0 0 400 300", 0), content=endless), tmp_path, page_seconds=0.5) == "too_slow"
    )
    assert time.monotonic() - began < 10


def test_a_script_in_a_file_does_nothing(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = b":%d/" % server.getsockname()[1]
        [picture] = pictures_of(papers.with_script().replace(b":9/", port), tmp_path)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.accept()
    assert looks(picture, (0.1, 0.85), (255, 0, 0))


def test_a_photo_comes_upright_and_without_its_place(tmp_path: Path) -> None:
    content = papers.turned_photo()
    assert b"A phone" in content
    [picture] = pictures_of(content, tmp_path, "image")
    assert picture.size == (80, 40)
    assert looks(picture, (0.2, 0.5), (255, 0, 0)) and looks(picture, (0.8, 0.5), (0, 0, 255))
    assert not picture.getexif() and b"phone" not in (tmp_path / "0001.webp").read_bytes()


def test_what_shines_through_still_does(tmp_path: Path) -> None:
    [picture] = pictures_of(papers.picture(colour=(200, 0, 0, 100)), tmp_path, "image")
    assert picture.mode == "RGBA"
    assert abs(picture.getpixel((5, 5))[3] - 100) < 5


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_read(tmp_path: Path) -> None:
    flat = papers.picture((3000, 2000), colour="#ffffff")
    assert len(flat) < 50_000
    assert refusal(flat, tmp_path, "image") == "too_many_pixels"


def test_a_large_picture_is_made_smaller(tmp_path: Path) -> None:
    [picture] = pictures_of(papers.picture((2500, 300), "JPEG"), tmp_path, "image")
    assert picture.size == (1920, 230)


@pytest.mark.parametrize("cut", [30, 100])
def test_half_a_picture_is_refused(cut: int, tmp_path: Path) -> None:
    content = papers.picture((300, 300))
    assert refusal(content[:cut], tmp_path, "image") == "unreadable"


@pytest.mark.deep
def test_whoever_waits_is_asked_meanwhile_and_may_end_it(tmp_path: Path) -> None:
    class ChangedTheirMind(Exception):
        pass

    def beat() -> None:
        raise ChangedTheirMind

    (tmp_path / "upload").write_bytes(
        papers.slides(
            ("0 0 400 300", 0), content=b"0 0 m " + b"1 9 300 200 50 5 c 400 0 l 0 300 l s 0 0 m " * 400_000
        )
    )
    with pytest.raises(ChangedTheirMind):
        list(convert("slides", tmp_path / "upload", tmp_path, LIMITS, beat))


SCRIPT = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
OTHERS = {
    "svg": SCRIPT,
    "svg with a head": b'<?xml version="1.0"?>' + SCRIPT,
    "html": b"<!doctype html><script>alert(1)</script>",
    "html before pdf": b"<script>alert(1)</script>\n" + papers.deck(),
    "blank before pdf": b"\n" + papers.deck(),
    "gif": b"GIF89a\x01\x00\x01\x00",
    "tiff": b"II*\x00" + bytes(20),
    "zip": b"PK\x03\x04" + bytes(20),
    "nothing": b"",
    "sound in riff": b"RIFF\x24\x00\x00\x00WAVEfmt ",
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_neither_a_pdf_nor_a_picture_is_refused(name: str) -> None:
    for said in ("", "application/pdf", "image/png", "image/svg+xml", "text/html"):
        with pytest.raises(Refused, match="bad_type"):
            kind_of(OTHERS[name][:16], said)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_pictures_are_known_by_what_they_are(kind: str) -> None:
    head = papers.picture(kind=kind)[:16]
    assert kind_of(head, "") == ("image", f"image/{kind.lower()}")
    with pytest.raises(Refused, match="bad_type"):
        kind_of(head, "application/pdf")
