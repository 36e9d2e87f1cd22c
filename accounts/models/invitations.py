"""Invitations: a letter whose link makes somebody a member, once."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Institution, Person, Role


class InvitationState(models.TextChoices):
    """Read from the instants, never stored."""

    WAITING = "waiting", _("Letter on its way")
    SENT = "sent", _("Invited")
    UNDELIVERED = "undelivered", _("Letter could not be delivered")
    ACCEPTED = "accepted", _("Accepted")
    REVOKED = "revoked", _("Withdrawn")
    EXPIRED = "expired", _("Expired")


class Invitation(models.Model):
    """Only the token's SHA-256 is kept: the token is made when the letter is, and lives in the letter alone.

    `due_at` says from when a letter is to be sent (again); null when none is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=Role)
    invited_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="+")
    token_hash = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    is_quiet = models.BooleanField(
        default=False, help_text="In nobody's list: it asks somebody who has an account elsewhere."
    )
    failure = models.CharField(
        max_length=200, blank=True, default="", help_text="Why the last attempt sent no letter."
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "email", "role"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="one_open_invitation_a_role",
            ),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~models.Q(token_hash=""), name="one_invitation_a_token"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="invitations_due")
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.role} · {self.institution}"

    def state_at(self, now: datetime) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        if self.expires_at <= now:
            return InvitationState.EXPIRED
        if self.due_at:
            return InvitationState.WAITING
        return InvitationState.SENT if self.sent_at else InvitationState.UNDELIVERED
