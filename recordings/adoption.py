"""Folders that recorders left: which lesson they belong to, and whether they are finished."""

import logging
from datetime import datetime
from pathlib import Path

from django.conf import settings

from recordings import actions
from recordings.manifests import engine_of, is_settled, room_name_of
from recordings.models import Capture, Engine, Recording, RecordingState

log = logging.getLogger(__name__)


def adopt_folders(*, now: datetime) -> int:
    """Adopt every finished folder that no capture knows. Folders of unknown rooms stay and are logged."""
    root: Path = settings.RECORDINGS_DIR
    root.mkdir(parents=True, exist_ok=True)
    names = {path.name for path in root.iterdir() if path.is_dir() and not path.is_symlink()}
    known = set(Capture.objects.filter(session_id__in=names).values_list("session_id", flat=True))
    return sum(_adopt(root / name, now) for name in sorted(names - known))


def _adopt(directory: Path, now: datetime) -> bool:
    if not is_settled(directory, now=now.timestamp(), quiet_seconds=settings.QUIET_SECONDS):
        return False
    name = room_name_of(directory)
    recording = Recording.objects.select_related("lesson__room").filter(lesson__room__name=name).first()
    if recording is None:
        log.debug("The folder %s belongs to no lesson", directory.name)
        return False
    engine = Engine(engine_of(directory))
    if not actions.adopt_session(recording=recording, session_id=directory.name, engine=engine, now=now):
        return False
    if recording.lesson.is_over:
        actions.move(recording, RecordingState.CAPTURED, now=now, attempts=0, reason="")
    return True
