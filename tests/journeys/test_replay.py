"""Watching a lesson again: the board beside the video from the same clock, by mouse, by keyboard, on a telephone."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser

from accounts.models import Person
from recordings import ffmpeg
from recordings.actions import move_rendition
from recordings.lease import Lease, LeaseLost, lease_of
from recordings.models import Note, Recording, Rendition, RenditionKind, RenditionState, Watch
from recordings.renditions import make_rendition
from recordings.storage import storage
from scripts.headless import PHONE, Visitor
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.journeys.replays import PIXEL, SEEK, STROKES, make_replay
from tests.journeys.test_accessibility import violations
from tests.journeys.weight import FIRST_LOAD_BYTES, Scale
from tests.processes import House

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
MEDIA = ("/recording/video", "/recording/poster", "/recording/board", "/recording/thumbnails", "/media?")


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    """The web process alone, on the test's own store."""
    kept = {"STORAGE_DIR": str(settings.STORAGE_DIR)}
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=kept)
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


@pytest.fixture
def recording(cast: Cast, tmp_path: Path) -> Recording:
    return make_replay(cast, tmp_path / "film")


def open_replay(visitor: Visitor, recording: Recording, query: str = "") -> None:
    visitor.go(f"/lessons/{recording.lesson_id}/replay{query}")
    visitor.page.locator(".replay-board canvas").first.wait_for(state="attached")
    visitor.page.wait_for_function("() => document.querySelector('video').readyState >= 1")


def see(visitor: Visitor, seconds: float, y: int, colour: str | None) -> None:
    """At that second the line at `y` has that colour."""
    visitor.page.evaluate(SEEK, seconds)
    visitor.page.wait_for_function(
        f"([place, wanted]) => ({PIXEL})(place) === wanted", arg=[[480, y], colour]
    )


def test_board_and_video_go_by_one_clock(
    cast: Cast, recording: Recording, arrive: Callable[[Person], Visitor]
) -> None:
    amina = arrive(cast.amina)
    scale = Scale.under(amina)
    open_replay(amina, recording)
    program = [(url, size) for url, size in scale.loads if not any(part in url for part in MEDIA)]
    assert sum(size for _, size in program) <= FIRST_LOAD_BYTES, program
    assert violations(amina.page) == []

    (first_at, first, first_y), _, (last_at, last, last_y) = STROKES
    see(amina, first_at + 0.2, first_y, first)
    see(amina, first_at + 0.2, last_y, None)
    see(amina, last_at + 0.2, last_y, last)
    see(amina, 1.0, first_y, None)  # backwards, before anything was drawn
    see(amina, 9.5, last_y, None)  # on the second page
    see(amina, 8.5, last_y, last)
    assert amina.page.locator(".replay-page").inner_text() == "Page 1 of 2: Page 1"

    # A stroke grows while it is being drawn: at its middle, its first half is there.
    amina.page.evaluate(SEEK, first_at - 0.25)
    upper = amina.page.locator(".board-layer-upper")
    amina.page.wait_for_function(
        "() => document.querySelector('.board-layer-upper') && !document.querySelector('.board-layer-upper').hidden"
    )
    box, sheet = upper.bounding_box(), amina.page.locator(".replay-sheet").bounding_box()
    assert box is not None and sheet is not None and 0.3 < box["width"] / sheet["width"] < 0.75

    # Before one goes there: a small picture, the second, the chapter.
    amina.page.locator(".timeline input").hover()
    amina.page.locator(".bar-preview").get_by_text("Quiz 1").wait_for()
    assert amina.page.locator(".bar-preview-picture").is_visible()

    # Search, captions and chapters; then a note by the keyboard alone.
    amina.page.get_by_role("searchbox", name="Search chapters").fill("QUARTERS")
    amina.page.get_by_role("button", name="A half is two quarters").click()
    amina.page.keyboard.press("c")
    amina.page.locator(".player-captions").get_by_text("A half is two quarters").wait_for()
    amina.page.locator(".chapter[data-kind='quiz']").wait_for()
    amina.page.evaluate("document.querySelector('video').pause()")
    amina.page.keyboard.press("n")
    amina.page.keyboard.type("Ask about quarters")
    amina.page.keyboard.press("Control+Enter")
    amina.page.get_by_role("button", name="Go to 0:01").wait_for()
    assert elsewhere(Note.objects.filter(person=cast.amina, text="Ask about quarters").count) == 1

    # Only the board: the sound goes on.
    amina.page.evaluate("document.querySelector('video').play()")
    amina.page.get_by_label("View").select_option("board")
    amina.page.locator(".player-frame").wait_for(state="hidden")
    assert amina.page.evaluate("!document.querySelector('video').paused")
    assert amina.troubles == []


