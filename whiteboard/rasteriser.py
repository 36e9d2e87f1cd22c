"""A program of its own that opens what somebody uploaded: no Django, no database, no network, and little to spend.

Run by path (`python -I rasteriser.py KIND SOURCE FOLDER LIMITS`), it writes a WebP for each page into FOLDER and
says a line of JSON for each: `{"pages"}` once, `{"page", "file", "width", "height"}` each, or `{"error"}` at the end.
Nothing in it is trusted: whoever starts it gives it time and memory, and takes what it says for what it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import resource
import signal
import sys
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 1920, 1440  # twice the board
QUALITY = 85
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
DIE_WITH_PARENT, NO_NEW_PRIVILEGES = 1, 38


class Unusable(Exception):
    """`code` is a word of docs/wire.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def main(kind: str, source: str, folder: str, limits: str) -> int:
    allowed: dict[str, int] = json.loads(limits)
    confine(allowed)
    convert = {"slides": convert_slides, "image": convert_image}[kind]
    try:
        convert(Path(source), Path(folder), allowed)
    except Unusable as unusable:
        say({"error": unusable.code})
    except MemoryError:
        say({"error": "too_complex"})
    return 0


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201  the answer of this program


def confine(allowed: dict[str, int]) -> None:
    """Before anything of the file is read. Without a network where the kernel lets us; libraries here use none."""
    memory = allowed["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (allowed["cpu_seconds"], allowed["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (allowed["file_bytes"], allowed["file_bytes"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        libc.prctl(DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)
        libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        libc.unshare(NEW_USER | NEW_NETWORK)


def convert_slides(source: Path, folder: Path, allowed: dict[str, int]) -> None:
    import pypdfium2 as pdfium
    import pypdfium2.raw as raw

    try:
        document = pdfium.PdfDocument(source)
        pages = len(document)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}
        raise Unusable("encrypted" if locked else "unreadable") from error
    if pages < 1:
        raise Unusable("unreadable")
    if pages > allowed["pages"]:
        raise Unusable("too_many_pages")
    say({"pages": pages})
    for number in range(pages):
        try:
            picture = render(document[number])
        except pdfium.PdfiumError as error:
            raise Unusable("unreadable") from error
        keep(picture, folder, number + 1)


def render(page: Any) -> Any:
    """At most twice the board, whatever size the page says it has. Its scripts and forms are never brought to life."""
    wide, high = page.get_size()
    if not (math.isfinite(wide) and math.isfinite(high) and wide > 0 and high > 0):
        raise Unusable("unreadable")
    scale = min(WIDTH / wide, HEIGHT / high)
    # A page of one point by a mile would still be one pixel by a mile at any scale that shows it.
    if wide * scale < 1 or high * scale < 1:
        raise Unusable("unreadable")
    picture = page.render(scale=scale, may_draw_forms=False, rev_byteorder=True).to_pil().convert("RGB")
    page.close()
    return picture.crop((0, 0, min(WIDTH, picture.width), min(HEIGHT, picture.height)))


def convert_image(source: Path, folder: Path, allowed: dict[str, int]) -> None:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # counted below, before a pixel is read
    try:
        with Image.open(source, formats=("PNG", "JPEG", "WEBP")) as opened:
            if opened.width * opened.height > allowed["pixels"]:
                raise Unusable("too_many_pixels")
            opened.draft("RGB", (WIDTH, WIDTH))  # a JPEG that is far too large need not be decoded whole
            upright = ImageOps.exif_transpose(opened)
            shines_through = upright.has_transparency_data
            picture = upright.convert("RGBA" if shines_through else "RGB")
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unusable("unreadable") from error
    picture.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
    say({"pages": 1})
    keep(picture, folder, 1)


def keep(picture: Any, folder: Path, number: int) -> None:
    """Nothing goes along but the pixels: no place, no camera, no colour profile, no comment."""
    from PIL import Image

    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    name = f"{number:04d}.webp"
    bare.save(folder / name, "WEBP", quality=QUALITY, method=3, exact=False)
    say({"page": number, "file": name, "width": bare.width, "height": bare.height})


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
