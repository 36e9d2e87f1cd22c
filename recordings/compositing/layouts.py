"""Where everything lies in the picture, for each look and each piece. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from recordings.clock import Span
from recordings.compositing.plan import (
    EVERYTHING,
    HEIGHT,
    WIDTH,
    Box,
    Composition,
    Piece,
    Usable,
    drawn_from,
    seating,
    stay_of,
)

BOARD = Box(0, 0, 960, 720)
LARGE_BOARD = Box(160, 0, 960, 720)
SMALL_BOARD = Box(0, 540, 240, 180)
SCREEN = Box(0, 0, 960, 540)
CORNER = Box(WIDTH - 160, HEIGHT - 90, 160, 90)
INSET = Box(WIDTH - 256, HEIGHT - 144, 256, 144)
# Below the first camera.
CHART = Box(960, 180, 320, 540)
# Above the foot of a seat, where a name stands, and above any chart.
LOGO = Box(WIDTH - 140, 12, 128, 64)
SEATS = 4


@dataclass(frozen=True, slots=True)
class Layout:
    """What is None is not in the picture.

    `stays` goes with `places`: from a person's first track to the end of their last.
    """

    board: Box | None
    room: Box
    screen: Box | None
    seats: dict[str, Box]
    places: list[tuple[Box, str]]
    stays: list[Span]

    def box_of(self, usable: Usable) -> Box | None:
        track = usable.track
        if track.kind == "room":
            return self.room
        return self.screen if track.kind == "screen" else self.seats.get(track.person)


def seat(number: int) -> Box:
    return Box(960, 180 * number, 320, 180)


def screen_times(composition: Composition, usable: Iterable[Usable]) -> list[Span]:
    """When a screen was shared, as a track of its own or in the room's film."""
    return [*composition.shares, *(one.shows for one in usable if one.track.kind == "screen")]


def cuts_of(composition: Composition, usable: Sequence[Usable]) -> list[float]:
    """The moments at which the layout changes."""
    times = screen_times(composition, usable) if composition.look != "speaker" else []
    begun = drawn_from(composition.edits)
    return [*(at for span in times for at in (span.starts_at, span.ends_at)), *([begun] if begun else [])]


def layout_of(composition: Composition, usable: Sequence[Usable], piece: Piece) -> Layout:
    middle = (piece.span.starts_at + piece.span.ends_at) / 2
    is_shared = any(one.starts_at <= middle < one.ends_at for one in screen_times(composition, usable))
    has_room = any(one.track.kind == "room" for one in usable)
    begun = drawn_from(composition.edits)
    is_drawn = begun is not None and begun <= middle
    people = [name for name in seating(one.track for one in usable) if name[0] not in composition.excluded]
    board, room, screen, boxes = _boxes(composition.look, has_room, is_drawn, is_shared)
    seats = {person: box for (person, _), box in zip(people, boxes, strict=False)}
    there = [(person, name, stay_of(person, usable)) for person, name in people if person in seats]
    # Whoever is not there in this piece is no part of it: it stays as it is when they come later.
    now = [
        one
        for one in there
        if one[2].starts_at < piece.span.ends_at and one[2].ends_at > piece.span.starts_at
    ]
    places = [(seats[person], name) for person, name, _ in now]
    return Layout(board, room, screen, seats, places, [stay for _, _, stay in now])


def _boxes(
    look: str, has_room: bool, is_drawn: bool, is_shared: bool
) -> tuple[Box | None, Box, Box | None, list[Box]]:
    """Board, room, screen and the seats, the first person's first. A room's film has its people in it."""
    if look == "speaker" or (has_room and not is_drawn):
        return None, EVERYTHING, None, [] if has_room else [EVERYTHING]
    if is_shared and look == "screen":
        return None, EVERYTHING, EVERYTHING, [] if has_room else [INSET]
    column = [seat(number) for number in range(int(has_room), SEATS)]
    if is_shared:
        return SMALL_BOARD, SCREEN, SCREEN, column
    if look == "board":
        return LARGE_BOARD, CORNER, None, [] if has_room else [CORNER]
    return BOARD, seat(0), None, column
