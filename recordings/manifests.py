"""What a recorder left in its session directory, whichever recorder it was.

Jibri: `<call>_<yyyy-MM-dd-HH-mm-ss>.mp4` (several files are parts) and a `metadata.json` that may be
missing, broken or wrong. Embedded recorder: `manifest.json` with one file per person and kind.
Names from inside a directory are never followed out of it, by `..` or by a link.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from recordings.compositing.plan import FOREVER, Kind, Track
from recordings.embedded.manifest import OFFER_SECONDS
from recordings.probe import Probe, Unusable, probe

MARKER = "finalized"
QUIET_SECONDS = 120.0
# The recorder may close its file a moment after the last picture; more than this is another story.
MTIME_TRUST_SECONDS = 3.0
# Of a file that was copied or flushed a moment after its marker.
MARKER_TRUST_SECONDS = 2.0
# An offer that comes later than this after the recorder is of somebody who came, or who had nothing to send at first.
AT_FIRST_SECONDS = 2 * OFFER_SECONDS
MAX_TEXT_BYTES = 4 * 1024 * 1024
_VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".ts", ".webm"})
_JIBRI_NAME = re.compile(r"(?P<call>.+)_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)")
_KINDS: dict[str, Kind] = {"camera": "camera", "screen": "screen", "microphone": "microphone"}


class NotACapture(Exception):
    """A directory without anything recorded in it; `code` is `no_video` or `bad_manifest`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Capture:
    """`engine` is `jibri` or `embedded`; instants are epoch seconds; damaged files are among the tracks
    (with duration 0), because only `compose` may leave something out."""

    session_id: str
    engine: str
    room_name: str
    tracks: list[Track]
    started_at: float
    ended_at: float
    finalized: bool


def read_capture(directory: Path, *, zone: ZoneInfo, growing: bool = False) -> Capture:
    """`zone` is the recorder machine's, whose local time is in Jibri's file names. Raises NotACapture.

    `growing`: the recorder is still at it, and what a manifest does not call ended goes on.
    """
    manifest = _inside(directory, "manifest.json")
    if manifest is not None:
        return _embedded(directory, _json(manifest), growing=growing)
    return _jibri(directory, zone)


def is_settled(directory: Path, *, now: float, quiet_seconds: float = QUIET_SECONDS) -> bool:
    """Whether the recorder is done: it said so, or nothing has been written for a while.

    On shared storage a second Jibri may go on in the folder that the first one has finalized: a marker
    that is older than a file says nothing about that file.
    """
    marker = directory / MARKER
    if marker.is_file() and marker.stat().st_mtime >= _newest(_films(directory)) - MARKER_TRUST_SECONDS:
        return True
    return now - last_change_of(directory) >= quiet_seconds


def last_change_of(directory: Path) -> float:
    """When something was written into it, in epoch seconds."""
    return max(directory.stat().st_mtime, _newest(_entries(directory)))


def _newest(paths: Iterable[Path]) -> float:
    return max((path.lstat().st_mtime for path in paths), default=0.0)


def _films(directory: Path) -> list[Path]:
    return sorted(path for path in _entries(directory) if path.suffix.lower() in _VIDEO_SUFFIXES)


def _jibri(directory: Path, zone: ZoneInfo) -> Capture:
    files = _films(directory)
    tracks = [_room_track(path, zone) for path in files if path.is_file()]
    if not tracks:
        raise NotACapture("no_video")
    tracks.sort(key=lambda track: track.starts_at)
    return Capture(
        session_id=directory.name,
        engine="jibri",
        room_name=_room_name(directory, files),
        tracks=tracks,
        started_at=tracks[0].starts_at,
        ended_at=max(track.starts_at + track.duration_seconds for track in tracks),
        finalized=(directory / MARKER).is_file(),
    )


def _room_track(path: Path, zone: ZoneInfo) -> Track:
    found = _probed(path)
    starts = _first_picture_at(path, found.duration_seconds if found else 0.0, zone)
    start, end = (found.start_seconds, found.end_seconds) if found else (0.0, 0.0)
    return Track(path, "room", "", "", "", starts - start, end, start)


def _first_picture_at(path: Path, seconds: float, zone: ZoneInfo) -> float:
    """From the file's last change, finer than a second, if the name agrees; else the name; else the change."""
    by_change = path.stat().st_mtime - seconds
    match = _JIBRI_NAME.fullmatch(path.stem)
    try:
        named = datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S") if match else None
    except ValueError:
        named = None
    if named is None:
        return by_change
    # When clocks go back one hour comes twice, and the name does not say which of the two it was.
    twice = [named.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)]
    by_name = min(twice, key=lambda at: abs(by_change - at))
    return by_change if abs(by_change - by_name) <= MTIME_TRUST_SECONDS else by_name


def _room_name(directory: Path, files: list[Path]) -> str:
    for path in files:
        if match := _JIBRI_NAME.fullmatch(path.stem):
            return match["call"]
    metadata = _inside(directory, "metadata.json")
    url = _json(metadata).get("meeting_url") if metadata else None
    return _last_part(url) if isinstance(url, str) else ""


def _last_part(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])[:200]
    except ValueError:
        return ""


