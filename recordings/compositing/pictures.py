"""Everything seen: every track first becomes a tile of its final size, then tiles, board and names
are laid over the canvas.

The tiles are not a detour: a size change in mid-file (WebRTC does that) restarts ffmpeg's filter
graph, which is harmless for a graph that only scales and fatal for one that composes; and a broken
file breaks its own tile only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from recordings import ffmpeg
from recordings.board_video import board_video
from recordings.clock import Span, Timeline
from recordings.compositing import cards
from recordings.compositing.plan import (
    BOARD,
    EVERYTHING,
    SCREEN,
    SMALL_BOARD,
    Box,
    Composition,
    Piece,
    Usable,
    fingerprint,
    is_drawn_on,
    seat,
    seating,
    stay_of,
)
from recordings.compositing.steps import Progress, make_once, share_of

_X264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
# Files we made ourselves; their timestamps are the track's own.
_OWN = ("-seek_timestamp", "1", "-noaccurate_seek")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where people sit and whether the board is in the picture.

    `stays` goes with `places`: from a person's first track to the end of their last.
    """

    board: bool
    room: Box
    seats: dict[str, Box]
    places: list[tuple[Box, str]]
    stays: list[Span]

    def box_of(self, usable: Usable) -> Box | None:
        track = usable.track
        if track.kind == "room":
            return self.room
        if not self.board:
            return None
        return SCREEN if track.kind == "screen" else self.seats.get(track.person)


@dataclass(frozen=True, slots=True)
class Layer:
    usable: Usable
    box: Box
    tile: Path


def layout_of(composition: Composition, usable: Sequence[Usable]) -> Layout:
    has_room = any(one.track.kind == "room" for one in usable)
    if has_room and not is_drawn_on(composition.edits):
        return Layout(False, EVERYTHING, {}, [], [])
    first = 1 if has_room else 0
    people = seating(one.track for one in usable)[: 4 - first]
    boxes = {person: seat(number) for number, (person, _) in enumerate(people, first)}
    places = [(boxes[person], name) for person, name in people]
    return Layout(True, seat(0), boxes, places, [stay_of(person, usable) for person, _ in people])


