"""Paper: HTML as PDF by WeasyPrint, where its libraries are installed. It reads nothing but our own fonts."""

from __future__ import annotations

import importlib
import logging
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from common.refusals import Refused

log = logging.getLogger(__name__)
# Latin, Greek, Cyrillic, Arabic and Hebrew. Beside it stands whatever script the front end brings a font of; Chinese,
# Japanese and Korean are too large for that and come with the image (`fonts-noto-cjk`).
USUAL = "DejaVuSans.ttf"
BOLD = "DejaVuSans-Bold.ttf"
FONTS = settings.BASE_DIR / "frontend" / "dist" / "fonts"


@cache
def printer() -> Any:
    """The library, or None: Pango, on which it stands, is no Python package."""
    try:
        return importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        log.warning("No PDF can be made here: %s", error)
        return None


def print_pdf(html: str) -> bytes:
    """Raises Refused("no_printer"), and Refused("no_letters") rather than print boxes."""
    library = printer()
    if library is None:
        raise Refused("no_printer")
    fonts = [(f"Darasa {path.stem}", path.as_uri()) for path in _fonts_for(html)]
    bold = (FONTS / BOLD).as_uri()
    css = render_to_string("dashboard/report_print.css", {"fonts": fonts, "bold": bold})
    fetcher = _fetcher(library, {bold, *(uri for _name, uri in fonts)})
    # Without it the library reads past every @font-face.
    known = library.text.fonts.FontConfiguration()
    sheet = library.CSS(string=css, url_fetcher=fetcher, font_config=known)
    paper = library.HTML(string=html, url_fetcher=fetcher).render(stylesheets=[sheet], font_config=known)
    made: bytes = paper.write_pdf()
    missing = {code for font in paper.fonts.values() for code in font.missing}
    if missing:
        log.warning("No font here has %s", ", ".join(f"U+{code:04X}" for code in sorted(missing)[:20]))
        raise Refused("no_letters")
    return made


def _fonts_for(html: str) -> list[Path]:
    """The usual one first. Reading one costs time, so only those of scripts that occur, which is how Unicode's names of
    their letters begin."""
    scripts = {unicodedata.name(letter, "").split(" ")[0].lower() for letter in set(html)}
    others = [FONTS / f"noto-sans-{script}.woff" for script in sorted(scripts)]
    return [path for path in (FONTS / USUAL, *others) if path.exists()]


def _fetcher(library: Any, allowed: set[str]) -> Any:
    """Whatever a name or a title might ask for: no address leaves the machine, and no other file is read."""

    class OwnFonts(library.urls.URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url not in allowed:
                raise ValueError("reports load nothing")
            return super().fetch(url, headers)

    return OwnFonts(allowed_protocols={"file"}, allow_redirects=False)
