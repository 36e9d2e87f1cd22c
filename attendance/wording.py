"""Texts of schools with places for words. Pure, and no template language: a place is a name between braces from a
fixed list, filled once; whatever is put in stays text."""

from __future__ import annotations

import re
from collections.abc import Mapping

PLACES = ("reader", "student", "school", "number", "limit", "lessons", "from", "until")
_PLACE = re.compile(r"\{([^{}]*)\}")


def fill(text: str, words: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: words.get(found[1], found[0]), text)


def unknown_places(text: str) -> list[str]:
    """What stands between braces and means nothing, or a brace alone."""
    unknown = [f"{{{name}}}" for name in _PLACE.findall(text) if name not in PLACES]
    alone = re.findall(r"[{}]", _PLACE.sub("", text))
    return [*unknown, *alone]
