"""The videobridges that all schools share, what they measured, and where new people are sent."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Institution


class BridgeState(models.TextChoices):
    """What a bridge is to newcomers; `NEW` has not answered yet."""

    NEW = "new", pgettext_lazy("bridge", "Not seen yet")
    UP = "up", pgettext_lazy("bridge", "Up")
    DRAINING = "draining", _("Being emptied")
    EMPTY = "empty", _("Empty, can be stopped")
    LEAVING = "leaving", _("Shutting down")
    SICK = "sick", _("Says it is unwell")
    LOST = "lost", _("Does not answer")


class Bridge(models.Model):
    """A Jitsi videobridge, found in JVB_URLS; everything but its address is what it said last.

    `drain_wanted` is our wish, `is_draining` its answer. The sweep brings them together; None is no wish,
    so that a bridge which somebody else is emptying is left alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    url = models.CharField(max_length=300, unique=True)
    region = models.CharField(max_length=60, blank=True, default="")
    relay_id = models.CharField(max_length=200, blank=True, default="")
    version = models.CharField(max_length=60, blank=True, default="")
    state = models.CharField(max_length=20, choices=BridgeState, default=BridgeState.NEW)
    drain_wanted = models.BooleanField(null=True, blank=True, default=None)
    is_draining = models.BooleanField(default=False)
    is_hot = models.BooleanField(default=False)
    stress = models.FloatField(null=True, blank=True)
    conferences = models.PositiveIntegerField(default=0)
    participants = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=40, blank=True, default="")
    asked_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["region", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def takes_people(self) -> bool:
        return self.state == BridgeState.UP and self.drain_wanted is not True


class BridgeReading(models.Model):
    """One measurement of one bridge; kept for a little over an hour. `measured_at` is on the bridge's clock."""

    bridge = models.ForeignKey(Bridge, on_delete=models.CASCADE, related_name="readings")
    at = models.DateTimeField()
    measured_at = models.DateTimeField(null=True, blank=True)
    stress = models.FloatField()
    participants = models.PositiveIntegerField(default=0)
    conferences = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["bridge", "at"], name="readings_of_bridge")]

    def __str__(self) -> str:
        return f"{self.bridge} at {self.at:%H:%M:%S}: {self.stress:.2f}"


class Diversion(models.Model):
    """Where new people of a region were sent from `decided_at` on, why, and by what readings.

    The latest of a region holds until the next; `judged_at` is when it was last found to be right. The region
    "" is the whole pool.
    """

    region = models.CharField(max_length=60, blank=True, default="")
    door = models.CharField(max_length=10)
    why = models.CharField(max_length=20)
    inputs = models.JSONField(default=list)
    decided_at = models.DateTimeField()
    judged_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["region", "-decided_at"], name="diversions_of_region")]

    def __str__(self) -> str:
        return f"{self.region or '*'}: {self.door} from {self.decided_at:%H:%M:%S}"


class Front(models.Model):
    """How one school meets the shared bridges: under which name, with which look, from where."""

    institution = models.OneToOneField(Institution, on_delete=models.CASCADE, related_name="front")
    domain = models.CharField(max_length=253, blank=True, default="")
    name = models.CharField(max_length=60, blank=True, default="")
    colour = models.CharField(max_length=7, blank=True, default="")
    logo_url = models.CharField(max_length=500, blank=True, default="")
    region = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["domain"], condition=~models.Q(domain=""), name="one_front_a_domain"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution}: {self.domain or '–'}"


class Peak(models.Model):
    """The most people of a school who were in its lessons at once, day by day; counted every minute."""

    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="peaks")
    day = models.DateField()
    people = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["institution", "day"], name="one_peak_a_day")]

    def __str__(self) -> str:
        return f"{self.institution}, {self.day}: {self.people}"