INK, PAPER = (0x00, 0x70, 0x3A), (255, 255, 255)  # of the second stroke, and around it
STEPS, FACTOR = 4, 1.5  # of the button


@pytest.mark.deep
def test_the_board_is_drawn_anew_at_every_zoom_and_a_seek_moves_it_with_the_video(
    cast: Cast, recording: Recording, arrive: Callable[[Person], Visitor]
) -> None:
    amina = arrive(cast.amina)
    open_replay(amina, recording)
    (_, _, _), (second_at, ink, y), _ = STROKES
    see(amina, second_at + 0.2, y, ink)
    whole = sheet_of(amina)
    for _ in range(STEPS):
        amina.page.get_by_role("button", name="Larger").click()
    zoom = FACTOR**STEPS
    amina.wait_for(lambda: inked(sheet_of(amina)) > 0.8 * zoom * inked(whole), 10, "a thicker stroke")

    # Beside it, what a picture of the page would be at that size: its edge is smeared over as many pixels.
    amina.wait_for(lambda: smeared(sheet_of(amina)) <= 4, 10, "two sharp edges")
    enlarged = enlarge(whole, zoom)
    assert abs(inked(enlarged) - inked(sheet_of(amina))) < 3 * zoom
    assert smeared(enlarged) >= 2 * smeared(sheet_of(amina))

    # By the list of chapters to before that stroke, by the bar to after it: the board goes with the video.
    amina.page.locator(".chapter[data-kind='quiz']").click()
    amina.page.wait_for_function(f"() => Math.abs(({NOW})() - 4) < 0.7")
    amina.page.evaluate("document.querySelector('video').pause()")
    amina.page.evaluate(SEEK, 4.1)
    amina.wait_for(lambda: inked(sheet_of(amina)) == 0, 10, "a board without it")
    amina.page.locator(".timeline input").focus()
    amina.page.keyboard.press("End")
    amina.page.wait_for_function(f"() => ({NOW})() > 9")
    amina.page.get_by_text("Page 2 of 2: Thirds").wait_for()
    assert amina.troubles == []


def sheet_of(visitor: Visitor) -> Image.Image:
    """As it stands on the screen."""
    return Image.open(io.BytesIO(visitor.page.locator(".replay-sheet").screenshot())).convert("RGB")


