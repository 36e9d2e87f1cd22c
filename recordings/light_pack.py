"""A lesson as a folder that opens from a disk: one page, its player, sound, slides, captions. What is in it, and how big."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image

from recordings import ffmpeg
from recordings.board_log import board_log, edits_of, has_board, pictures_in, spans_of
from recordings.compositing.steps import check_length
from recordings.languages import name_of_language
from recordings.models import Recording, gap_texts
from recordings.probe import probe
from recordings.vtt import Cue, write_vtt
from whiteboard.board import Edit
from whiteboard.drawing.raster import Pictures

BYTES_AN_HOUR = 15_000_000
# A short lesson's slides are as many as a long one's.
LEAST_BYTES = 4_000_000
SPEECH = ("-c:a", "libopus", "-b:a", "20k", "-ac", "1", "-application", "voip", "-f", "webm")
# Width and WebP quality, until everything fits.
SIZES = ((1280, 70), (960, 55), (800, 45), (640, 35), (480, 25))
PROGRAMS = {"player.js": "pack.js", "style.css": "pack_style.css"}
DIST = settings.BASE_DIR / "frontend" / "dist"
MADE = (2000, 1, 1, 0, 0, 0)  # the same bytes make the same file
Tell = Callable[[float], None]


def name_of(recording: Recording) -> str:
    lesson = recording.lesson
    return f"{slugify(lesson.title)[:60] or 'lesson'}-{timezone.localdate(lesson.starts_at).isoformat()}.zip"


def make_pack(recording: Recording, video: Path, pictures: Pictures, folder: Path, tell: Tell) -> Path:
    """`folder` is ours to work in; `tell` hears how far it is and may raise to stop us."""
    inside = folder / "inside"
    (inside / "pictures").mkdir(parents=True)
    seconds = recording.duration_seconds or 0.0
    sound = inside / "speech.webm"
    take_sound(video, sound, seconds, lambda part: tell(0.7 * part))
    edits = edits_of(recording) if has_board(recording.lesson) else []
    log = board_log(edits)
    room = max(LEAST_BYTES, BYTES_AN_HOUR * seconds / 3600) - sound.stat().st_size - 1.4 * len(log)
    known = _draw_pictures(edits, pictures, inside / "pictures", room, lambda part: tell(0.7 + 0.25 * part))
    with translation.override(recording.lesson.course.language):
        (inside / "index.html").write_text(_page(recording, edits, log, known), encoding="utf-8")
    for language, cues in _captions(recording):
        (inside / f"captions-{language}.vtt").write_text(write_vtt(cues), encoding="utf-8")
    for name, program in PROGRAMS.items():
        (inside / name).write_bytes((DIST / program).read_bytes())
    tell(0.97)
    return zip_folder(inside, folder / name_of(recording))


def take_sound(video: Path, out: Path, seconds: float, tell: Tell) -> None:
    """Speech as small as it stays clear; silence where the video has no sound."""
    quiet = ["-f", "lavfi", "-t", f"{max(seconds, 0.1):.3f}", "-i", "anullsrc=r=48000:cl=mono"]
    found = probe(video)
    source, seconds = (ffmpeg.source(video), found.duration_seconds) if found.audio else (quiet, seconds)
    args = [*source, "-vn", "-sn", "-dn", "-map", "0:a:0", *SPEECH, "-cues_to_front", "1", str(out)]
    ffmpeg.run(args, progress=tell, expected_seconds=seconds)
    check_length(out, seconds=seconds)


def _draw_pictures(
    edits: Iterable[Edit], find: Pictures, folder: Path, room: float, tell: Tell
) -> dict[str, str]:
    """Slides and images as small as they must be: `{file/page: address}`."""
    wanted = sorted(pictures_in(edits))
    known: dict[str, str] = {}
    for width, quality in SIZES:
        total = 0
        for number, (file, page) in enumerate(wanted):
            tell(number / len(wanted))
            picture = find(file, page)
            if picture is None:
                continue
            path = folder / f"{number:03d}.webp"
            _shrink(picture, width).save(path, "WEBP", quality=quality, method=4)
            known[f"{file}/{page}"] = f"pictures/{path.name}"
            total += path.stat().st_size
        if total <= room:
            break
    return known


def _shrink(picture: Image.Image, width: int) -> Image.Image:
    smaller = picture.copy()
    smaller.thumbnail((width, width))
    return smaller


def _page(recording: Recording, edits: list[Edit], log: bytes, pictures: dict[str, str]) -> str:
    board = {"log": base64.b64encode(log).decode(), "spans": spans_of(recording), "pictures": pictures}
    data = {
        "sound": "speech.webm",
        "duration_seconds": recording.duration_seconds,
        "chapters": [
            {"at_seconds": row.starts_seconds, "title": row.title, "kind": row.kind}
            for row in recording.chapters.all()
        ],
        "gaps": recording.gaps,
        "board": board if edits else None,
        "captions": [
            {
                "language": language,
                "label": name_of_language(language),
                "cues": [[cue.starts_seconds, cue.ends_seconds, cue.text] for cue in cues],
            }
            for language, cues in _captions(recording)
        ],
    }
    context = {"lesson": recording.lesson, "page_data": data, "texts": texts()}
    return render_to_string("dashboard/light_pack.html", context)


def _captions(recording: Recording) -> Iterator[tuple[str, list[Cue]]]:
    for row in recording.captions.all():
        cues = row.cues.values_list("starts_seconds", "ends_seconds", "text")
        yield row.language, [Cue(*cue) for cue in cues]


def zip_folder(folder: Path, out: Path) -> Path:
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            about = zipfile.ZipInfo(path.relative_to(folder).as_posix(), MADE)
            is_packed = path.suffix in {".webm", ".webp"}
            about.compress_type = zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            archive.writestr(about, path.read_bytes())
    return out


def texts() -> dict[str, str]:
    """What the pack's player says, in the language of the moment: a part of what dashboard/texts/replay.py has."""
    said: dict[str, Any] = {
        "player.play": _("Play"),
        "player.pause": _("Pause"),
        "player.back": _("Back 10 seconds"),
        "player.forward": _("Forward 10 seconds"),
        "player.mute": _("Sound off"),
        "player.unmute": _("Sound on"),
        "player.speed": _("Speed"),
        "player.fullscreen": _("Full screen"),
        "player.timeline": _("Position"),
        "player.at_of": _("{at} of {of}"),
        "player.chapters": _("Chapters"),
        "player.captions": _("Captions"),
        "player.captions_off": _("No captions"),
        "gap.missing": _("Missing here: {length}"),
        **gap_texts(),
        "replay.board": _("The board at this moment"),
        "replay.page": _("Page {n} of {of}: {title}"),
        "replay.zoom_in": _("Larger"),
        "replay.zoom_out": _("Smaller"),
        "replay.search": _("Search chapters and captions"),
        "replay.nothing_found": _("Nothing was found."),
        "pack.no_board": _("Nothing was drawn in this lesson."),
    }
    return said
