"""What a recording is divided into, and what its teachers call the parts."""

from __future__ import annotations

from django.db import models

from recordings.models.recordings import Recording


class ChapterKind(models.TextChoices):
    PAGE = "page"
    QUIZ = "quiz"
    BREAKOUTS = "breakouts"
    SCREEN = "screen"


class Chapter(models.Model):
    """`key` names what began it, also after the video was composed again."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="chapters")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=120, blank=True, default="")
    kind = models.CharField(max_length=12, choices=ChapterKind, default=ChapterKind.PAGE)
    starts_seconds = models.FloatField()
    ends_seconds = models.FloatField()
    title = models.CharField(max_length=200)
    automatic_title = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["recording", "position"], name="one_chapter_a_position")
        ]

    def __str__(self) -> str:
        return self.title


class ChapterTitle(models.Model):
    """What a teacher wrote over an automatic title. The chapters are made anew with each composition; this stays."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="chapter_titles")
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recording", "key"], name="one_title_a_chapter")]

    def __str__(self) -> str:
        return self.title