def column_of(sheet: Image.Image) -> list[tuple[int, ...]]:
    """Straight through the stroke, which lies across the middle."""
    return [sheet.getpixel((sheet.width // 2, y)) for y in range(sheet.height)]  # type: ignore[misc]


def is_near(seen: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 12 for one, other in zip(seen, wanted, strict=True))


def inked(sheet: Image.Image) -> int:
    return sum(is_near(one, INK) for one in column_of(sheet))


def smeared(sheet: Image.Image) -> int:
    """Pixels that are neither ink nor paper."""
    return sum(not is_near(one, INK) and not is_near(one, PAPER) for one in column_of(sheet))


def enlarge(sheet: Image.Image, zoom: float) -> Image.Image:
    """Its middle, as large as the whole."""
    wide, high = sheet.width / zoom / 2, sheet.height / zoom / 2
    x, y = sheet.width / 2, sheet.height / 2
    part = (x - wide, y - high, x + wide, y + high)
    return sheet.resize(sheet.size, Image.Resampling.BILINEAR, box=part)


@pytest.mark.deep
def test_a_pack_is_asked_for_followed_cancelled_made_and_opened_without_a_network(
    cast: Cast, recording: Recording, arrive: Callable[[Person], Visitor], browser: Browser, tmp_path: Path
) -> None:
    amina = arrive(cast.amina)
    open_replay(amina, recording)
    card = amina.page.locator(".replay-pack")
    ask, bar = card.get_by_role("button", name="Make the light pack"), card.locator("progress")
    ask.click()
    bar.wait_for(state="visible")
    with worker_at(recording) as lease:
        for percent in (30, 70):
            elsewhere(partial(lease.renew, percent=percent))
            page_says = f"() => document.querySelector('.replay-pack progress').value === {percent}"
            amina.page.wait_for_function(page_says)
        card.get_by_role("button", name="Cancel").click()
        ask.wait_for(state="visible")
        assert not bar.is_visible()
        with pytest.raises(LeaseLost):
            elsewhere(lease.renew)

    ask.click()
    bar.wait_for(state="visible")
    elsewhere(make_rendition, elsewhere(pack_of, recording).pk)
    with amina.page.expect_download() as fetched:
        card.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(fetched.value.path()) as pack:
        pack.extractall(tmp_path / "taken home")
    (index,) = (tmp_path / "taken home").rglob("index.html")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(index.as_uri())
    page.wait_for_function("() => document.querySelector('audio').readyState >= 1")
    page.evaluate(SEEK, STROKES[0][0] + 0.2)
    page.wait_for_function(
        f"([place, ink]) => ({PIXEL})(place) === ink", arg=[[480, STROKES[0][2]], STROKES[0][1]]
    )
    context.close()
    assert amina.troubles == []


def pack_of(recording: Recording) -> Rendition:
    return Rendition.objects.get(recording=recording, kind=RenditionKind.PACK)


@contextmanager
def worker_at(recording: Recording) -> Iterator[Lease]:
    """A worker begins to make it, and takes its time: how far it is it writes with its lease."""
    pack = elsewhere(pack_of, recording)
    assert elsewhere(move_rendition, pack, RenditionState.MAKING)
    work = lease_of(pack.pk, Rendition)
    lease = elsewhere(work.__enter__)
    try:
        yield lease
    finally:
        elsewhere(work.__exit__, None, None, None)


@pytest.mark.deep
def test_on_a_telephone_in_arabic_everything_fits(
    cast: Cast, recording: Recording, arrive: Callable[..., Visitor]
) -> None:
    amina = arrive(cast.amina, size=PHONE, language="ar")
    amina.context.add_cookies([{"name": "django_language", "value": "ar", "url": amina.base}])
    open_replay(amina, recording, "?t=5")
    assert amina.page.evaluate("document.documentElement.dir") == "rtl"
    wide = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    assert amina.page.evaluate(wide)
    amina.page.wait_for_function("() => document.querySelector('video').currentTime >= 5")
    amina.page.locator(".player-views .control").click()
    board, frame = (amina.page.locator(name).bounding_box() for name in (".replay-board", ".player-frame"))
    assert board is not None and frame is not None and board["y"] < frame["y"]
    assert violations(amina.page) == []


# A place is kept from the sixth second on, and until ten before the end.
LONG = 30


@pytest.fixture
def long_recording(cast: Cast, tmp_path: Path) -> Recording:
    """With a small picture and the sound alone, as the workers make them."""
    folder = tmp_path / "film"
    recording = make_replay(cast, folder, LONG)
    add_sizes(recording, folder / "film.mp4", folder)
    return recording


def add_sizes(recording: Recording, film: Path, folder: Path) -> None:
    small, sound = folder / "low.mp4", folder / "sound.ogg"
    shrink = [
        "-i",
        str(film),
        "-vf",
        "scale=-2:240",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "copy",
    ]
    ffmpeg.run([*shrink, str(small)], expected_seconds=LONG)
    ffmpeg.run(["-i", str(film), "-vn", "-c:a", "libopus", "-b:a", "24k", str(sound)], expected_seconds=LONG)
    for kind, path, type_ in (
        (RenditionKind.LOW, small, "video/mp4"),
        (RenditionKind.AUDIO, sound, "audio/ogg"),
    ):
        key = f"here/{recording.lesson_id}/{path.name}"
        storage().put(key, path, content_type=type_)
        Rendition.objects.create(
            recording=recording,
            kind=kind,
            state=RenditionState.READY,
            wanted_at=timezone.now(),
            object_key=key,
            content_type=type_,
        )


# What the player itself says of what it plays.
NOW = "() => document.querySelector('video').currentTime"
RATE = "() => document.querySelector('video').playbackRate"
TALL = "() => document.querySelector('video').videoHeight"
PAUSED = "() => document.querySelector('video').paused"


def test_at_every_speed_by_keys_in_smaller_sizes_and_on_from_where_one_stopped(
    cast: Cast, long_recording: Recording, arrive: Callable[[Person], Visitor]
) -> None:
    amina = arrive(cast.amina)
    open_replay(amina, long_recording)
    page = amina.page

    # Twice as fast is measured, not only shown; the slowest is there too.
    speed = page.get_by_label("Speed")
    assert speed.locator("option").evaluate_all("all => all.map(one => Number(one.value))") == [
        0.5,
        0.75,
        1,
        1.25,
        1.5,
        1.75,
        2,
    ]
    for chosen in ("0.5", "2"):
        page.evaluate(SEEK, 0)
        speed.select_option(chosen)
        page.evaluate("document.querySelector('video').play()")
        page.wait_for_function(f"() => ({NOW})() > 0.2")
        assert page.evaluate(RATE) == float(chosen)
        gone = page.evaluate(GONE_IN_A_SECOND)
        assert gone == pytest.approx(float(chosen), rel=0.35), chosen
        page.evaluate("document.querySelector('video').pause()")

    # By the keyboard alone: on and off, to and fro, silent.
    page.locator("body").click(position={"x": 5, "y": 5})
    page.evaluate(SEEK, 1)
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => Math.abs(({NOW})() - 6) < 0.5")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(f"() => Math.abs(({NOW})() - 1) < 0.5")
    page.keyboard.press("Space")
    page.wait_for_function(f"() => !({PAUSED})()")
    page.keyboard.press("k")
    page.wait_for_function(PAUSED)
    page.keyboard.press("m")
    assert page.evaluate("document.querySelector('video').muted")

    # A small picture, then the sound alone: at the same second and speed.
    assert page.evaluate(TALL) == 360
    page.evaluate(SEEK, 9)
    size = page.get_by_label("Data use")
    size.select_option("low")
    page.wait_for_function(f"() => ({TALL})() === 240 && Math.abs(({NOW})() - 9) < 0.5")
    size.select_option("audio")
    page.wait_for_function(f"() => ({TALL})() === 0 && Math.abs(({NOW})() - 9) < 0.5")
    assert page.evaluate(RATE) == 2
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function(f"() => ({NOW})() > 9.5")
    page.keyboard.press("k")
    page.wait_for_function(PAUSED)
    stopped = page.evaluate(NOW)
    amina.wait_for(lambda: abs(stopped - elsewhere(kept_position, cast.amina)) < 1.5, 15, "the kept place")

    # Somewhere else, it goes on there; nobody else's place is hers.
    again = arrive(cast.amina)
    open_replay(again, long_recording)
    again.page.wait_for_function(f"() => Math.abs(({NOW})() - {stopped}) < 1.5")
    again.page.get_by_text("You go on from 0:").wait_for()
    bilal = arrive(cast.bilal)
    open_replay(bilal, long_recording)
    assert bilal.page.evaluate(NOW) < 1
    assert amina.troubles == again.troubles == bilal.troubles == []


GONE_IN_A_SECOND = """async () => {
  const video = document.querySelector("video");
  const [from, since] = [video.currentTime, performance.now()];
  await new Promise((resolve) => setTimeout(resolve, 1500));
  return (video.currentTime - from) / ((performance.now() - since) / 1000);
}"""


def kept_position(person: Person) -> float:
    return Watch.objects.get(person=person).position_seconds
