"""A real browser with fake devices offers as docs/wire.md says; mute and camera off are `replaceTrack`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import av
import pytest
from playwright.async_api import Page, async_playwright

from scripts.bootstrap import find_chromium
from tests.recordings.embedded.conftest import Start, beeps, flashes, span
from tests.recordings.embedded.room_server import RoomServer

CHROMIUM = find_chromium()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
ARGS = [
    "--no-sandbox",
    "--headless=new",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield await browser.new_page()
        await browser.close()


@pytest.mark.deep
async def test_a_browser_is_recorded_through_mute_and_camera_off(
    room: RoomServer, start: Start, page: Page
) -> None:
    room.pages["/person"] = (Path(__file__).parent / "person.html").read_bytes()
    address = quote(f"{room.url}?occupant={room.invite('Amina')}")
    await page.goto(f"http://127.0.0.1:{room.port}/person?room={address}")
    await page.evaluate("window.entered")
    recorder = await start(room)
    await recorder.heard("capturing")
    await asyncio.sleep(3)
    await page.evaluate("Promise.all([replace(0, null), replace(1, null)])")
    await asyncio.sleep(2.2)
    await page.evaluate("Promise.all([replace(0, window.microphone), replace(1, window.camera)])")
    await asyncio.sleep(4)
    recorder.order({"command": "stop"})
    assert await recorder.ended() == 0
    [microphone], [camera] = recorder.tracks("microphone"), recorder.tracks("camera")
    [screen] = recorder.tracks("screen")
    for track in (microphone, camera, screen):
        first, last = span(recorder.directory / track["file"])
        assert first < 0.05
        assert 8.5 < last < 13
    for track in (microphone, camera):
        [(since, until)] = track["pauses"]
        assert 1.8 < until - since < 4
    assert screen["pauses"] == []
    with av.open(str(recorder.directory / camera["file"])) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 640, 360)
    seen = [screen["started_at"] + at for at in flashes(recorder.directory / screen["file"])]
    [(muted_at, back_at)] = microphone["pauses"]
    heard = [microphone["started_at"] + at for at in beeps(recorder.directory / microphone["file"])]
    # Mute and its end cut beeps in two.
    heard = [at for at in heard if not muted_at - 0.2 < at < back_at + 0.2]
    together = [round((beep - flash) * 1000) for flash in seen for beep in heard if abs(beep - flash) < 0.9]
    print("a browser's sound minus picture:", together, "ms")
    assert together
    assert max(map(abs, together)) <= 100
