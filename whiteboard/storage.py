"""Where files and exports of boards are kept: the store of the recordings, below a folder of each board."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

from django.conf import settings

from accounts.models import Institution
from common.refusals import Refused
from common.storage import Storage
from common.storage.by_key import ByKey
from common.storage.place import open_bucket, open_folder
from whiteboard.models import Board


@cache
def storage() -> Storage:
    """Its objects are never linked to: every look goes through our own doors."""
    if settings.STORAGE_BACKEND == "s3":
        return ByKey(_bucket_of) if settings.S3_ZONES else open_bucket()
    return open_folder(base_url="", signer=_no_links)


def _bucket_of(key: str) -> Storage:
    """Keys begin with the institution: its zone keeps them."""
    slug = key.partition("/")[0]
    region = Institution.objects.filter(slug=slug).values_list("region", flat=True).first() if slug else ""
    return open_bucket(region or "")


def _no_links(claims: dict[str, str | int]) -> str:
    raise Refused("no_links")


def folder_of(board: Board) -> str:
    return f"{board.room.lesson.institution.slug}/boards/{board.pk}"


def fetch(key: str, path: Path) -> None:
    """The object as a file; Refused("not_found") when there is none."""
    pieces = storage().read(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def work_folder(pk: object) -> Path:
    """An empty folder for one job; what an earlier try left in it goes."""
    folder: Path = settings.WORK_DIR / f"board-{pk}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