def _embedded(directory: Path, manifest: dict[str, Any], *, growing: bool) -> Capture:
    if manifest.get("version") != 1 or not isinstance(manifest.get("tracks"), list):
        raise NotACapture("bad_manifest")
    tracks = [track for row in manifest["tracks"] if (track := _track(directory, row, growing=growing))]
    if not tracks:
        raise NotACapture("no_video")
    starts = min(track.starts_at for track in tracks)
    ends = max(track.starts_at + track.duration_seconds for track in tracks)
    return Capture(
        session_id=_text(manifest.get("session_id")) or directory.name,
        engine="embedded",
        room_name=_text(manifest.get("room")),
        tracks=tracks,
        started_at=_instant(manifest.get("started_at")) or starts,
        ended_at=_instant(manifest.get("ended_at")) or ends,
        finalized=(directory / MARKER).is_file(),
    )


def _track(directory: Path, row: Any, *, growing: bool) -> Track | None:
    """One line of the manifest; None when it names no file of ours or makes no sense."""
    if not isinstance(row, dict):
        return None
    path = _inside(directory, _text(row.get("file")))
    kind, starts = _KINDS.get(_text(row.get("kind"))), _instant(row.get("started_at"))
    if path is None or kind is None or starts is None:
        return None
    ends = _instant(row.get("ended_at"))
    found = _probed(path)
    open_end = FOREVER if growing else found.end_seconds if found else 0.0
    seconds = max(0.0, ends - starts) if ends else open_end
    person = _text(row.get("person")) or _text(row.get("occupant"))
    return Track(path, kind, person, _text(row.get("name")), _text(row.get("role")), starts, seconds)


def _probed(path: Path) -> Probe | None:
    try:
        return probe(path)
    except Unusable:
        return None


def _entries(directory: Path) -> Iterator[Path]:
    """What lies in the directory itself; links and hidden files do not count."""
    return (path for path in directory.iterdir() if not path.is_symlink() and not path.name.startswith("."))


def _inside(directory: Path, name: str) -> Path | None:
    """The plain file of that name in the directory; None for anything else, also for a link."""
    if name in {"", ".", ".."} or len(name) > 120 or re.search(r"[/\\\0]", name):
        return None
    path = directory / name
    return path if path.is_file() and not path.is_symlink() else None


def _json(path: Path) -> dict[str, Any]:
    """The object in the file; empty when it is broken, deep or huge: it was a stranger's to write."""
    if path.stat().st_size > MAX_TEXT_BYTES:
        return {}
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _text(value: Any) -> str:
    return value[:500] if isinstance(value, str) else ""


def _instant(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < 1e11 else None


def last_sign_of(directory: Path) -> float | None:
    """When a built-in recorder last wrote about its session: at its end, or two seconds before it was killed at most.
    None when it never did."""
    manifest = _inside(directory, "manifest.json")
    if manifest is None:
        return None
    return _instant(_json(manifest).get("ended_at")) or manifest.stat().st_mtime


def at_work_since(directory: Path, *, asked_at: float) -> float | None:
    """When a built-in recorder, asked at `asked_at`, began to lose nothing; None when it reached nobody.

    That is when somebody was connected; in a room where nobody offered anything at first, when it came in. Recorders of
    earlier releases told neither, and what happened to each person must do.
    """
    manifest = _inside(directory, "manifest.json")
    if manifest is None:
        return None
    told = _json(manifest)
    states = list(_states(told))
    joined, offered, connected = _firsts(told, states, asked_at)
    if joined is None or offered is None or offered > joined + AT_FIRST_SECONDS:
        return joined
    return connected


def _firsts(
    told: dict[str, Any], states: list[tuple[float, str, str]], asked_at: float
) -> tuple[float | None, float | None, float | None]:
    """When it came into the room, was offered something, and was connected."""
    if "joined_at" in told:
        joined, offered, connected = (
            _instant(told.get(name)) for name in ("joined_at", "offered_at", "connected_at")
        )
        return joined, offered, connected
    return (
        min((at for at, _, _ in states), default=asked_at),
        _first_offer(states),
        min((at for at, state, _ in states if state == "connected"), default=None),
    )


def _first_offer(states: list[tuple[float, str, str]]) -> float | None:
    """Somebody is "connecting" as soon as they are there, and again when they offer something."""
    there: set[str] = set()
    for at, state, who in states:
        if state in ("connected", "refused") or (state == "connecting" and who in there):
            return at
        there |= {who} if state == "connecting" else set()
    return None


def _states(told: dict[str, Any]) -> Iterator[tuple[float, str, str]]:
    rows = told.get("states")
    for row in rows if isinstance(rows, list) else []:
        at = _instant(row.get("at")) if isinstance(row, dict) else None
        if at is not None:
            yield at, _text(row.get("state")), _text(row.get("occupant"))


def room_name_of(directory: Path) -> str:
    """The room that a directory was recorded in, also when there is no video in it; "" when nothing says."""
    manifest = _inside(directory, "manifest.json")
    told = _text(_json(manifest).get("room")) if manifest else ""
    return told or _room_name(directory, sorted(_entries(directory)))


def engine_of(directory: Path) -> str:
    return "embedded" if _inside(directory, "manifest.json") else "jibri"
