"""What a page's script says, the page has. Pages for telephones leave out what their script never says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import texts

SOURCE = Path("frontend/src").resolve()
IMPORTED = re.compile(
    r"""^(?:import|export) (?!type)[^;]*? from "(\.[^"]+)"|\bimport\("(\.[^"]+)"\)""", re.MULTILINE
)
SAID = re.compile(r"""\bsay\(\s*"([a-z_.]+)\"""")


def files_of(entry: Path) -> set[Path]:
    """With all that they import, at once or later."""
    found: set[Path] = set()
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting.extend(
            (path.parent / (at_once or later)).resolve()
            for at_once, later in IMPORTED.findall(path.read_text())
        )
    return found


@pytest.mark.parametrize(
    ("entry", "handed"),
    [
        ("room/room.ts", texts.room_texts),
        ("companion/companion.ts", texts.companion_texts),
        ("live/live.ts", texts.live_texts),
        ("reading/reading.ts", texts.lesson_board_texts),
    ],
)
def test_every_sentence_of_a_page_is_handed_to_it(entry: str, handed: Callable[[], dict[str, str]]) -> None:
    files = files_of(SOURCE / entry)
    said = {key for path in files for key in SAID.findall(path.read_text())}
    assert len(said) > 3
    assert said - set(handed()) == set()
