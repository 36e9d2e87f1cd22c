"""What lies in a recording's folders, and what of that its video was made of.

Footage may come when the video is there already: a folder that is found late, a file that a lost recorder still finished.
No media libraries here: pages ask, too.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from recordings.models import Capture, Recording, Starter

SUFFIXES = frozenset({".mp4", ".mkv", ".ts", ".webm"})
# Session → file → bytes, as `Recording.composed` has it.
Footage = dict[str, dict[str, int]]


def footage_of(recording: Recording) -> Footage:
    """What lies there, folder by folder. Take it before the files are looked into: what is written meanwhile is more."""
    sessions = recording.captures.order_by("wanted_at").values_list("session_id", flat=True)
    return {session: _films(settings.RECORDINGS_DIR / session) for session in sessions}


def _films(folder: Path) -> dict[str, int]:
    """Empty ones, links and hidden files do not count."""
    if not folder.is_dir():
        return {}
    films = (
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and not path.is_symlink()
    )
    return {path.name: size for path in films if path.is_file() and (size := path.stat().st_size)}


def late_footage(recording: Recording, found: Footage | None = None) -> Footage:
    """What lies there, or was `found` there, and has come after the video was made: other files, and longer ones."""
    found = footage_of(recording) if found is None else found
    if recording.composed is None:
        return _late_in_old_rows(recording, found)
    known: Footage = recording.composed
    late = {
        session: {name: size for name, size in films.items() if size > known.get(session, {}).get(name, 0)}
        for session, films in found.items()
    }
    return {session: films for session, films in late.items() if films}


def _late_in_old_rows(recording: Recording, found: Footage) -> Footage:
    """Composed before it was kept of what: only folders that were found after publishing are known to be late."""
    if recording.published_at is None:
        return {}
    late = Capture.objects.filter(
        recording=recording, started_by=Starter.NOBODY, wanted_at__gt=recording.published_at
    )
    return {name: found[name] for name in late.values_list("session_id", flat=True) if found.get(name)}


def is_all_there(recording: Recording) -> bool:
    """Whether what the video was made of is still there, so that one that is made now holds no less."""
    if recording.originals_gone_at is not None:
        return False
    found = footage_of(recording)
    if recording.composed is None:
        return any((settings.RECORDINGS_DIR / session).is_dir() for session in found)
    return all(found.get(session) for session, films in recording.composed.items() if films)


def folders_in_video(recording: Recording) -> list[Path]:
    """The folders that may go when the store has the video: all that is in them is in it."""
    left_out = {name for name, _ in recording.left_out}
    composed: Footage = footage_of(recording) if recording.composed is None else recording.composed
    whole = [session for session, films in composed.items() if not left_out & {session, *films}]
    return [settings.RECORDINGS_DIR / session for session in whole]
