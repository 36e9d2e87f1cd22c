"""Everything seen in one piece: films and tiles, board, chart, names and title laid over the canvas, in one pass.

Tracks of people first become tiles of their final size: a size change in mid-file (WebRTC does that) restarts
ffmpeg's filter graph, which is harmless for a graph that only scales and fatal for one that composes. The film of
a whole room has one size and is read directly; when that fails, it becomes a tile as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from recordings import ffmpeg
from recordings.board_video import board_video
from recordings.clock import Span, Timeline
from recordings.compositing import cards
from recordings.compositing.encoders import Encoder
from recordings.compositing.layouts import CHART, LOGO, Layout
from recordings.compositing.plan import EVERYTHING, Box, Chart, Composition, Piece, Usable, fingerprint
from recordings.compositing.steps import Progress, check_reach, make_once, share_of
from recordings.probe import Unusable, probe

_X264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
_TAGS = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
# Timestamps are the track's own; what lies before the piece falls behind the canvas.
_SEEK = ("-seek_timestamp", "1", "-noaccurate_seek")


@dataclass(frozen=True, slots=True)
class Layer:
    """`film`: what is read, the track's own file or a tile of it."""

    usable: Usable
    box: Box
    film: Path

    @property
    def is_tile(self) -> bool:
        return self.film != self.usable.track.path


@dataclass(frozen=True, slots=True)
class Scene:
    """One piece with everything that shows in it. `board_mark` stands for all that is on the board by its end."""

    composition: Composition
    piece: Piece
    layout: Layout
    shown: tuple[tuple[Usable, Box], ...]
    board_mark: str
    encoder: Encoder

    @property
    def charts(self) -> list[Chart]:
        """As much of them as lies in the piece: how long one goes on afterwards changes nothing here."""
        piece = self.piece.span
        return [
            replace(
                one,
                span=Span(max(one.span.starts_at, piece.starts_at), min(one.span.ends_at, piece.ends_at)),
            )
            for one in self.composition.charts
            if _within(one.span, self.piece)
        ]

    @property
    def fingerprint(self) -> str:
        """Of all that the picture is made of, and nothing else: whoever reckons it again gets the same."""
        composition, layout = self.composition, self.layout
        layers = [
            (
                one.track.path.parent.name,
                one.track.path.name,
                one.track.starts_at,
                box,
                _within(one.shows, self.piece),
            )
            for one, box in self.shown
        ]
        stays = [_within(stay, self.piece) for stay in layout.stays]
        places = [(box, name if composition.names else "") for box, name in layout.places]
        return fingerprint(
            (round(self.piece.span.starts_at, 3), self.piece.frames, composition.fps, self.encoder),
            (layers, places, stays, layout.board, self.board_mark if layout.board else ""),
            (self.charts, self._card, composition.font if composition.names else None, composition.emblem),
        )

    @property
    def _card(self) -> object:
        card = self.composition.title_card
        return card if card and card.until > self.piece.span.starts_at else None


def make_film(scene: Scene, out: Path, work: Path, progress: Progress) -> list[Path]:
    """Exactly `piece.frames` frames, without sound, into `out`; the files that were left out for being damaged."""
    layers = [Layer(one, box, one.track.path) for one, box in scene.shown if one.track.kind == "room"]
    people = [pair for pair in scene.shown if pair[0].track.kind != "room"]
    tiles, damaged = make_tiles(scene, people, work)
    board = out.with_suffix(".board.mkv")
    try:
        if scene.layout.board:
            span, edits = Timeline([scene.piece.span]), scene.composition.edits
            board_video(
                edits, span, board, progress=share_of(progress, 0.1, 0.3), pictures=scene.composition.pictures
            )
        try:
            _lay(scene, [*layers, *tiles], board, out, work, progress)
        except ffmpeg.FfmpegFailed as error:
            if is_our_fault(error) or not layers:
                raise
            rooms, more = make_tiles(scene, [(one.usable, one.box) for one in layers], work)
            damaged += more
            _lay(scene, [*rooms, *tiles], board, out, work, progress)
    finally:
        board.unlink(missing_ok=True)
        for layer in tiles:
            layer.film.unlink(missing_ok=True)
    return damaged


def _lay(
    scene: Scene, layers: Sequence[Layer], board: Path, out: Path, work: Path, progress: Progress
) -> None:
    ordered = sorted(layers, key=lambda one: (one.usable.track.kind == "camera", one.usable.track.starts_at))
    args = _arguments(scene, ordered, board, work)
    ffmpeg.run(
        [*args, "-y", str(out)],
        progress=share_of(progress, 0.3, 1),
        expected_seconds=scene.piece.span.seconds,
    )


