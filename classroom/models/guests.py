"""Links for people without an account, and whoever waits at the door of a lesson."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, RecordingAnswer
from accounts.policy import read_policy
from classroom.models.lessons import Lesson, LessonStatus

AFTER_THE_END = timedelta(minutes=15)


class GuestLink(models.Model):
    """An address that lets strangers knock at one lesson. Of its secret we keep only the fingerprint."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="guest_links")
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    label = models.CharField(
        max_length=80, blank=True, default="", help_text="For whom it is; only staff sees it."
    )
    fingerprint = models.CharField(max_length=64, unique=True)
    max_guests = models.PositiveSmallIntegerField(default=10)
    expires_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Null for a quarter of an hour after the lesson, wherever that moves.",
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_guests__gte=1, max_guests__lte=100), name="one_to_a_hundred_guests"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label or self.pk} of {self.lesson}"

    @property
    def runs_out_at(self) -> datetime:
        return self.expires_at or self.lesson.ends_at + AFTER_THE_END

    def is_open_at(self, now: datetime) -> bool:
        is_dead = self.revoked_at is not None or self.lesson.status == LessonStatus.CANCELLED
        allowed = read_policy(self.lesson.institution.policy).guests_allowed
        return allowed and not is_dead and now < self.runs_out_at


class KnockState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ADMITTED = "admitted", _("Let in")
    REFUSED = "refused", _("Not let in")
    WITHDRAWN = "withdrawn", _("Gone again")
    EXPIRED = "expired", _("Expired")


# Admitted guests are put out again one by one (refused) or with their link (expired).
KNOCK_MOVES: dict[str, frozenset[str]] = {
    KnockState.WAITING: frozenset(
        {KnockState.ADMITTED, KnockState.REFUSED, KnockState.WITHDRAWN, KnockState.EXPIRED}
    ),
    KnockState.ADMITTED: frozenset({KnockState.REFUSED, KnockState.EXPIRED}),
    KnockState.REFUSED: frozenset(),
    KnockState.WITHDRAWN: frozenset(),
    KnockState.EXPIRED: frozenset(),
}
OPEN = (KnockState.WAITING, KnockState.ADMITTED)


class Knock(models.Model):
    """Somebody asks to come in: a member while the lobby holds everybody, or a guest behind a link.

    A guest is known by the secret in their browser until they are admitted; only then `person` is made.
    An admitted knock is all that a guest's right consists of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="knocks")
    link = models.ForeignKey(
        GuestLink, on_delete=models.CASCADE, null=True, blank=True, related_name="knocks"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="knocks")
    name = models.CharField(max_length=200, help_text="As typed by a guest; a member's own.")
    language = models.CharField(max_length=10, blank=True, default="")
    browser = models.CharField(max_length=64, blank=True, default="", help_text="Fingerprint of its secret.")
    state = models.CharField(max_length=20, choices=KnockState, default=KnockState.WAITING)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    recording_answer = models.CharField(
        max_length=10,
        choices=RecordingAnswer,
        blank=True,
        default="",
        db_default="",
        help_text="A guest's own word whether they may be in recordings; empty for who was not asked.",
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(link__isnull=True, person__isnull=False)
                | models.Q(link__isnull=False) & ~models.Q(browser=""),
                name="a_knock_is_a_members_or_a_guests",
            ),
            models.UniqueConstraint(
                fields=["lesson", "person"],
                condition=models.Q(state__in=OPEN),
                name="one_open_knock_a_person",
            ),
            models.UniqueConstraint(
                fields=["link", "browser"],
                condition=models.Q(state__in=OPEN, link__isnull=False),
                name="one_open_knock_a_browser",
            ),
        ]
        indexes = [models.Index(fields=["lesson", "state", "asked_at"], name="knocks_of_a_lesson")]

    def __str__(self) -> str:
        return f"{self.name} at {self.lesson}: {self.state}"

    @property
    def is_guest(self) -> bool:
        return self.link_id is not None
