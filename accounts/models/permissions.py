"""Whether somebody may be in recordings: every decision is kept, the last one counts."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.people import Institution, Person


class RecordingAnswer(models.TextChoices):
    GIVEN = "given", pgettext_lazy("permission", "Given")
    REFUSED = "refused", pgettext_lazy("permission", "Refused")
    UNKNOWN = "unknown", pgettext_lazy("permission", "Nobody has said")


class AnswerSource(models.TextChoices):
    """By which door a decision came."""

    HEAD = "head", _("The school")
    GUARDIAN = "guardian", _("A guardian")
    IMPORT = "import", _("A file")
    API = "api", _("Another system")
    GUEST = "guest", _("The guest, at the door")


class RecordingPermission(models.Model):
    """One decision, never changed: a ledger. `unknown` takes back what was said before."""

    institution = models.ForeignKey(
        Institution, on_delete=models.CASCADE, related_name="recording_permissions"
    )
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recording_permissions")
    answer = models.CharField(max_length=10, choices=RecordingAnswer)
    source = models.CharField(max_length=10, choices=AnswerSource)
    decided_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, blank=True, related_name="decided_permissions"
    )

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["institution", "person", "-id"], name="permission_last_word")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.answer}"
