"""The light pack, as something that is made of a recording when somebody asks."""

from __future__ import annotations

from recordings.light_pack import make_pack
from recordings.models import RenditionKind
from recordings.renditions import Job, Product, maker
from whiteboard.drawing.raster import no_pictures
from whiteboard.exporting import pictures_of
from whiteboard.queries import board_of


@maker(RenditionKind.PACK)
def make_light_pack(job: Job) -> Product:
    board = board_of(job.recording.lesson)
    pictures = pictures_of(board.pk) if board else no_pictures
    pack = make_pack(job.recording, job.source(), pictures, job.folder, job.progress)
    return Product(pack, "application/zip")
