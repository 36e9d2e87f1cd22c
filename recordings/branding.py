"""A school's logo: made of what was uploaded, and read for the pictures of its recordings."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image

from accounts.models import Institution
from common.refusals import Refused, Unavailable
from common.storage.contract import sha256_of
from recordings.compositing import Emblem
from recordings.models import Logo
from recordings.storage import storage_for
from whiteboard.conversion import Limits, convert

MOST_BYTES = 2_000_000
LARGEST = (640, 320)
LEAST = 16
# Somebody waits for it: a picture that takes longer is no logo.
LIMITS = Limits(pages=1, pixels=16_000_000, page_seconds=8, seconds=8)


def draw_logo(data: bytes, folder: Path) -> tuple[str, Path, tuple[int, int]]:
    """Name, file and size of the PNG that is kept: pixels and nothing else. Opened by a process that may die of it.

    Raises Refused("logo_too_big" | "logo_unreadable" | "logo_too_small").
    """
    if len(data) > MOST_BYTES:
        raise Refused("logo_too_big")
    source, out = folder / "upload", folder / "logo.png"
    source.write_bytes(data)
    try:
        [made] = convert("image", source, folder, LIMITS, lambda: None)
    except Refused as refusal:
        raise Refused(
            "logo_too_big" if refusal.code in {"too_many_pixels", "too_slow"} else "logo_unreadable"
        ) from refusal
    with Image.open(made.path, formats=("WEBP",)) as opened:
        opened.thumbnail(LARGEST, Image.Resampling.LANCZOS)
        if min(opened.size) < LEAST:
            raise Refused("logo_too_small")
        opened.save(out, "PNG", optimize=True)
        size = opened.size
    return sha256_of(out)[:32], out, size


def logo_of(institution: Institution) -> Logo | None:
    return Logo.objects.filter(institution=institution).select_related("institution").first()


def emblem_of(institution: Institution) -> Emblem | None:
    """As videos bear it. A video without its logo is better than no video."""
    logo = logo_of(institution)
    if logo is None:
        return None
    try:
        return Emblem(logo.name, read_logo(institution, logo.key))
    except (Refused, Unavailable, OSError):
        return None


@lru_cache(maxsize=8)
def read_logo(institution: Institution, key: str) -> bytes:
    """What lies under a key never changes."""
    return b"".join(storage_for(institution).read(key))
