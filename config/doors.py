"""Every door and the row of `accounts/authorisation.py` that it asks. A door without a line here fails the tests."""

from __future__ import annotations

from collections.abc import Mapping

# Open to anybody: they show nothing that belongs to a school.
PUBLIC = "public"

# The name of a URL → the row for reading, and for writing where that is another one.
URLS: Mapping[str, str | tuple[str, str]] = {
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "sign_in": PUBLIC,
    "set_language": PUBLIC,
    "sign_out": PUBLIC,
    "home": "signed_in",
    "schedule": "lesson.schedule",
    "lesson": "lesson.read",
    "room": "room.join",
    "replay": "recording.follow",
    "register": "register.read",
    "register_csv": "register.read",
    "recording_progress": "recording.follow",
    "recording_position": "recording.view",
    "recording_video": "recording.view",
    "recording_poster": "recording.view",
    "recording_chapters": "recording.view",
    # The link names the file; the person behind it is asked again.
    "media": "recording.view",
}

# What a client says on a socket → the row.
WORDS: Mapping[str, str] = {
    "room.resync": "room.join",
    "room.ping": "room.join",
    "media.change": "room.join",
    "peer.signal": "room.join",
    "lesson.end": "lesson.end",
    "board.ping": "room.join",
    "stroke.add": "board.draw",
    "stroke.extend": "board.draw",
    "stroke.erase": "board.draw",
    "edit.undo": "board.draw",
    "edit.redo": "board.draw",
    "page.add": "board.manage",
    "page.turn": "board.manage",
    "rights.change": "board.manage",
}


def rows_of(url_name: str) -> tuple[str, str]:
    """The rows for reading and for writing; KeyError for a URL that nobody placed."""
    placed = URLS[url_name]
    return (placed, placed) if isinstance(placed, str) else placed
