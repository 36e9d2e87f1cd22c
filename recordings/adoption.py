"""Folders that recorders left: which lesson they belong to, and whether they are finished."""

import logging
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from classroom.models import Room, RoomKind
from common.crashpoints import crash_point
from recordings import actions
from recordings.manifests import engine_of, is_settled, room_name_of
from recordings.models import Capture, Engine, Orphan, Recording, RecordingState
from recordings.residency import is_ours

log = logging.getLogger(__name__)


def adopt_folders(*, now: datetime) -> int:
    """Adopt every finished folder that no capture knows. Folders of unknown rooms stay and are listed."""
    root: Path = settings.RECORDINGS_DIR
    root.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in root.iterdir() if path.is_dir() and not path.is_symlink()}
    known = set(Capture.objects.filter(session_id__in=names).values_list("session_id", flat=True))
    unknown = sorted(names - known)
    Orphan.objects.exclude(name__in=unknown).delete()
    return sum(_adopt(root / name, now) for name in unknown)


def _adopt(directory: Path, now: datetime) -> bool:
    if not is_settled(directory, now=now.timestamp(), quiet_seconds=settings.QUIET_SECONDS):
        return False
    name = room_name_of(directory)
    recording = (
        Recording.objects.select_related("lesson__institution")
        .filter(lesson__rooms__in=Room.objects.filter(name=name, kind=RoomKind.MAIN))
        .first()
    )
    if recording is None:
        _keep_orphan(directory, name, now)
        return False
    if not is_ours(recording):
        log.warning("The folder %s is of another zone, and stays where it is", directory.name)
        _keep_orphan(directory, name, now)
        return False
    engine = Engine(engine_of(directory))
    # Together: a folder that a capture names is never looked at again.
    with transaction.atomic():
        if not actions.adopt_session(recording=recording, session_id=directory.name, engine=engine, now=now):
            return False
        crash_point("recordings.adopted")
        # What comes after publishing is noted, and not composed by itself.
        if recording.lesson.is_over and not recording.is_published:
            actions.move(recording, RecordingState.CAPTURED, now=now, attempts=0, reason="")
    return True


def _keep_orphan(directory: Path, room_name: str, now: datetime) -> None:
    """For the page of the platform's administrators: somebody's lesson may be in there."""
    name, room = _shown(directory.name, 255), _shown(room_name, 200)
    if Orphan.objects.filter(name=name).exists():
        return
    log.info("The folder %s belongs to no lesson", name)
    size = sum(path.lstat().st_size for path in directory.iterdir() if path.is_file())
    orphan = Orphan(name=name, room_name=room, found_at=now, size_bytes=size)
    Orphan.objects.bulk_create([orphan], ignore_conflicts=True)


def _shown(text: str, longest: int) -> str:
    """What strangers named may hold bytes that PostgreSQL does not take."""
    return text.encode(errors="replace").decode().replace("\0", "")[:longest]
