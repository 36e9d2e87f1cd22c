"""A light pack is opened from a disk, with no network at all: the sound plays, and the board is there at its time."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from dashboard.texts import replay_texts
from recordings.light_pack import BYTES_AN_HOUR, LEAST_BYTES, SIZES, make_pack, name_of, texts
from recordings.models import Recording
from recordings.probe import probe
from recordings.storage import storage
from scripts.headless import LAPTOP, PHONE
from tests.conftest import Cast
from tests.journeys.replays import PIXEL, SECONDS, SEEK, STROKES, make_replay, write
from tests.journeys.test_accessibility import violations

pytestmark = [pytest.mark.journey, pytest.mark.django_db, pytest.mark.timeout(120)]
SLIDE = "00000000-0000-4000-8000-000000000063"


@pytest.fixture
def recording(cast: Cast, tmp_path: Path) -> Recording:
    """In Arabic, with a slide behind the third page."""
    cast.course.language = "ar"
    cast.course.save()
    made = make_replay(cast, tmp_path / "film")
    background = {"file": SLIDE, "page": 2, "width": 1600, "height": 1200}
    page = {"page": SLIDE, "title": "Slide", "position": 2, "background": background}
    board = made.lesson.room.board
    write(board, made.lesson, cast, 9.2, "page.added", page)
    return made


def find_picture(file: str, page: int) -> Image.Image | None:
    return Image.effect_noise((2000, 1500), 120).convert("RGB") if (file, page) == (SLIDE, 2) else None


@pytest.fixture
def folder(recording: Recording, tmp_path: Path) -> Path:
    """The pack, unzipped where somebody has put it."""
    video = tmp_path / "video.mp4"
    video.write_bytes(b"".join(storage().read(recording.video_key)))
    told: list[float] = []
    work = tmp_path / "work"
    work.mkdir()
    made = make_pack(recording, video, find_picture, work, told.append)
    assert made.name == name_of(recording) and made.stat().st_size < LEAST_BYTES
    assert told == sorted(told) and told[-1] <= 1
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "somewhere")
    return tmp_path / "somewhere"


@pytest.fixture
def page(folder: Path, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}, offline=True)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    # The accessibility check wants to fetch the style sheet, which the page lets nobody do.
    page.on(
        "console",
        lambda said: (
            troubles.append(said.text) if said.type == "error" and "connect-src" not in said.text else None
        ),
    )
    page.goto((folder / "index.html").as_uri())
    yield page
    assert troubles == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    context.close()


def see(page: Page, seconds: float, y: int, colour: str | None) -> None:
    page.evaluate(SEEK, seconds)
    page.wait_for_function(f"([place, wanted]) => ({PIXEL})(place) === wanted", arg=[[480, y], colour])


def test_it_opens_from_a_disk_without_a_network(page: Page, folder: Path) -> None:
    page.wait_for_function("() => document.querySelector('audio').readyState >= 1")
    assert abs(page.evaluate("document.querySelector('audio').duration") - SECONDS) < 0.5
    for seconds, colour, y in STROKES:
        see(page, seconds - 0.7, y, None)
        see(page, seconds + 0.2, y, colour)
    see(page, 1.0, STROKES[0][2], None)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert violations(page) == []

    page.keyboard.press("k")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 1.3")
    page.keyboard.press("k")
    page.keyboard.press("c")
    page.evaluate(SEEK, 7.0)
    page.locator(".player-captions").get_by_text("نصف واحد").wait_for()
    page.locator("input[type=search]").fill("thirds")
    page.locator(".replay-search .chapter").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime >= 9")

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    sound = probe(folder / "speech.webm")
    assert sound.audio is not None and (sound.audio.codec, sound.audio.channels) == ("opus", 1)
    # What an hour of it weighs leaves room for slides and board.
    hour = (folder / "speech.webm").stat().st_size / SECONDS * 3600
    assert hour < 0.8 * BYTES_AN_HOUR


@pytest.mark.deep
def test_slides_are_as_small_as_they_must_be(folder: Path) -> None:
    data = json.loads(_script(folder, "page-data"))
    (address,) = data["board"]["pictures"].values()
    with Image.open(folder / address) as picture:
        assert picture.width <= SIZES[0][0]
    assert data["board"]["pictures"] == {f"{SLIDE}/2": address}


def _script(folder: Path, name: str) -> str:
    whole = (folder / "index.html").read_text(encoding="utf-8")
    return whole.split(f'<script id="{name}" type="application/json">')[1].split("</script>")[0]


def test_the_pack_says_what_the_page_says() -> None:
    page: dict[str, Any] = replay_texts()
    assert {key: page[key] for key in texts()} == texts()
