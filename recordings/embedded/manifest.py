"""What a session directory holds: `manifest.json`, `metadata.json` and, at the very end, `finalized`."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# A shared screen that does not change is sent about once a second: that is no pause.
PAUSE_SECONDS = {"microphone": 1.0, "camera": 1.0, "screen": 2.5}
# Whoever has something to send offers it so soon after the recorder came.
OFFER_SECONDS = 5.0
STATES = ("connecting", "connected", "closed", "not_offered", "refused", "socket_lost", "socket_back")


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits at an occupant, as the room said."""

    occupant: str
    person: str = ""
    name: str = ""
    role: str = ""


@dataclass(slots=True)
class Track:
    """One file. Places are seconds after `started_at`, which may move a little in the first second.

    `frames` is written by the track's own thread, everything else by the event loop.
    """

    file: str
    kind: str
    who: Person
    started_at: float
    ended_at: float | None = None
    frames: int = 0
    dropped: int = 0
    last: float = 0.0
    holes: list[tuple[float, float]] = field(default_factory=list)

    def saw(self, place: float, seconds: float) -> None:
        """A frame at `place` that lasts `seconds`."""
        if place - self.last > PAUSE_SECONDS[self.kind]:
            self.holes.append((self.last, place))
        self.last = max(self.last, place + seconds)

    def end(self) -> None:
        self.ended_at = self.started_at + self.last

    def pauses(self, now: float) -> list[tuple[float, float | None]]:
        """Epoch seconds; the last one is open (`None`) while the sender is silent."""
        pauses: list[tuple[float, float | None]] = [
            (round(self.started_at + a, 3), round(self.started_at + b, 3)) for a, b in self.holes
        ]
        if self.ended_at is None and now - self.started_at - self.last > PAUSE_SECONDS[self.kind] + 0.5:
            pauses.append((round(self.started_at + self.last, 3), None))
        return pauses

    def told(self, now: float) -> dict[str, Any]:
        return {
            "file": self.file,
            "kind": self.kind,
            "occupant": self.who.occupant,
            "person": self.who.person,
            "name": self.who.name,
            "role": self.who.role,
            "started_at": round(self.started_at, 3),
            "ended_at": None if self.ended_at is None else round(self.ended_at, 3),
            "frames": self.frames,
            "dropped": self.dropped,
            "pauses": self.pauses(now),
        }


class Manifest:
    """The session's own account of itself, rewritten whole each time so that no reader sees half."""

    def __init__(self, directory: Path, session_id: str, room: str, recording: str) -> None:
        self._directory = directory
        self._facts = {"session_id": session_id, "room": room, "recording": recording}
        self.started_at: float | None = None
        self.ended_at: float | None = None
        self._joined_at: float | None = None
        self._offered_at: float | None = None
        self._connected_at: float | None = None
        self.tracks: list[Track] = []
        self.people: dict[str, Person] = {}
        self._states: list[dict[str, Any]] = []
        directory.mkdir(parents=True, exist_ok=True)

    def state(self, at: float, state: str, occupant: str | None = None) -> None:
        """`state` is one of `STATES`; `occupant` is None for the socket's own."""
        if state == "connected":
            self._connected_at = self._connected_at or at
        self._states.append({"at": round(at, 3), "state": state, "occupant": occupant})

    def came(self, at: float) -> None:
        """We are in the room."""
        self._joined_at = self._joined_at or at

    def was_offered(self, at: float) -> None:
        """Somebody has pictures or sound for us, whether or not they will reach us."""
        self._offered_at = self._offered_at or at

    def meet(self, person: Person) -> None:
        """Somebody was in the room; remembered after they leave."""
        self.people[person.occupant] = person

    def add(self, track: Track) -> None:
        self.tracks.append(track)
        if self.started_at is None:
            self.started_at = track.started_at

    def new_file(self, who: Person, kind: str) -> str:
        """A name no track of this session has: `<occupant first 8>-<kind>-<n>.mkv`."""
        stem = f"{who.occupant[:8]}-{kind}-"
        return f"{stem}{1 + sum(track.file.startswith(stem) for track in self.tracks)}.mkv"

    def pages(self, now: float) -> dict[str, dict[str, Any]]:
        """File name to content, as things stand."""
        people = [{"name": who.name, "role": who.role} for who in self.people.values()]
        metadata = {"meeting_url": f"/{self._facts['room']}", "participants": people}
        return {"manifest.json": self._told(now), "metadata.json": metadata}

    def write(self, pages: dict[str, dict[str, Any]]) -> None:
        """Raises OSError when the disk refuses. Not from two threads at once."""
        for name, told in pages.items():
            self._replace(name, told)

    def finalize(self, now: float) -> None:
        """The last word: the marker comes after everything else. Raises OSError."""
        self.ended_at = now
        self.write(self.pages(now))
        (self._directory / "finalized").touch()

    def _told(self, now: float) -> dict[str, Any]:
        return {
            "version": 1,
            "engine": "embedded",
            **self._facts,
            "started_at": self.started_at and round(self.started_at, 3),
            "ended_at": self.ended_at and round(self.ended_at, 3),
            "joined_at": self._joined_at and round(self._joined_at, 3),
            "offered_at": self._offered_at and round(self._offered_at, 3),
            "connected_at": self._connected_at and round(self._connected_at, 3),
            "tracks": [track.told(now) for track in self.tracks],
            "states": self._states,
        }

    def _replace(self, name: str, told: dict[str, Any]) -> None:
        part = self._directory / f".{name}.part"
        part.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(self._directory / name)