def make_tile(usable: Usable, box: Box, fps: int, work: Path, progress: Progress) -> Path:
    """The track in its final size, at most about 50 pictures a second, with its own timestamps."""
    track = usable.track
    fit = (
        f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{0.3 / fps:.4f})',"
        f"scale={box.width}:{box.height}:force_original_aspect_ratio=decrease:eval=frame,"
        f"pad={box.width}:{box.height}:-1:-1:eval=frame:color={cards.CANVAS},setsar=1"
    )
    clock = ["-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    encode = [*_X264, "-preset", "ultrafast", "-crf", "16", "-g", "60", *clock]
    args = ["-copyts", *ffmpeg.source(track.path), "-map", "0:v:0", "-an", "-sn", "-dn", "-vf", fit, *encode]

    def make(part: Path) -> None:
        ffmpeg.run([*args, str(part)], progress=progress, expected_seconds=usable.probe.end_seconds)

    about = fingerprint(track.path, track.path.stat().st_size, track.path.stat().st_mtime_ns, box, fps)
    return make_once(work / f"tile-{about}.mkv", make)


def make_piece(
    composition: Composition,
    layout: Layout,
    layers: Sequence[Layer],
    piece: Piece,
    work: Path,
    progress: Progress,
) -> Path:
    """Exactly `piece.frames` frames, without sound."""
    inside = [layer for layer in layers if _interval(layer, piece)]
    about = fingerprint(piece, inside, layout, composition.edits, composition.fps, composition.font)

    def make(part: Path) -> None:
        board = part.with_suffix(".board.mkv")
        try:
            if layout.board:
                quarter = share_of(progress, 0, 0.2)
                span, pictures = Timeline([piece.span]), composition.pictures
                board_video(composition.edits, span, board, progress=quarter, pictures=pictures)
            args = _arguments(composition, layout, inside, piece, board, _stills(composition, layout, work))
            ffmpeg.run(
                [*args, str(part)], progress=share_of(progress, 0.2, 1), expected_seconds=piece.span.seconds
            )
        finally:
            board.unlink(missing_ok=True)

    return make_once(work / f"piece-{piece.number:04d}-{about}.mp4", make)


def _stills(composition: Composition, layout: Layout, work: Path) -> tuple[Path, Path]:
    about = fingerprint(layout.places, composition.font)
    below, above = work / f"canvas-{about}.png", work / f"names-{about}.png"
    make_once(below, lambda part: cards.canvas(layout.places, composition.font).save(part))
    make_once(above, lambda part: cards.strips(layout.places, composition.font).save(part))
    return below, above


def _arguments(
    composition: Composition,
    layout: Layout,
    layers: Sequence[Layer],
    piece: Piece,
    board: Path,
    stills: tuple[Path, Path],
) -> list[str]:
    """Inputs 0 canvas, 1 names, then the tiles, the board last."""
    inputs = [argument for still in stills for argument in ("-i", str(still))]
    for layer in layers:
        seek = max(0.0, piece.span.starts_at - layer.usable.track.starts_at)
        inputs += [*_OWN, "-ss", f"{seek:.3f}", "-i", str(layer.tile)]
    if layout.board:
        inputs += ["-i", str(board)]
    graph = _graph(layout, layers, piece, composition.fps)
    gop = str(2 * composition.fps)
    encode = [*_X264, "-preset", "veryfast", "-crf", "23", "-flags", "+cgop", "-sc_threshold", "0"]
    grid = ["-g", gop, "-keyint_min", gop, "-video_track_timescale", "90000", "-frames:v", str(piece.frames)]
    return ["-copyts", *inputs, "-filter_complex", graph, "-map", "[out]", "-an", *encode, *grid]


def _graph(layout: Layout, layers: Sequence[Layer], piece: Piece, fps: int) -> str:
    ground = f"color=c={cards.CANVAS}:s={EVERYTHING.width}x{EVERYTHING.height}:r={fps},format=yuv420p[ground]"
    taken = [
        (box, stay_here)
        for (box, _), stay in zip(layout.places, layout.stays, strict=True)
        if (stay_here := _within(stay, piece))
    ]
    chains = [ground, *_seat_chains("[0:v]", "yuv420p", "ground", "v0", taken)]
    if layout.board:
        chains += _board_chains(len(layers) + 2, _screens(layers, piece))
    else:
        chains.append("[v0]null[v2]")
    last = "v2"
    for number, layer in enumerate(layers, 2):
        # A composed frame shows the last picture before it; half a frame earlier makes that the nearest.
        shift = layer.usable.track.starts_at - piece.span.starts_at - 0.5 / fps
        when = _when([_interval(layer, piece)])
        chains.append(f"[{number}:v]setpts=PTS+({shift:.6f})/TB,format=yuv420p[t{number}]")
        chains.append(f"[{last}][t{number}]{_over(layer.box, when)}[l{number}]")
        last = f"l{number}"
    chains += _seat_chains("[1:v]", "yuva420p", last, "named", taken)
    chains.append(f"[named]format=yuv420p,{_TAGS}[out]")
    return ";".join(chains)


def _seat_chains(
    still: str, pixels: str, below: str, out: str, taken: Sequence[tuple[Box, tuple[float, float]]]
) -> list[str]:
    """Of a still picture of all seats, each seat only while its person is there."""
    last, chains = below, []
    for number, (box, when) in enumerate(taken):
        cut, laid = f"{out}cut{number}", f"{out}laid{number}"
        crop = f"crop={box.width}:{box.height}:{box.x}:{box.y}"
        chains.append(f"{still}{crop},{_as_video(pixels)}[{cut}]")
        chains.append(f"[{last}][{cut}]{_over(box, _when([when]))}[{laid}]")
        last = laid
    # An input that nothing reads is no error, a label that nothing makes is.
    return [*chains, f"[{last}]null[{out}]"]


def _board_chains(number: int, screens: str) -> list[str]:
    """The board at full size, or small below the screens while there are any."""
    if screens == "0":
        return [f"[v0][{number}:v]{_over(BOARD, '1')}[v2]"]
    small = f"scale={SMALL_BOARD.width}:{SMALL_BOARD.height}"
    return [
        f"[{number}:v]split[wide][any]",
        f"[any]{small}[small]",
        f"[v0][wide]{_over(BOARD, f'not({screens})')}[v1]",
        f"[v1][small]{_over(SMALL_BOARD, screens)}[v2]",
    ]


def _as_video(pixels: str) -> str:
    return f"scale=out_color_matrix=bt709:out_range=tv,format={pixels}"


def _over(box: Box, when: str) -> str:
    return f"overlay={box.x}:{box.y}:eof_action=repeat:enable='{when}'"


def _screens(layers: Sequence[Layer], piece: Piece) -> str:
    return _when([_interval(layer, piece) for layer in layers if layer.usable.track.kind == "screen"])


def _interval(layer: Layer, piece: Piece) -> tuple[float, float] | None:
    """From when to when the layer shows, in the piece's seconds; None when it does not."""
    return _within(layer.usable.shows, piece)


def _within(shows: Span, piece: Piece) -> tuple[float, float] | None:
    begins = max(0.0, shows.starts_at - piece.span.starts_at)
    ends = min(piece.span.seconds, shows.ends_at - piece.span.starts_at)
    return (begins, ends) if ends > begins else None


def _when(intervals: Sequence[tuple[float, float] | None]) -> str:
    """An ffmpeg expression; 0 when there are none. Half a frame of grace keeps the last frame in."""
    terms = [f"gte(t,{one[0]:.4f})*lt(t,{one[1] + 0.01:.4f})" for one in intervals if one]
    return "+".join(terms) or "0"
