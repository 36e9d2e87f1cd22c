"""Bringing a file to a board, and changing one's mind."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from accounts.actions import record_audit
from accounts.models import Person
from common.queue import enqueue_on_commit
from common.refusals import Refused
from common.storage.contract import sha256_of
from whiteboard.models import UNFINISHED, Board, BoardFile, FileKind, WorkState
from whiteboard.storage import folder_of, storage

# Enough to tell what a file is by what it begins with; what somebody calls it says nothing.
HEAD_BYTES = 16
MOST_FILES, MOST_AT_ONCE = 300, 3
A_WHILE, MOST_IN_A_WHILE = timedelta(minutes=10), 30
STORING = timedelta(minutes=5)
_SIGNATURES = (
    (re.compile(rb"%PDF-[12]\.\d"), FileKind.SLIDES, "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"), FileKind.IMAGE, "image/png"),
    (re.compile(rb"\xff\xd8\xff[\xc0-\xfe]"), FileKind.IMAGE, "image/jpeg"),
    (re.compile(rb"RIFF.{4}WEBPVP8", re.DOTALL), FileKind.IMAGE, "image/webp"),
)


def kind_of(head: bytes, said: str) -> tuple[FileKind, str]:
    """By the first bytes, not one of which may stand before; Refused("bad_type") when that is not what was said.

    A file that is two things at once is refused, or loses the other one: only its pixels are kept.
    """
    for signature, kind, media_type in _SIGNATURES:
        if signature.match(head):
            if said and said != media_type:
                break
            return kind, media_type
    raise Refused("bad_type")


def add_file(
    *,
    board: Board,
    path: Path,
    title: str,
    kind: FileKind,
    media_type: str,
    by: Person,
    now: datetime,
    after_page: uuid.UUID | None = None,
) -> BoardFile:
    """Keep an upload and knock on a worker; Refused("too_big"), ("board_full") or ("slow_down")."""
    size = path.stat().st_size
    if size > settings.BOARD_FILE_MAX_MB * 1_000_000:
        raise Refused("too_big")
    file = BoardFile(
        board=board,
        kind=kind,
        title=_title(title),
        media_type=media_type,
        size_bytes=size,
        sha256=sha256_of(path),
        after_page=after_page,
        uploaded_by=by,
        asked_at=now,
    )
    file.folder = f"{folder_of(board)}/{file.pk}"
    # The row first: an object without one would be found by nobody. No worker may have it before its object is there,
    # and the store may take its time, so the board's lock is not held meanwhile: nobody could draw.
    file.lease_until = now + STORING
    with transaction.atomic():
        _check_room(board, by, size, now)
        file.save(force_insert=True)
        _tell_audit(file)
    storage().put(file.upload_key, path, content_type=media_type)
    BoardFile.objects.filter(pk=file.pk, state=WorkState.WAITING).update(lease_until=None)
    enqueue_on_commit("whiteboard.import_file", file.pk)
    return file


def _check_room(board: Board, by: Person, size: int, now: datetime) -> None:
    """Under the board's lock, so that many at once do not all fit."""
    Board.objects.select_for_update(of=("self",)).get(pk=board.pk)
    files = BoardFile.objects.filter(board=board)
    kept = files.exclude(state__in=(WorkState.FAILED, WorkState.CANCELLED))
    total = kept.aggregate(total=Sum("size_bytes"))["total"] or 0
    if kept.count() >= MOST_FILES or total + size > settings.BOARD_FILES_MAX_MB * 1_000_000:
        raise Refused("board_full")
    lately = BoardFile.objects.filter(uploaded_by=by, asked_at__gt=now - A_WHILE).count()
    if lately >= MOST_IN_A_WHILE or files.filter(state__in=UNFINISHED).count() >= MOST_AT_ONCE:
        raise Refused("slow_down")


def _title(name: str) -> str:
    """What the pages are called: the name that the file had, without its ending."""
    plain = "".join(c if c.isprintable() else " " for c in name.encode("utf-8", "ignore").decode())
    stem = " ".join(plain.replace("\\", "/").rpartition("/")[2].split())
    return (re.sub(r"\.[A-Za-z0-9]{1,5}$", "", stem) or stem or "…")[:100]


def _tell_audit(file: BoardFile) -> None:
    lesson = file.board.room.lesson
    detail = {"file": str(file.pk), "bytes": file.size_bytes}
    record_audit(
        "board.file_added",
        institution=lesson.institution,
        by=file.uploaded_by,
        target=f"lesson:{lesson.pk}",
        detail=detail,
    )


def cancel_file(*, file: BoardFile, now: datetime) -> None:
    """Whoever works on it notices within two seconds; Refused("too_late") once it is finished."""
    rows = BoardFile.objects.filter(pk=file.pk, state__in=UNFINISHED)
    if not rows.update(state=WorkState.CANCELLED, finished_at=now, lease_owner="", lease_until=None):
        raise Refused("too_late")
    enqueue_on_commit("whiteboard.tidy_file", file.pk)
