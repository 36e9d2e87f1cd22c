"""Copies of a whole board to take along: made by a worker, kept for a day."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Person
from whiteboard.models.boards import Board
from whiteboard.models.work import Work


class Format(models.TextChoices):
    PDF = "pdf"
    PNG = "png"
    SVG = "svg"


MEDIA_TYPES = {Format.PDF: "application/pdf", Format.PNG: "application/zip", Format.SVG: "application/zip"}
# The layer of those who see all of them.
STAFF_LAYER = "*"


class BoardExport(Work):
    """`seq` is the board's last edit in it; `layer` whose own answers are in it besides everybody's; `with_added` says
    whether what came after the lesson is in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="exports")
    format = models.CharField(max_length=3, choices=Format.choices)
    layer = models.CharField(max_length=40)
    with_added = models.BooleanField(default=True)
    seq = models.PositiveBigIntegerField(default=0)
    key = models.CharField(max_length=250, blank=True)
    size_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["asked_at", "pk"]
        indexes = [models.Index(fields=["state"], name="board_exports_by_state")]

    def __str__(self) -> str:
        return f"{self.format} of {self.board_id}"