def make_tiles(
    scene: Scene, shown: Sequence[tuple[Usable, Box]], work: Path
) -> tuple[list[Layer], list[Path]]:
    """The stretch of each track in its final size; those without a picture in it are no layer, and no damage."""
    layers, damaged = [], []
    for usable, box in shown:
        about = fingerprint(
            usable.track.path, usable.track.starts_at, box, scene.piece, scene.composition.fps
        )
        tile = work / f"tile-{about}.mkv"
        try:
            _make_tile(usable, box, scene, tile)
            probe(tile)
        except ffmpeg.FfmpegFailed as error:
            if is_our_fault(error) or error.reason == "truncated":
                raise
            damaged.append(usable.track.path)
        except Unusable:
            continue
        else:
            layers.append(Layer(usable, box, tile))
    return layers, damaged


def _make_tile(usable: Usable, box: Box, scene: Scene, tile: Path) -> None:
    """At most about 50 pictures a second, with the track's own timestamps."""
    begins, ends = (
        at - usable.track.starts_at for at in (scene.piece.span.starts_at, scene.piece.span.ends_at)
    )
    fit = (
        f"trim=end={ends:.3f},select='isnan(prev_selected_t)+gte(t-prev_selected_t,{0.3 / scene.composition.fps:.4f})',"
        f"scale={box.width}:{box.height}:force_original_aspect_ratio=decrease:eval=frame,"
        f"pad={box.width}:{box.height}:-1:-1:eval=frame:color={cards.CANVAS},setsar=1"
    )
    clock = ["-fps_mode", "passthrough", "-enc_time_base", "1/1000"]
    encode = [*_X264, "-preset", "ultrafast", "-crf", "16", "-g", "60", "-threads", "1", *clock]
    args = ["-copyts", *_source(usable, scene.piece, usable.track.path), "-map", "0:v:0", "-an", "-sn", "-dn"]
    args += ["-vf", fit, *encode]

    def make(part: Path) -> None:
        ffmpeg.run([*args, str(part)], expected_seconds=scene.piece.span.seconds)
        check_reach(part, usable.track.path, begins, ends)

    make_once(tile, make)


def _source(usable: Usable, piece: Piece, film: Path) -> list[str]:
    begins = max(0.0, piece.span.starts_at - usable.track.starts_at)
    return ffmpeg.source(film, *([*_SEEK, "-ss", f"{begins:.3f}"] if begins else []))


def is_our_fault(error: Exception) -> bool:
    """A full disk, a missing ffmpeg or one that was stopped says nothing about the file: try again, leave nobody out."""
    return isinstance(error, ffmpeg.FfmpegFailed) and error.reason in ("missing", "stopped", "disk_full")


def _stills(scene: Scene, work: Path) -> tuple[Path, Path]:
    places, font = scene.layout.places, scene.composition.font
    about = fingerprint(places, font)
    below, above = work / f"canvas-{about}.png", work / f"names-{about}.png"
    make_once(below, lambda part: cards.canvas(places).save(part))
    make_once(above, lambda part: cards.strips(places, font).save(part))
    return below, above


def _chart_picture(told: Chart, work: Path) -> Path:
    about = fingerprint(told.question, told.bars, CHART)
    return make_once(work / f"chart-{about}.png", lambda part: cards.chart(told, CHART).save(part))


def _stills_above(scene: Scene, work: Path) -> list[Path]:
    """In the order in which `_graph` lays them: over the logo a chart, over everything the title."""
    emblem, card = scene.composition.emblem, scene.composition.title_card
    found = []
    if emblem:
        found.append(
            make_once(work / f"logo-{emblem.mark}.png", lambda part: cards.corner(emblem).save(part))
        )
    found += [_chart_picture(told, work) for told in scene.charts]
    if card and card.until > scene.piece.span.starts_at:
        about = fingerprint(card, emblem)
        found.append(
            make_once(work / f"title-{about}.png", lambda part: cards.title(card, emblem).save(part))
        )
    return found


def _arguments(scene: Scene, layers: Sequence[Layer], board: Path, work: Path) -> list[str]:
    """Inputs 0 canvas, 1 names, then the layers, the board, the logo, the charts, and the title last."""
    encoder, piece, fps = scene.encoder, scene.piece, scene.composition.fps
    inputs = [argument for still in _stills(scene, work) for argument in ("-i", str(still))]
    for layer in layers:
        if layer.is_tile:
            inputs += ["-i", str(layer.film)]
        else:
            inputs += _source(layer.usable, piece, layer.film)
    if scene.layout.board:
        inputs += ["-i", str(board)]
    for still in _stills_above(scene, work):
        inputs += ["-i", str(still)]
    gop = str(2 * fps)
    encode = ["-c:v", encoder.name, *encoder.options, "-flags", "+cgop", "-g", gop, "-keyint_min", gop]
    grid = ["-video_track_timescale", "90000", "-frames:v", str(piece.frames), "-f", "mp4"]
    graph = ["-filter_complex_threads", "1", "-filter_complex", _graph(scene, layers)]
    return [*encoder.before, "-copyts", *inputs, *graph, "-map", "[out]", "-an", *encode, *grid]


