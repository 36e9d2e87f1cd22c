"""What is kept of a person, table by table: what a copy of their data holds, and what an erasure does with it.

Every foreign key to a person stands here; a test finds the one that does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    Acquaintance,
    ApiKey,
    Guardianship,
    Identity,
    Institution,
    Invitation,
    Membership,
    PasswordRequest,
    Person,
    RecordingPermission,
    Webhook,
)
from attendance.models import (
    ContactNote,
    Correction,
    EngagementLine,
    Excuse,
    FamilyNote,
    NoteWish,
    RegisterEntry,
    Report,
    ReportPlan,
    WatchEntry,
    WeeklyLine,
)
from classroom.models import (
    Breakout,
    BreakoutSeat,
    ChatMessage,
    Concern,
    Course,
    Enrolment,
    Expulsion,
    Fact,
    GroupMember,
    GuestLink,
    Hand,
    JoinLink,
    Knock,
    Lesson,
    Letter,
    LetterSettings,
    Notice,
    Presence,
    Promotion,
    Pulse,
    Reminder,
    RosterUpload,
    Series,
)
from housekeeping.models import DataRequest, Hold
from quizzes.models import Answer, Question, Quiz
from recordings.models import Note, Rendition, StreamLink, Watch
from whiteboard.models import BoardExport, BoardFile, Edit


class Fate(StrEnum):
    """What an erasure does: the rows go, or they stay under nobody's name because others need them."""

    GOES = "goes"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of `model` that name a person in `fields`; `institution` leads from a row to whose it is.

    `columns` (name in the copy → lookup) are what the person gets; none for rows that only name
    them as somebody who did something for the institution.
    """

    name: str
    label: str | Promise
    model: type[Model]
    fields: tuple[str, ...]
    institution: str
    fate: Fate
    columns: Mapping[str, str]

    def rows(self, person: Person, institution: Institution) -> QuerySet[Model]:
        mine = reduce(or_, (Q(**{field: person}) for field in self.fields))
        return self.model._default_manager.filter(mine, **{self.institution: institution})


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_OF_ROOM = {"lesson": "room__lesson__title", "lesson_starts_at": "room__lesson__starts_at"}
_OF_LESSON = {"lesson": "lesson__title", "lesson_starts_at": "lesson__starts_at"}
BELONGINGS: tuple[Belonging, ...] = (
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
        "enrolments",
        _("Places in courses"),
        Enrolment,
        ("person",),
        "course__institution",
        Fate.GOES,
        {"course": "course__title"} | _same("standing", "is_active"),
    ),
    Belonging(
        "positions",
        _("Where they stopped watching recordings"),
        Watch,
        ("person",),
        "recording__lesson__institution",
        Fate.GOES,
        {"lesson": "recording__lesson__title"} | _same("position_seconds", "updated_at"),
    ),
    Belonging(
        "recording_permissions",
        _("Whether they may be in recordings"),
        RecordingPermission,
        ("person",),
        "institution",
        Fate.GOES,
        _same("answer", "source", "decided_at"),
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
        "replay_notes",
        _("Notes on recordings"),
        Note,
        ("person",),
        "recording__lesson__institution",
        Fate.GOES,
        {"lesson": "recording__lesson__title"} | _same("at_seconds", "text", "written_at"),
    ),
    Belonging(
        "presences",
        _("When they were in which lesson"),
        Presence,
        ("person",),
        "room__lesson__institution",
        Fate.STAYS,
        _OF_ROOM | _same("standing", "joined_at", "left_at", "microphone", "camera", "screen"),
    ),
    Belonging(
        "breakout_seats",
        _("Which breakout rooms they sat in"),
        BreakoutSeat,
        ("person",),
        "breakout__lesson__institution",
        Fate.STAYS,
        {"lesson": "breakout__lesson__title", "opened_at": "breakout__opened_at", "number": "number"},
    ),
    Belonging(
        "facts",
        _("What happened in lessons because of them"),
        Fact,
        ("person",),
        "lesson__institution",
        Fate.STAYS,
        _OF_LESSON | _same("type", "at", "source", "data"),
    ),
    Belonging(
        "register_entries",
        _("Their lines in registers"),
        RegisterEntry,
        ("person",),
        "lesson__institution",
        Fate.GOES,
        _OF_LESSON
        | _same("status", "first_joined_at", "last_left_at", "seconds", "active_seconds", "rejoins"),
    ),
    Belonging(
        "excuses",
        _("Lessons from which they were excused"),
        Excuse,
        ("person",),
        "lesson__institution",
        Fate.GOES,
        _OF_LESSON | _same("reason", "at", "withdrawn_at"),
    ),
    Belonging(
        "engagement",
        _("How they took part in lessons"),
        EngagementLine,
        ("person",),
        "lesson__institution",
        Fate.GOES,
        _OF_LESSON | _same("score", "signals"),
    ),
    Belonging(
        "weeks",
        _("Their weeks in courses"),
        WeeklyLine,
        ("person",),
        "course__institution",
        Fate.GOES,
        {"course": "course__title"}
        | _same("week_on", "lessons", "present", "late", "absent", "excused", "seconds", "score"),
    ),
    Belonging(
        "watch_entries",
        _("When the school looked after them"),
        WatchEntry,
        ("person",),
        "course__institution",
        Fate.GOES,
        {"course": "course__title"} | _same("signs", "opened_at", "closed_at"),
    ),
    Belonging(
        "excuses_given",
        _("Excuses that they gave to others"),
        Excuse,
        ("by",),
        "lesson__institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "watches_closed",
        _("Students whom they looked after"),
        WatchEntry,
        ("closed_by",),
        "course__institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "corrections",
        _("Registers that they corrected"),
        Correction,
        ("by", "undone_by"),
        "entry__lesson__institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "contacts",
        _("Contacts that they noted"),
        ContactNote,
        ("by",),
        "entry__course__institution",
        Fate.STAYS,
        {},
    ),
    Belonging(
        "answers",
        _("What they answered in quizzes"),
        Answer,
        ("person",),
        "quiz__lesson__institution",
        Fate.GOES,
        {"lesson": "quiz__lesson__title", "questions": "quiz__questions"}
        | _same("question", "value", "answered_at", "latency_ms", "correct", "score"),
    ),
    Belonging(
        "strokes",
        _("What they drew on boards"),
        Edit,
        ("author",),
        "board__room__lesson__institution",
        Fate.STAYS,
        {"lesson": "board__room__lesson__title"} | _same("seq", "type", "at", "data"),
    ),
    Belonging(
        "board_files",
        _("What they brought to boards"),
        BoardFile,
        ("uploaded_by",),
        "board__room__lesson__institution",
        Fate.STAYS,
        {"lesson": "board__room__lesson__title"} | _same("title", "kind", "asked_at", "size_bytes"),
    ),
    Belonging(
        "board_exports",
        _("Copies of boards that they asked for"),
        BoardExport,
        ("requested_by",),
        "board__room__lesson__institution",
        Fate.STAYS,
        {"lesson": "board__room__lesson__title"} | _same("format", "asked_at"),
    ),
    Belonging(
        "chat_messages",
        _("What they wrote in chats"),
        ChatMessage,
        ("author",),
        "room__lesson__institution",
        Fate.GOES,
        _OF_ROOM | _same("sent_at", "text", "to_staff", "deleted_at"),
    ),
    Belonging(
        "concerns",
        _("Concerns that they reported"),
        Concern,
        ("by",),
        "lesson__institution",
        Fate.STAYS,
        _OF_LESSON | _same("raised_at", "text"),
    ),
    Belonging(
        "hands",
        _("When they raised their hand"),
        Hand,
        ("person",),
        "room__lesson__institution",
        Fate.GOES,
        _OF_ROOM | _same("raised_at", "lowered_at"),
    ),
    Belonging(
        "pulses",
        _("How they found the pace, in the last minutes"),
        Pulse,
        ("person",),
        "room__lesson__institution",
        Fate.GOES,
        _OF_ROOM | _same("value", "set_at"),
    ),
    Belonging(
        "lessons",
        _("Lessons that they scheduled"),
        Lesson,
        ("created_by",),
        "institution",
        Fate.STAYS,
        _same("title", "starts_at", "ends_at", "status"),
    ),
    Belonging(
        "requests",
        _("Requests about their data"),
        DataRequest,
        ("person",),
        "institution",
        Fate.STAYS,
        _same("kind", "state", "requested_at", "finished_at"),
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
        _same("reason", "set_at", "released_at"),
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
        _same("issuer", "subject", "email", "created_at", "last_seen_at"),
    ),
    Belonging(
        "password_requests",
        _("Requests for a new password"),
        PasswordRequest,
        ("person",),
        "person__memberships__institution",
        Fate.GOES,
        _same("asked_at", "sent_at"),
    ),
    Belonging(
        "groups",
        _("Groups that they are in"),
        GroupMember,
        ("person",),
        "group__course__institution",
        Fate.GOES,
        {"group": "group__title", "course": "group__course__title"},
    ),
    Belonging(
        "knocks",
        _("When they asked to be let in"),
        Knock,
        ("person",),
        "lesson__institution",
        Fate.GOES,
        _OF_LESSON | _same("name", "asked_at", "state"),
    ),
    Belonging(
        "expulsions",
        _("When they were put out of a lesson"),
        Expulsion,
        ("person",),
        "lesson__institution",
        Fate.GOES,
        _OF_LESSON | _same("put_out_at"),
    ),
    Belonging(
        "promotions",
        _("Lessons that they helped to hold"),
        Promotion,
        ("person",),
        "lesson__institution",
        Fate.GOES,
        _OF_LESSON | _same("promoted_at"),
    ),
    Belonging(
        "join_links", _("Links that let them in"), JoinLink, ("person",), "lesson__institution", Fate.GOES, {}
    ),
    Belonging("notices", _("What they were told"), Notice, ("person",), "lesson__institution", Fate.GOES, {}),
    Belonging(
        "reminders", _("Reminders of lessons"), Reminder, ("person",), "lesson__institution", Fate.GOES, {}
    ),
    Belonging(
        "letters",
        _("Letters to them"),
        Letter,
        ("person",),
        "institution",
        Fate.GOES,
        _same("kind", "written_at", "sent_at"),
    ),
    Belonging(
        "letter_settings",
        _("Which letters they want"),
        LetterSettings,
        ("person",),
        "person__memberships__institution",
        Fate.GOES,
        _same("reminders", "wants_invitations"),
    ),
    Belonging(
        "reports",
        _("Reports about them, or that they ordered"),
        Report,
        ("person", "reader"),
        "institution",
        Fate.GOES,
        _same("kind", "since_on", "until_on", "asked_at", "expires_at"),
    ),
    Belonging(
        "report_plans",
        _("Reports that come again and again"),
        ReportPlan,
        ("person", "reader"),
        "institution",
        Fate.GOES,
        _same("kind", "every", "begun_at"),
    ),
    Belonging(
        "note_wish",
        _("How notes about attendance reach them"),
        NoteWish,
        ("person",),
        "person__memberships__institution",
        Fate.GOES,
        _same("way"),
    ),
    Belonging(
        "family_notes",
        _("Notes about attendance"),
        FamilyNote,
        ("person", "reader"),
        "rule__institution",
        Fate.GOES,
        {"student": "person__name", "measure": "rule__measure"}
        | _same("since_on", "until_on", "number", "limit", "lessons", "written_at"),
    ),
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
        _same("role", "is_active", "expires_on"),
    ),
)

# Kept by user name, for the lock after too many wrong passwords; of no institution.
SIGN_INS: tuple[type[Model], ...] = (AccessAttempt, AccessFailureLog, AccessLog)
