"""What is said at each door so that only the right to say it is in question: the least that is valid.

A door that is not named here needs nothing. A test fails when somebody who may enter is told that
something was wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from accounts.authorisation import Actor
from accounts.models import Person, Role
from dashboard.desks import PLATFORM
from tests.architecture.scene import PASSWORD, Belongings, Place, Things
from tests.whiteboard.papers import picture
from whiteboard.queries import load_state


@dataclass(frozen=True, slots=True)
class Visit:
    """Who comes, to what. `subject` is whom an address or a body names: themselves, or the place's student."""

    actor: Actor
    person: Person | None
    subject: Person
    place: Place
    things: Things
    # The course of the scene that is the actors' own, for doors whose address points at nothing.
    home: Place

    @property
    def mine(self) -> Belongings:
        return self.things.of(self.subject)


# What stands in an address.
WORDS: dict[str, Callable[[Visit], Any]] = {
    "lesson_id": lambda visit: visit.place.lesson.pk,
    "course_id": lambda visit: visit.place.course.pk,
    "institution_id": lambda visit: visit.place.school.pk,
    "school": lambda visit: visit.place.school.slug,
    "person_id": lambda visit: visit.subject.pk,
    "guardian_id": lambda visit: visit.place.guardian.pk,
    "role": lambda visit: "student",
    "recording_id": lambda visit: visit.place.recording.pk,
    "question_id": lambda visit: visit.things.question.pk,
    "concern_id": lambda visit: visit.things.concern.pk,
    "group_id": lambda visit: visit.place.group.pk,
    "holiday_id": lambda visit: visit.things.holiday.pk,
    "webhook_id": lambda visit: visit.things.webhook.pk,
    "delivery_id": lambda visit: visit.things.delivery.pk,
    "link_id": lambda visit: visit.things.link.pk,
    "join_link_id": lambda visit: visit.place.join_link.pk,
    "invitation_id": lambda visit: visit.things.invitation.pk,
    "key_id": lambda visit: visit.things.key.key.pk,
    "provider_id": lambda visit: visit.things.provider.pk,
    "hold_id": lambda visit: visit.things.hold.pk,
    "bridge_id": lambda visit: visit.things.bridge.pk,
    "recorder_id": lambda visit: visit.things.recorder.pk,
    "request_id": lambda visit: visit.mine.request.pk,
    "identity_id": lambda visit: visit.mine.identity.pk,
    "event_id": lambda visit: visit.things.event.pk,
    "board_id": lambda visit: visit.place.board.pk,
    "page_id": lambda visit: load_state(visit.place.board.pk).current_page,
    "file_id": lambda visit: visit.things.file.pk,
    "page": lambda visit: 1,
    # A copy of a board is for whoever asked for it, so each comes with their own.
    "export_id": lambda visit: visit.things.of(visit.person or visit.subject).export.pk,
    # A roster that was uploaded is its uploader's alone, so each comes with their own.
    "upload_id": lambda visit: visit.things.of(visit.person or visit.subject).upload.pk,
}
# Where an address needs another thing than most do.
WORDS_OF_DOOR: dict[str, dict[str, Callable[[Visit], Any]]] = {
    "board_file_cancel": {"file_id": lambda visit: visit.things.upload.pk},
    "child_link": {"person_id": lambda visit: visit.place.guardian.pk},
    **{
        door: {"lesson_id": lambda visit: visit.place.coming.pk}
        for door in ("lesson_edit", "lesson_cancel", "api_lesson", "api_cancellation", "api_join_links")
    },
    "api_join_link": {"lesson_id": lambda visit: visit.place.coming.pk},
    "revoke_join_link": {"lesson_id": lambda visit: visit.place.coming.pk},
    "withdraw_join_link": {"join_link_id": lambda visit: visit.mine.join_link.pk},
}


def in_days(days: int) -> str:
    return f"{timezone.localdate() + timedelta(days=days):%Y-%m-%d}"


def desk_of(visit: Visit) -> str:
    if visit.actor == Actor.PLATFORM_ADMIN:
        return str(PLATFORM)
    role = "teacher" if visit.actor == Actor.CO_TEACHER else str(visit.actor)
    return f"{role}:{visit.home.school.pk}"


def settings_of(visit: Visit) -> dict[str, Any]:
    return {
        "name": "Here",
        "time_zone": "Africa/Nairobi",
        "language": "en",
        "doors_open_minutes": "10",
        "retention_days": "180",
    }


def provider_of(visit: Visit, slug: str) -> dict[str, Any]:
    return {
        "institution": visit.home.school.pk,
        "label": "Sign-in",
        "slug": slug,
        "issuer": "https://idp.example",
        "discovery_url": "https://idp.example/.well-known/openid-configuration",
        "client_id": "darasa",
        "jit": "none",
        "algs": ["RS256"],
        "scopes": "openid",
    }


def holiday_of(visit: Visit) -> dict[str, Any]:
    return {"name": "Day off", "first_on": in_days(60), "last_on": in_days(60), "key": uuid4()}


def lesson_of(visit: Visit) -> dict[str, Any]:
    said = {"course": visit.home.course.pk, "title": "Decimals", "day": in_days(90), "time": "10:00"}
    return {**said, "minutes": "45", "key": uuid4()}


