"""A school's logo: what is taken in, who may, and where it is seen."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image, PngImagePlugin

from accounts.models import AuditEvent
from classroom.models import Lesson
from recordings import actions
from recordings.branding import emblem_of, logo_of, read_logo
from recordings.clock import Span, Timeline
from recordings.compositing import Composition, Emblem, TitleCard, Track, cards, compose
from recordings.compositing.layouts import LOGO
from recordings.models import Logo
from recordings.storage import storage_for
from tests.conftest import Cast
from tests.recordings.media import START, make_camera, picture_at
from tests.recordings.test_api import bare, client_of

RED, GREEN = (220, 20, 20), (20, 160, 20)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 150), colour: Any = RED, **more: Any) -> bytes:
    mode = "RGBA" if len(colour) == 4 else "RGB"
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, kind, **more)
    return out.getvalue()


def put_up(cast: Cast, who: Any, data: bytes, name: str = "logo.png") -> Any:
    body = {"picture": SimpleUploadedFile(name, data, "image/png")}
    return client_of(who).post(f"/institutions/{cast.school.pk}/logo", body)


def settings_page(cast: Cast) -> str:
    return client_of(cast.head).get(f"/institutions/{cast.school.pk}/settings").content.decode()


@pytest.mark.django_db
def test_whoever_watches_the_live_stream_sees_it_over_the_picture(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(is_streamed=True, status="live", opened_at=now)

    def told() -> Any:
        return client_of(cast.amina).get(f"/lessons/{lesson.pk}/live").context["page_data"]["logo"]

    assert told() is None
    put_up(cast, cast.head, picture())
    assert told()["alt"] == cast.school.name
    shown = client_of(cast.amina).get(told()["src"])
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/png")


@pytest.mark.django_db
def test_nothing_but_pixels_of_what_was_uploaded_is_kept(cast: Cast) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret-canary")
    assert put_up(cast, cast.head, picture(size=(2000, 1000), pnginfo=notes)).status_code == 302
    logo = Logo.objects.get()
    assert (logo.width, logo.height) == (640, 320)
    kept = read_logo(cast.school, logo.key)
    assert b"secret-canary" not in kept and kept.startswith(b"\x89PNG")
    assert logo.key.startswith(f"{cast.school.slug}/branding/")
    assert f"logo?{logo.name}" in settings_page(cast)
    shown = client_of(cast.amina).get(f"/institutions/{cast.school.pk}/logo")
    assert (shown["Content-Type"], shown.content) == ("image/png", kept)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        (lambda: SVG, "is no PNG"),
        (bytes, "empty"),
        (lambda: b"GIF89a" + bytes(40), "is no PNG"),
        (lambda: picture()[:-300], "is no PNG"),
        (lambda: picture(size=(9, 200)), "smaller than 16"),
        (lambda: picture() + bytes(2_000_001), "larger than 2 MB"),
        (lambda: picture(size=(5000, 4000)), "too many pixels"),
    ],
    ids=["drawing", "nothing", "animation", "half", "narrow", "heavy", "huge"],
)
def test_what_is_no_safe_picture_is_refused_at_the_field(
    cast: Cast, draw: Callable[[], bytes], sentence: str
) -> None:
    answer = put_up(cast, cast.head, draw())
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Logo.objects.exists()


@pytest.mark.django_db
def test_a_new_logo_takes_the_old_ones_place_and_removing_leaves_nothing(
    cast: Cast, django_capture_on_commit_callbacks: Any
) -> None:
    put_up(cast, cast.head, picture())
    first = Logo.objects.get().key
    with django_capture_on_commit_callbacks(execute=True):
        put_up(cast, cast.head, picture("JPEG", colour=GREEN), "logo.jpg")
    second = Logo.objects.get().key
    store = storage_for(cast.school)
    assert (store.head(first), bool(store.head(second))) == (None, True)
    with django_capture_on_commit_callbacks(execute=True):
        client_of(cast.head).post(f"/institutions/{cast.school.pk}/logo", {"remove": "1"})
    assert (logo_of(cast.school), store.head(second), emblem_of(cast.school)) == (None, None, None)
    acts = AuditEvent.objects.filter(act__startswith="logo.").values_list("act", flat=True)
    assert sorted(acts) == ["logo.changed", "logo.changed", "logo.removed"]


@pytest.mark.django_db
def test_others_change_no_logo_and_strangers_see_none(cast: Cast) -> None:
    put_up(cast, cast.head, picture())
    before = Logo.objects.get().name
    for who, code in ((cast.teacher, 403), (cast.amina, 403), (cast.stranger, 404), (None, 302)):
        assert put_up(cast, who, picture(colour=GREEN)).status_code == code
    assert Logo.objects.get().name == before
    stranger = client_of(cast.stranger)
    missing = stranger.get("/institutions/7b6f0b0e-1111-4222-8333-444455556666/logo")
    assert bare(stranger.get(f"/institutions/{cast.school.pk}/logo")) == bare(missing)


@pytest.mark.django_db
def test_a_video_without_its_logo_is_better_than_no_video(cast: Cast) -> None:
    actions.change_logo(institution=cast.school, data=picture(), by=cast.head, now=timezone.now())
    emblem = emblem_of(cast.school)
    assert emblem is not None and "picture" not in repr(emblem)
    Logo.objects.update(name="0" * 32)  # an object that is gone
    assert emblem_of(cast.school) is None


def test_a_logo_that_lets_the_ground_through_gets_a_plate_on_which_it_is_seen() -> None:
    def plate_of(colour: tuple[int, int, int]) -> Any:
        drawn = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
        drawn.paste((*colour, 255), (30, 30, 70, 70))
        out = io.BytesIO()
        drawn.save(out, "PNG")
        return cards.corner(Emblem("x", out.getvalue())).getpixel((LOGO.width - 12, 12))

    assert plate_of((20, 20, 60)) == (255, 255, 255, 255)
    assert plate_of((250, 250, 250))[0] < 60
    whole: Any = cards.corner(Emblem("x", picture()))
    assert whole.size == (LOGO.width, LOGO.height)
    assert whole.getpixel((LOGO.width - 1, 0))[:3] == RED
    assert whole.getpixel((0, LOGO.height - 1))[3] in {0, 255}


@pytest.mark.deep
def test_it_stands_in_the_corner_and_on_the_title(tmp_path: Path) -> None:
    camera = make_camera(tmp_path / "c.mkv", START, 2)
    track = Track(camera, "camera", "t", "Teacher", "teacher", START, 2.0)
    composition = Composition(
        Timeline([Span(START - 1, START + 1)]),
        [track],
        [],
        title_card=TitleCard(START, "Fractions"),
        emblem=Emblem("red", picture(size=(128, 64))),
    )
    film = compose(composition, tmp_path / "out.mp4", work=tmp_path / "work").path
    corner = (LOGO.x + LOGO.width // 2, LOGO.y + LOGO.height // 2)
    begins, ends = picture_at(film, 0.5), picture_at(film, 1.5)
    assert looks_red(ends, corner)
    assert not looks_red(begins, corner)  # the title lies over it, and has its own
    assert looks_red(begins, (160, 80)) and not looks_red(ends, (160, 80))


def looks_red(image: Any, spot: tuple[int, int]) -> bool:
    red, green, blue = image.convert("RGB").getpixel(spot)
    return bool(red > 150 and green < 90 and blue < 90)
