"""What somebody did for the school: nearly all of it stays, under nobody's name."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.models import ApiKey, Invitation, Webhook
from classroom.models import (
    Breakout,
    ChatMessage,
    Concern,
    Course,
    Expulsion,
    GuestLink,
    Knock,
    Lesson,
    Promotion,
    RosterUpload,
    Series,
)
from housekeeping.belongings.belonging import Belonging, Fate
from quizzes.models import Question, Quiz
from recordings.models import Rendition, StreamLink

ACTS: tuple[Belonging, ...] = (
    Belonging(
        "uploads",
        _("Rosters that they uploaded"),
        RosterUpload,
        ("uploaded_by",),
        "institution",
        Fate.GOES,
        {},
    ),
    *(
        Belonging(name, _("What they did for the school"), model, fields, institution, Fate.STAYS, {})
        for name, model, fields, institution in (
            ("api_keys", ApiKey, ("created_by",), "institution"),
            ("invitations_sent", Invitation, ("invited_by",), "institution"),
            ("webhooks", Webhook, ("created_by",), "institution"),
            ("meetings", Course, ("meetings_of",), "institution"),
            ("questions", Question, ("created_by",), "course__institution"),
            ("quizzes", Quiz, ("by",), "lesson__institution"),
            ("series", Series, ("created_by",), "institution"),
            ("substitutions", Lesson, ("substitute",), "institution"),
            ("guest_links", GuestLink, ("created_by",), "lesson__institution"),
            ("stream_links", StreamLink, ("created_by",), "lesson__institution"),
            ("decisions", Knock, ("decided_by",), "lesson__institution"),
            ("breakouts", Breakout, ("planned_by",), "lesson__institution"),
            ("put_out", Expulsion, ("put_out_by",), "lesson__institution"),
            ("promoted", Promotion, ("promoted_by",), "lesson__institution"),
            ("renditions", Rendition, ("asked_by",), "recording__lesson__institution"),
            ("chat_deletions", ChatMessage, ("deleted_by",), "room__lesson__institution"),
            ("concerns_seen", Concern, ("seen_by",), "lesson__institution"),
        )
    ),
)
