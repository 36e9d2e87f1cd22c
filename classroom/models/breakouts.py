"""A lesson that divides into rooms for a while, who sits where, and divisions kept for another time."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.models.courses import Course
from classroom.models.lessons import Lesson
from classroom.models.rooms import Room


class Division(models.TextChoices):
    """How people come into rooms."""

    RANDOM = "random", _("By chance")
    GROUPS = "groups", _("By the groups of the course")
    HAND = "hand", _("By hand")
    PLAN = "plan", _("As saved")


class BreakoutState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


BREAKOUT_MOVES: dict[str, frozenset[str]] = {
    BreakoutState.PLANNED: frozenset({BreakoutState.OPEN, BreakoutState.CLOSED}),
    BreakoutState.OPEN: frozenset({BreakoutState.CLOSED}),
    BreakoutState.CLOSED: frozenset(),
}


class BreakoutPlan(models.Model):
    """A division to be used again: `rooms` is a list of `{"title", "people": [ids]}`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="breakout_plans")
    name = models.CharField(max_length=80)
    rooms = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint("course", Lower("name"), name="one_breakout_plan_a_name")]

    def __str__(self) -> str:
        return self.name


class Breakout(models.Model):
    """One division of a lesson. The sweep closes it at `closes_at`, and warns a minute before; null is "by hand".

    `titles` are its rooms' while it is planned, the first is number 1; the rooms themselves are made when it opens.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="breakouts")
    planned_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=BreakoutState, default=BreakoutState.PLANNED)
    division = models.CharField(max_length=20, choices=Division)
    seed = models.PositiveBigIntegerField(default=0, help_text="The same people and seed, the same division.")
    titles = models.JSONField(default=list)
    note = models.CharField(max_length=500, blank=True, default="")
    noted_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lesson"],
                condition=models.Q(state__in=("planned", "open")),
                name="one_breakout_at_once_a_lesson",
            ),
        ]
        indexes = [
            models.Index(fields=["closes_at"], condition=models.Q(state="open"), name="breakouts_to_close")
        ]

    def __str__(self) -> str:
        return f"{self.lesson} in {len(self.titles)} rooms"


class BreakoutSeat(models.Model):
    """Whose room is which; `room` from the opening on. It stays when the rooms are closed: their boards are the
    members' to read."""

    breakout = models.ForeignKey(Breakout, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="breakout_seats")
    number = models.PositiveSmallIntegerField()
    room = models.ForeignKey(Room, on_delete=models.CASCADE, null=True, blank=True, related_name="seats")
    help_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["breakout", "person"], name="one_breakout_seat_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person} in room {self.number}"