def question_of(visit: Visit) -> dict[str, Any]:
    said = {"text": "Which?", "choice_1": "a", "right_1": "on", "choice_2": "b"}
    return {**said, "explanation": "", "tags": "", "seconds": "60"}


Body = Callable[[Visit], dict[str, Any]]
# What a form sends.
FORMS: dict[str, Body] = {
    "choose_desk": lambda visit: {"desk": desk_of(visit)},
    **dict.fromkeys(("question_new", "question"), lambda visit: question_of(visit)),
    "questions_import": lambda visit: {"form": "gift", "text": "Is it? {T}"},
    "account": lambda visit: {"name": "Another", "language": "en"},
    "change_password": lambda visit: {
        "old_password": PASSWORD,
        "new_password1": "another horse battery",
        "new_password2": "another horse battery",
    },
    "calendar_settings": lambda visit: {"renew": "1"},
    "schedule": lesson_of,
    "lesson_edit": lambda visit: {"title": "Other", "day": in_days(90), "time": "10:00", "minutes": "60"},
    "lesson_cancel": lambda visit: {"reason": "Storm"},
    "holidays": holiday_of,
    "holiday": holiday_of,
    "start_meeting": lambda visit: {"title": "Now", "institution": visit.home.school.pk},
    "doors": lambda visit: {"lobby": "guests"},
    "guest_links": lambda visit: {"max_guests": "5"},
    "decide_knocks": lambda visit: {"admit": visit.things.knock.pk},
    "institution_new": lambda visit: {
        "name": "New",
        "slug": "new",
        "time_zone": "UTC",
        "language": "en",
        "head_name": "Head",
        "head_email": "head@new.test",
    },
    "institution_settings": settings_of,
    "person_rename": lambda visit: {"name": "Another"},
    "person_expiry": lambda visit: {"expires_on": in_days(90)},
    "role_grant": lambda visit: {"role": Role.TEACHER},
    "role_revoke": lambda visit: {"role": Role.STUDENT},
    "guardian_link": lambda visit: {"email": visit.place.guardian.email},
    "child_link": lambda visit: {"email": visit.place.student.email},
    "invitations": lambda visit: {"email": "one-more@here.test", "name": "One", "role": Role.STUDENT},
    "roster_import": lambda visit: {"text": "email,name,role\none@here.test,One,student\n"},
    "courses": lambda visit: {"title": "Physics", "language": "en"},
    "course_change": lambda visit: {"title": "Physics", "language": "en"},
    "enrol": lambda visit: {"person": visit.place.head.pk, "standing": "observer"},
    "standing": lambda visit: {"standing": "observer"},
    "group_new": lambda visit: {"title": "Another group"},
    "group": lambda visit: {"title": "Another group"},
    "retention": lambda visit: {"retention_days": "365", "facts_days": "365"},
    "holds": lambda visit: {"reason": "A case"},
    "erase_person": lambda visit: {"name": visit.place.student.name},
    "api_keys": lambda visit: {"name": "Timetable", "scopes": ["people:read"], "days": "30"},
    "add_provider": lambda visit: provider_of(visit, "another"),
    "provider": lambda visit: provider_of(visit, visit.things.provider.slug),
    "webhook_new": lambda visit: {
        "institution": visit.home.school.pk,
        "url": "https://receiver.example/hook",
        "event_types": ["lesson.started"],
    },
    "webhook": lambda visit: {
        "institution": visit.place.school.pk,
        "url": "https://receiver.example/hook",
        "event_types": ["lesson.started"],
        "is_active": "on",
    },
    "webhook_replay": lambda visit: {"since": f"{in_days(-1)}T08:00"},
    "board_exports": lambda visit: {"format": "pdf"},
}
# Doors that take a file as it is: its bytes and its type.
FILES: dict[str, tuple[bytes, str]] = {"board_files": (picture(), "image/png")}
# What a program sends, by method and door: `METHOD name`. Some bodies point at a place, as addresses do.
JSON: dict[str, Body] = {
    "POST recording_position": lambda visit: {"position_seconds": 1},
    "POST api_people": lambda visit: {"email": "one@here.test", "name": "One", "role": "student"},
    "PATCH api_person": lambda visit: {"name": "Another"},
    "PUT api_role": lambda visit: {"expires_on": None},
    "POST api_courses": lambda visit: {
        "institution": str(visit.place.school.pk),
        "title": "Physics",
        "language": "en",
    },
    "PATCH api_course": lambda visit: {"title": "Physics"},
    "PUT api_roster_line": lambda visit: {"standing": "student"},
    "POST api_lessons": lambda visit: {
        "course": str(visit.place.course.pk),
        "title": "Decimals",
        "starts_at": "2030-01-01T08:00:00Z",
        "ends_at": "2030-01-01T09:00:00Z",
    },
    "PATCH api_lesson": lambda visit: {"title": "Halves"},
    "POST api_join_links": lambda visit: {"person": str(visit.subject.pk)},
}
POINTING_BODIES = {"POST api_courses", "POST api_lessons"}
