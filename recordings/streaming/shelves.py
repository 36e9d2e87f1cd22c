"""The pieces on the disk: put into the players' lists when they are whole, thrown away when they have been."""

from __future__ import annotations

import errno
import logging
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from recordings.streaming import playlists
from recordings.streaming.playlists import Piece, Shelf
from recordings.streaming.programs import SOUND, renditions

log = logging.getLogger(__name__)

# What a player finds in its list: half a minute, so that a short hole in somebody's network costs them nothing.
LISTED = 30
# ... and what still lies there for whoever holds an older list.
KEPT_SECONDS = 60.0
# With less room than this only what is listed stays.
LEAST_FREE_BYTES = 200 * 1024 * 1024
MASTER = "index"


class Shelves:
    """All renditions of one broadcast. A new process goes on with the numbers that it finds on the disk."""

    def __init__(self, folder: Path, heights: Sequence[int]) -> None:
        self.folder = folder
        self.pictures = renditions(heights)
        folder.mkdir(parents=True, exist_ok=True)
        self.shelves = {name: self._found(name) for name in [*self.pictures, SOUND]}
        self.take = max((shelf.take for shelf in self.shelves.values()), default=0)
        self._began_at: float | None = None
        self._ends: dict[str, float] = {}
        self._bits: dict[str, int] = {}

    @property
    def count(self) -> int:
        """How many pieces of the best picture there ever were."""
        best = self.shelves[self.pictures[0]]
        return best.first + len(best.pieces)

    def begin_take(self) -> int:
        self.take += 1
        self._began_at, self._ends = None, {}
        return self.take

    def stock(self) -> bool:
        """What the packager has finished since; whether there was anything. A full disk is waited for."""
        is_new = False
        for name in self.shelves:
            try:
                is_new |= self._stock_one(name)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                self.sweep(keep_seconds=0)
        return is_new

    def _stock_one(self, name: str) -> bool:
        newest = self.shelves[name].pieces[-1].name if self._has_begun(name) else ""
        fresh = [one for one in self._made(name) if one[0] > newest]
        if not fresh:
            return False
        if self._began_at is None:
            # Pieces that come all at once are what was held while the first picture was waited for.
            self._began_at = time.time() - sum(seconds for _, seconds in fresh)
        at = self._ends.get(name, self._began_at)
        pieces = []
        for piece, seconds in fresh:
            pieces.append(Piece(piece, self.take, seconds, at))
            at += seconds
        shelf = self.shelves[name].grown(pieces).shortened(LISTED)
        self._write(f"{name}.m3u8", playlists.write_media(shelf))
        self.shelves[name], self._ends[name] = shelf, at
        self._measure(name, pieces)
        return True

    def _has_begun(self, name: str) -> bool:
        pieces = self.shelves[name].pieces
        return bool(pieces) and pieces[-1].take == self.take

    def _made(self, name: str) -> list[tuple[str, float]]:
        with suppress(FileNotFoundError):
            return playlists.read_made((self.folder / f".{name}-{self.take}.m3u8").read_text())
        return []

    def _measure(self, name: str, pieces: Sequence[Piece]) -> None:
        """The list of renditions is written as soon as it is known how many bits each one has."""
        sizes = [
            8 * (self.folder / piece.name).stat().st_size / max(0.5, piece.seconds)
            for piece in pieces
            if (self.folder / piece.name).exists()
        ]
        rate = round(max(sizes, default=0) * 1.2)
        if name in self.pictures and rate > self._bits.get(name, 0) * 1.3:
            self._bits[name] = rate
            if len(self._bits) == len(self.pictures):
                listed = [(one, max(1, self._bits[one])) for one in self.pictures]
                self._write(f"{MASTER}.m3u8", playlists.write_master(listed))

    def sweep(self, *, keep_seconds: float = KEPT_SECONDS) -> int:
        """What no list names any more goes after a while, at once when the disk is nearly full; how much went."""
        if shutil.disk_usage(self.folder).free < LEAST_FREE_BYTES:
            keep_seconds = 0.0
        before = time.time() - keep_seconds - LISTED * bool(keep_seconds)
        gone = [path for path in self.folder.iterdir() if self._is_waste(path) and _mtime(path) < before]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _is_waste(self, path: Path) -> bool:
        rendition, take = path.name.lstrip(".").partition("-")[0], _take_of(path.name)
        shelf = self.shelves.get(rendition)
        if take == 0 or shelf is None:
            return False
        if path.suffix != ".m4s":
            return take != self.take and all(piece.take != take for piece in shelf.pieces)
        names = [piece.name for piece in shelf.pieces]
        is_to_come = take == self.take and (not names or path.name > names[-1] or _take_of(names[-1]) != take)
        return path.name not in names and not is_to_come

    def finish(self) -> None:
        """Players are told that nothing more comes."""
        for name, shelf in self.shelves.items():
            with suppress(OSError):
                self._write(f"{name}.m3u8", playlists.write_media(shelf, is_over=True))

    def _found(self, name: str) -> Shelf:
        with suppress(OSError, ValueError):
            return playlists.read_media(name, (self.folder / f"{name}.m3u8").read_text())
        return Shelf(name)

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all: players read at any moment."""
        part = self.folder / f".{name}.part"
        part.write_text(text)
        part.replace(self.folder / name)


def _take_of(name: str) -> int:
    """Of a piece, a header or ffmpeg's own list; 0 for anything else."""
    parts = name.lstrip(".").partition(".")[0].split("-")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