def _graph(scene: Scene, layers: Sequence[Layer]) -> str:
    piece, layout, fps = scene.piece, scene.layout, scene.composition.fps
    ground = f"color=c={cards.CANVAS}:s={EVERYTHING.width}x{EVERYTHING.height}:r={fps},format=yuv420p[ground]"
    taken = [
        (box, stay_here)
        for (box, _), stay in zip(layout.places, layout.stays, strict=True)
        if (stay_here := _within(stay, piece))
    ]
    chains = [ground, *_seat_chains("[0:v]", "yuv420p", "ground", "v0", taken)]
    last, number = "v0", 2
    board_at = 2 + len(layers)
    if layout.board:
        chains.append(f"[{board_at}:v]scale={layout.board.width}:{layout.board.height}[board]")
        chains.append(f"[{last}][board]{_over(layout.board, '1')}[boarded]")
        last = "boarded"
    for number, layer in enumerate(layers, 2):
        chains += _layer_chains(layer, number, last, scene)
        last = f"l{number}"
    if scene.composition.names:
        chains += _seat_chains("[1:v]", "yuva420p", last, "named", taken)
        last = "named"
    stills = [(CHART, _within(told.span, piece)) for told in scene.charts]
    card = scene.composition.title_card
    if card and card.until > piece.span.starts_at:
        stills.append((EVERYTHING, _within(Span(piece.span.starts_at - 1, card.until), piece)))
    if scene.composition.emblem:
        stills.insert(0, (LOGO, (0.0, piece.span.seconds)))
    for number, (box, when) in enumerate(stills, board_at + bool(layout.board)):
        pixels = "yuva420p" if box == LOGO else "yuv420p"
        chains.append(f"[{number}:v]{_as_video(pixels)}[s{number}]")
        chains.append(f"[{last}][s{number}]{_over(box, _when([when]))}[o{number}]")
        last = f"o{number}"
    chains.append(f"[{last}]{scene.encoder.filters},{_TAGS}[out]")
    return ";".join(chains)


def _layer_chains(layer: Layer, number: int, below: str, scene: Scene) -> list[str]:
    """A composed frame shows the last picture before it; half a frame earlier makes that the nearest."""
    fps, piece, box = scene.composition.fps, scene.piece, layer.box
    shift = layer.usable.track.starts_at - piece.span.starts_at - 0.5 / fps
    fit = (
        ""
        if layer.is_tile
        # Not every picture of a film in 30 a second is worth scaling for a video in 15.
        else f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{0.6 / fps:.4f})',"
        f"scale={box.width}:{box.height}:force_original_aspect_ratio=decrease:out_color_matrix=bt709:out_range=tv,"
        f"pad={box.width}:{box.height}:-1:-1:color={cards.CANVAS},setsar=1,"
    )
    when = _when([_within(layer.usable.shows, piece)])
    return [
        f"[{number}:v:0]{fit}setpts=PTS+({shift:.6f})/TB,format=yuv420p[t{number}]",
        f"[{below}][t{number}]{_over(box, when)}[l{number}]",
    ]


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


def _as_video(pixels: str) -> str:
    return f"scale=out_color_matrix=bt709:out_range=tv,format={pixels}"


def _over(box: Box, when: str) -> str:
    return f"overlay={box.x}:{box.y}:eof_action=repeat:enable='{when}'"


def _within(shows: Span, piece: Piece) -> tuple[float, float] | None:
    """From when to when in the piece's seconds, to the millisecond; None when not at all."""
    begins = max(0.0, shows.starts_at - piece.span.starts_at)
    ends = min(piece.span.seconds, shows.ends_at - piece.span.starts_at)
    return (round(begins, 3), round(ends, 3)) if ends > begins else None


def _when(intervals: Sequence[tuple[float, float] | None]) -> str:
    """An ffmpeg expression; 0 when there are none. Half a frame of grace keeps the last frame in."""
    terms = [f"gte(t,{one[0]:.4f})*lt(t,{one[1] + 0.01:.4f})" for one in intervals if one]
    return "+".join(terms) or "0"
