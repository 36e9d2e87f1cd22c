"""Paper: HTML as PDF by WeasyPrint, where its libraries are installed. It reads nothing but our own fonts."""

from __future__ import annotations

import importlib
import logging
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from common.refusals import Refused

log = logging.getLogger(__name__)
# Scripts that machines often lack; Chinese comes with the image.
FONTS = {"Darasa Sans": "DejaVuSans.ttf", "Darasa Bengali": "noto-sans-bengali.woff"}


@cache
def printer() -> Any:
    """The library, or None: Pango, on which it stands, is no Python package."""
    try:
        return importlib.import_module("weasyprint")
    except (ImportError, OSError) as error:
        log.warning("No PDF can be made here: %s", error)
        return None


def print_pdf(html: str) -> bytes:
    """Raises Refused("no_printer")."""
    library = printer()
    if library is None:
        raise Refused("no_printer")
    fonts = [(name, path.as_uri()) for name, path in _font_files().items()]
    css = render_to_string("dashboard/report_print.css", {"fonts": fonts})
    fetcher = _fetcher(library, {uri for _name, uri in fonts})
    sheet = library.CSS(string=css, url_fetcher=fetcher)
    made: bytes = library.HTML(string=html, url_fetcher=fetcher).write_pdf(stylesheets=[sheet])
    return made


@cache
def _font_files() -> dict[str, Path]:
    folder = settings.BASE_DIR / "frontend" / "dist" / "fonts"
    return {name: folder / file for name, file in FONTS.items() if (folder / file).exists()}


def _fetcher(library: Any, allowed: set[str]) -> Any:
    """Whatever a name or a title might ask for: no address leaves the machine, and no other file is read."""

    def fetch(url: str, *args: Any, **kwargs: Any) -> Any:
        if url not in allowed:
            raise ValueError("reports load nothing")
        return library.default_url_fetcher(url, *args, **kwargs)

    return fetch
