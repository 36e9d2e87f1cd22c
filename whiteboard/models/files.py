"""What somebody brought to a board: a picture, or slides whose pages become pictures behind the board's pages."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import models

from accounts.models import Person
from whiteboard.models.boards import Board
from whiteboard.models.work import Work


class FileKind(models.TextChoices):
    SLIDES = "slides"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as it is shown; `name` says what it holds (the first half of its SHA-256) and makes its key."""

    name: str
    width: int
    height: int


class BoardFile(Work):
    """The upload itself goes once its pictures are made: nobody is ever served what somebody else's program wrote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="files")
    kind = models.CharField(max_length=12, choices=FileKind.choices)
    title = models.CharField(max_length=100)
    media_type = models.CharField(max_length=60)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    folder = models.CharField(max_length=200, help_text="Where its objects lie in the store.")
    has_upload = models.BooleanField(default=True, help_text="Whether the store may still have the upload.")
    after_page = models.UUIDField(null=True, blank=True, help_text="Slides come behind it, or at the end.")
    pages = models.PositiveSmallIntegerField(default=0)
    pictures = models.JSONField(
        default=list, help_text="One a page: [name, width, height]; written before the object."
    )
    uploaded_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [models.Index(fields=["state"], name="board_files_by_state")]

    def __str__(self) -> str:
        return f"{self.title} ({self.kind})"

    @property
    def upload_key(self) -> str:
        return f"{self.folder}/upload"

    def picture(self, page: int) -> Picture | None:
        """Of a page counted from 1."""
        return Picture(*self.pictures[page - 1]) if 1 <= page <= len(self.pictures) else None

    def key_of(self, picture: Picture) -> str:
        return f"{self.folder}/{picture.name}.webp"
