"""What is left of a lesson and what leaves it: replay beside the board, ledger, light pack from a disk, viewers of a stream."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

from playwright.sync_api import Browser

from scripts.headless import LAPTOP, PHONE, Visitor
from scripts.tour.ground import PATIENCE_SECONDS, PICTURES, say
from scripts.tour.pages import LANGUAGES, Album

PATIENCE_MS = PATIENCE_SECONDS * 1000
YESTERDAY = "What is a fraction?"
PLAYS = "() => (document.querySelector('video, audio')?.currentTime ?? 0) > 1"
PLAY = "document.querySelector('video, audio').play()"
# By then something stands on the board.
LATER = "(v => { v.currentTime = 0.6 * v.duration; })(document.querySelector('video, audio'))"


def see_recordings(browser: Browser, base: str, album: Album) -> bool:
    """Of yesterday's lesson. Whether the light pack played with the network off."""
    teacher = Visitor.arrive(browser, base, "teacher")
    album.watch(teacher)
    teacher.enter_as("teacher")
    yesterday = teacher.page.get_by_role("listitem").filter(has_text=YESTERDAY)
    address = yesterday.locator("a[href$='/replay']").first.get_attribute("href") or ""
    teacher.go(address.removeprefix(base))
    teacher.page.locator(".replay-board canvas").first.wait_for(state="attached")
    teacher.page.evaluate(PLAY)
    teacher.page.wait_for_function(PLAYS)
    teacher.page.evaluate(LATER)
    teacher.page.wait_for_function("() => !document.querySelector('video').seeking")
    teacher.shoot(PICTURES, "20-replay-and-board")
    with tempfile.TemporaryDirectory(prefix="pack-") as folder:
        played = open_pack(browser, fetch_pack(teacher, Path(folder)), album)
    album.close(teacher, "teacher at the replay")
    for language in LANGUAGES:
        head = Visitor.arrive(browser, base, f"head {language}", language=language)
        album.watch(head)
        head.enter_as("head")
        head.go(head.page.locator("a[href$='/recordings']").first.get_attribute("href") or "/")
        album.take(head, "head", "ledger", language)
        album.close(head, head.name)
    return played


def fetch_pack(teacher: Visitor, folder: Path) -> Path:
    """The pack, made for whoever asks, unzipped."""
    teacher.click("Make the light pack")
    link = teacher.page.locator(".replay-pack a[download]")
    link.wait_for(timeout=PATIENCE_MS)
    with teacher.page.expect_download() as download:
        link.click()
    with zipfile.ZipFile(download.value.path()) as archive:
        archive.extractall(folder)
    return folder


def open_pack(browser: Browser, folder: Path, album: Album) -> bool:
    """From the disk, in a browser that has no network."""
    context = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}, offline=True)
    page = context.new_page()
    page.on("pageerror", lambda error: album.faults.append(f"light pack: {error}"))
    page.goto((folder / "index.html").as_uri())
    page.evaluate(PLAY)
    page.wait_for_function(PLAYS, timeout=PATIENCE_MS)
    page.evaluate(LATER)
    for size in (LAPTOP, PHONE):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.screenshot(path=PICTURES / f"21-light-pack-offline-{size[0]}.png", full_page=True)
    context.close()
    say("the light pack plays from a disk, with the network off")
    return True


def see_stream(browser: Browser, base: str, album: Album) -> bool:
    """A meeting as a stream: the head watches, and somebody without an account, by a link with a password."""
    teacher, head = (Visitor.arrive(browser, base, name) for name in ("teacher", "head"))
    teacher.enter_as("teacher")
    teacher.go("/meetings/start")
    teacher.click("Start now")
    teacher.page.locator(".lobby-join").first.wait_for()
    path = teacher.path().removesuffix("room")
    head.enter_as("head")
    link = plan_stream(head, path, album)
    teacher.join()
    viewers = [watch_outside(browser, base, link, language, album) for language in LANGUAGES]
    head.go(f"{path}live")
    for number, viewer in enumerate([*viewers, head]):
        viewer.page.wait_for_function(PLAYS, timeout=PATIENCE_MS)
        viewer.page.set_viewport_size({"width": LAPTOP[0], "height": LAPTOP[1]})
        viewer.shoot(PICTURES, f"22-stream-{'head' if viewer is head else LANGUAGES[number]}")
    say("the stream is watched, inside and outside")
    for viewer in (*viewers, head, teacher):
        album.close(viewer, f"{viewer.name} at the stream")
    return True


def plan_stream(head: Visitor, path: str, album: Album) -> str:
    """The path of a new link for viewers outside."""
    head.go(f"{path}stream")
    head.page.get_by_label("Show this lesson as a live stream too").check()
    head.page.locator("form:has([name=is_streamed]) button").click()
    head.page.locator("[name=label]").fill("Parents")
    head.page.locator("[name=password]").fill("open-sesame")
    head.click("Make a link")
    address = head.page.locator("#new-link").input_value()
    album.take(head, "head", "stream-links", "en")
    return address.removeprefix(head.base)


def watch_outside(browser: Browser, base: str, link: str, language: str, album: Album) -> Visitor:
    viewer = Visitor.arrive(browser, base, f"viewer {language}", language=language)
    album.watch(viewer)
    viewer.go(link)
    album.take(viewer, "viewer", "password", language)
    viewer.page.locator("[name=password]").fill("open-sesame")
    viewer.page.locator("form:has([name=password]) button").click()
    viewer.page.locator(".live-stage").wait_for()
    return viewer
