"""Where the preview of a second lies on its sheet. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from recordings.chapters import clock_of


@dataclass(frozen=True, slots=True)
class Sheets:
    """One picture with `number` small ones, `columns` in a row, each for `every_seconds` of the video."""

    every_seconds: float
    number: int
    columns: int
    width: int
    height: int

    def place(self, index: int) -> tuple[int, int]:
        row, column = divmod(index, self.columns)
        return column * self.width, row * self.height


def to_webvtt(sheets: Sheets, address: str) -> str:
    return "WEBVTT\n" + "".join(_cues(sheets, address))


def _cues(sheets: Sheets, address: str) -> Iterator[str]:
    for index in range(sheets.number):
        starts, (x, y) = index * sheets.every_seconds, sheets.place(index)
        times = f"{clock_of(starts)} --> {clock_of(starts + sheets.every_seconds)}"
        yield f"\n{times}\n{address}#xywh={x},{y},{sheets.width},{sheets.height}\n"
