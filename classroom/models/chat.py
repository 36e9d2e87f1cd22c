"""What is said in a room, what of it worries somebody, and how the class feels about the pace."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.models.courses import Standing
from classroom.models.lessons import Lesson
from classroom.models.rooms import Room

LONGEST_WORDS = 1000


class Talk(models.Model):
    """What is said in one room. `seq` counts its durable words; the row's lock makes one order of them."""

    room = models.OneToOneField(Room, on_delete=models.CASCADE, related_name="talk")
    seq = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Talk of {self.room}"


class ChatMessage(models.Model):
    """`id` is made by whoever writes, so that the same message twice is one. `name` and `standing` are those of then.

    What is deleted is shown to nobody, and kept for whoever has to look into a concern about it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveBigIntegerField()
    author = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="chat_messages")
    name = models.CharField(max_length=200)
    standing = models.CharField(max_length=20, choices=Standing)
    text = models.TextField(max_length=LONGEST_WORDS)
    to_staff = models.BooleanField(default=False, help_text="For those who hold the lesson, and its author.")
    sent_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_seq = models.PositiveBigIntegerField(null=True, blank=True)
    deleted_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["sent_at", "seq"]
        constraints = [models.UniqueConstraint(fields=["room", "seq"], name="one_message_a_seq")]

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:60]}"


class ConcernState(models.TextChoices):
    OPEN = "open", _("Open")
    SEEN = "seen", _("Seen")


class Concern(models.Model):
    """Something in a lesson that worries somebody. `told_at` is when the school's contact had a letter about it."""

    id = models.UUIDField(primary_key=True, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="concerns")
    message = models.ForeignKey(
        ChatMessage, on_delete=models.SET_NULL, null=True, blank=True, related_name="concerns"
    )
    by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="concerns")
    text = models.TextField(max_length=LONGEST_WORDS, blank=True, default="")
    state = models.CharField(max_length=20, choices=ConcernState, default=ConcernState.OPEN)
    raised_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-raised_at", "pk"]
        indexes = [
            models.Index(
                fields=["raised_at"], condition=models.Q(told_at__isnull=True), name="concerns_untold"
            )
        ]

    def __str__(self) -> str:
        return f"Concern about {self.lesson}"
