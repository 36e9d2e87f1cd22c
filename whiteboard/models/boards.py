"""A board and its log of edits. Everything else about a board is a fold of the log (`whiteboard/board/`)."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import Person
from classroom.models import Room
from common.clock import to_ms


class Board(models.Model):
    """One board a room. `seq` is the last edit's number; its row lock orders the writers."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="board")
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Board of {self.room}"

    @property
    def closed_ms(self) -> int | None:
        """When what is drawn began to be drawn after the lesson, in ms since 1970; None while the lesson goes on."""
        lesson = self.room.lesson
        closed_at = self.room.closed_at or (lesson.ended_at or lesson.ends_at if lesson.is_over else None)
        return None if closed_at is None else to_ms(closed_at)


class Edit(models.Model):
    """One durable change, as it was acknowledged."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="edits")
    seq = models.PositiveBigIntegerField()
    ref = models.UUIDField(help_text="Made by the client: the same ref twice is one edit.")
    type = models.CharField(max_length=40)
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.BigIntegerField(help_text="Milliseconds since 1970 UTC, server clock.")
    data = models.JSONField()

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["board", "seq"], name="one_edit_a_seq"),
            models.UniqueConstraint(fields=["board", "ref"], name="one_edit_a_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.type}"
