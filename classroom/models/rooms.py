"""Rooms, who is inside, and the timeline of facts."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.models.courses import Standing
from classroom.models.lessons import Lesson
from common.ids import make_room_name


class RoomKind(models.TextChoices):
    """The room in which a lesson meets, and those into which it divides for a while."""

    MAIN = "main", _("Main room")
    BREAKOUT = "breakout", _("Breakout room")


class Room(models.Model):
    """Where a lesson meets; its name is the Jitsi room's and cannot be guessed. `seq` counts its durable words.

    `number` and `title` are a breakout's: the main room is number 0 and has the lesson's title.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="rooms")
    kind = models.CharField(max_length=20, choices=RoomKind, default=RoomKind.MAIN)
    number = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(max_length=80, blank=True, default="")
    name = models.SlugField(max_length=80, unique=True, default=make_room_name, editable=False)
    seq = models.PositiveBigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lesson"], condition=models.Q(kind="main"), name="one_main_room_a_lesson"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_breakout(self) -> bool:
        return self.kind == RoomKind.BREAKOUT

    @property
    def is_shut(self) -> bool:
        """Nobody says or asks anything here any more."""
        return self.closed_at is not None or self.lesson.is_over


def main_room(lesson: str = "") -> models.Prefetch[str]:
    """For lists: brings along what `Lesson.room` answers; `lesson` is the way from the row to its lesson."""
    way = f"{lesson}__rooms" if lesson else "rooms"
    return models.Prefetch(way, queryset=Room.objects.filter(kind=RoomKind.MAIN), to_attr="main_rooms")


class Door(models.TextChoices):
    """By which way somebody is inside: the room page's socket, or Jitsi, as Prosody tells it. Whoever watches the
    stream is not in the room: they are counted, and stand in the register."""

    PAGE = "page", "page"
    JITSI = "jitsi", "jitsi"
    HLS = "hls", "hls"


class Presence(models.Model):
    """One tab of one person in a room, from joining to leaving, or one visit to the Jitsi room.

    `connection` names the socket that speaks for it now; after a lost connection the row stays
    open until `last_seen_at` is too old, so that a reconnect is the same presence. A visit has no
    socket: Prosody's events and snapshots open and close it, and whoever comes again comes as a new one.
    """

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="presences")
    occupant = models.UUIDField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="presences")
    standing = models.CharField(max_length=20, choices=Standing)
    door = models.CharField(max_length=20, choices=Door, default=Door.PAGE)
    connection = models.CharField(max_length=200, blank=True, default="")
    joined_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    microphone = models.BooleanField(default=False)
    camera = models.BooleanField(default=False)
    screen = models.BooleanField(default=False)
    has_video = models.BooleanField(
        default=True,
        help_text="False: the page of board and quiz alone, beside the Jitsi app or without video.",
    )
    board_only = models.BooleanField(
        default=False,
        db_default=False,
        help_text="By choice or for a poor network: the room's page, with pictures and sound put aside.",
    )

    told_seq = models.PositiveBigIntegerField(
        null=True,
        default=0,
        help_text="The number of the room's last word about it; null when the version before this column wrote it.",
    )
    media_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was told last what is sent from here; null: never."
    )

    media_said_at = models.DateTimeField(
        null=True, blank=True, help_text="When Prosody saw it so: what it tells of earlier changes nothing."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "occupant"],
                condition=models.Q(left_at__isnull=True),
                name="one_open_presence_an_occupant",
            ),
        ]
        indexes = [
            models.Index(
                fields=["last_seen_at"], condition=models.Q(left_at__isnull=True), name="open_presence"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.room}"


class Fact(models.Model):
    """One line of a lesson's timeline: append-only, what happened, when, and who says so."""

    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="facts")
    type = models.CharField(max_length=60)
    at = models.DateTimeField()
    source = models.CharField(max_length=40)
    key = models.CharField(max_length=200, help_text="The same key twice is the same fact.")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="facts")
    data = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lesson", "key"], name="one_fact_a_key")]
        indexes = [models.Index(fields=["lesson", "type", "at"], name="facts_by_type")]

    def __str__(self) -> str:
        return f"{self.type} at {self.at:%H:%M:%S}"
