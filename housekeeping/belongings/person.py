"""Somebody at the school: who they are to it, how they sign in, what they were written."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Acquaintance,
    Guardianship,
    Identity,
    Membership,
    PasswordRequest,
    RecordingPermission,
)
from classroom.models import Letter, LetterSettings
from housekeeping.belongings.belonging import Belonging, Fate, same
from housekeeping.models import DataRequest, Hold

PERSON: tuple[Belonging, ...] = (
    Belonging(
        "guardianships",
        _("Links between guardian and child"),
        Guardianship,
        ("guardian", "child"),
        "institution",
        Fate.GOES,
        {"guardian": "guardian__name", "child": "child__name"},
    ),
    Belonging(
        "recording_permissions",
        _("Whether they may be in recordings"),
        RecordingPermission,
        ("person",),
        "institution",
        Fate.GOES,
        same("answer", "source", "decided_at"),
    ),
    Belonging(
        "decided_permissions",
        _("Decisions about recordings of others"),
        RecordingPermission,
        ("decided_by",),
        "institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "requests",
        _("Requests about their data"),
        DataRequest,
        ("person",),
        "institution",
        Fate.STAYS,
        same("kind", "state", "requested_at", "finished_at"),
    ),
    Belonging(
        "requests_made",
        _("Requests that they made for others"),
        DataRequest,
        ("requested_by",),
        "institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "holds",
        _("Released legal holds on them"),
        Hold,
        ("person",),
        "institution",
        Fate.GOES,
        same("reason", "set_at", "released_at"),
    ),
    Belonging(
        "holds_set",
        _("Legal holds that they set or released"),
        Hold,
        ("set_by", "released_by"),
        "institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "identities",
        _("How they sign in at their provider"),
        Identity,
        ("person",),
        "provider__institution",
        Fate.GOES,
        same("issuer", "subject", "email", "created_at", "last_seen_at"),
    ),
    Belonging(
        "password_requests",
        _("Requests for a new password"),
        PasswordRequest,
        ("person",),
        "person__memberships__institution",
        Fate.GOES,
        same("asked_at", "sent_at"),
    ),
    Belonging(
        "letters",
        _("Letters to them"),
        Letter,
        ("person",),
        "institution",
        Fate.GOES,
        same("kind", "written_at", "sent_at"),
    ),
    Belonging(
        "letter_settings",
        _("Which letters they want"),
        LetterSettings,
        ("person",),
        "person__memberships__institution",
        Fate.GOES,
        same("reminders", "wants_invitations"),
    ),
    Belonging(
        "acquaintances",
        _("That the school knew them"),
        Acquaintance,
        ("person",),
        "institution",
        Fate.STAYS,
        {},
    ),
    # Last: rows of no institution are found through it.
    Belonging(
        "memberships",
        _("What they are at the school"),
        Membership,
        ("person",),
        "institution",
        Fate.GOES,
        same("role", "is_active", "expires_on"),
    ),
)
