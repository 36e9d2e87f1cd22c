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

from accounts import actions as people
from accounts.authorisation import Actor
from accounts.models import Person, Role
from attendance.models import Report, ReportPlan
from dashboard.desks import PLATFORM
from dashboard.family_letters import report_link_token
from recordings.models import Note
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


def note_of(visit: Visit) -> Note:
    now = timezone.now()
    school = visit.place.school
    is_known = visit.person is not None and school.acquaintances.filter(person=visit.person).exists()
    writer = visit.person if is_known else visit.place.student
    whose = {"recording": visit.place.recording, "person": writer}
    return Note.objects.get_or_create(**whose, defaults={"at_seconds": 1, "text": "One", "written_at": now})[
        0
    ]


def report_of(visit: Visit) -> Report:
    """Of what such an actor may read in this place, ordered by whoever comes."""
    place, reader, now = visit.place, visit.person or visit.subject, timezone.now()
    people.acquaint(institution=place.school, person=reader)
    about: dict[str, Any] = {"kind": "institution"}
    if visit.actor in {Actor.TEACHER, Actor.CO_TEACHER}:
        about = {"kind": "course", "course": place.course}
    if visit.actor in {Actor.STUDENT, Actor.GUARDIAN}:
        about = {"kind": "student", "person": visit.subject}
    body: dict[str, Any] = {"sums": {}, "courses": {}, "days": {}, "lines": []}
    times = {"since_on": now.date(), "until_on": now.date(), "asked_at": now, "ready_at": now}
    known = {"institution": place.school, "reader": reader, **about}
    made = Report.objects.filter(**known).first()
    return made or Report.objects.create(**known, **times, body=body, state="ready", expires_at=now)


def plan_of(visit: Visit) -> ReportPlan:
    school, reader = visit.place.school, visit.subject
    people.acquaint(institution=school, person=reader)
    known = {"institution": school, "reader": reader, "kind": "institution", "every": "week"}
    return ReportPlan.objects.get_or_create(**known, defaults={"begun_at": timezone.now()})[0]


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
    "entry_id": lambda visit: visit.things.watched.pk,
    "question_id": lambda visit: visit.things.question.pk,
    "measure": lambda visit: "absence",
    "report_id": lambda visit: report_of(visit).pk,
    "plan_id": lambda visit: plan_of(visit).pk,
    "token": lambda visit: report_link_token(report_of(visit)),
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
    "orphan_id": lambda visit: visit.things.orphan.public_id,
    "request_id": lambda visit: visit.mine.request.pk,
    "identity_id": lambda visit: visit.mine.identity.pk,
    "event_id": lambda visit: visit.things.event.pk,
    "board_id": lambda visit: visit.place.board.pk,
    "page_id": lambda visit: load_state(visit.place.board.pk).current_page,
    "file_id": lambda visit: visit.things.file.pk,
    "language": lambda visit: "en",
    "captions_id": lambda visit: visit.place.recording.captions.get().pk,
    # Notes are their writer's alone, so each comes with their own.
    "note_id": lambda visit: note_of(visit).pk,
    "page": lambda visit: 1,
    "name": lambda visit: "720.mp4",
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
    "revoke_stream_link": {"link_id": lambda visit: visit.things.stream_link.pk},
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


def rules_of(visit: Visit) -> dict[str, Any]:
    said = {"quiet_from_hour": "20", "quiet_until_hour": "7"}
    for measure in ("absence", "lateness", "activity", "trend"):
        said |= {f"{measure}-limit": "2", f"{measure}-every": "week"}
    return said


def order_of(visit: Visit) -> dict[str, Any]:
    place = visit.place
    about = f"institution:{place.school.pk}"
    if visit.actor in {Actor.TEACHER, Actor.CO_TEACHER}:
        about = f"course:{place.course.pk}"
    if visit.actor in {Actor.STUDENT, Actor.GUARDIAN}:
        about = f"student:{place.school.pk}:{visit.subject.pk}"
    return {"about": about, "when": "last_week"}


Body = Callable[[Visit], dict[str, Any]]
# What a form sends.
FORMS: dict[str, Body] = {
    "choose_desk": lambda visit: {"desk": desk_of(visit)},
    "capacity": lambda visit: {"act": "drop", "pool": visit.things.pool.pk},
    "stream_settings": lambda visit: {"is_streamed": "on", "room_seats": "5"},
    "stream_destination": lambda visit: {"act": "stop"},
    "institution_logo": lambda visit: {"remove": "1"},
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
    "recording_edit": lambda visit: {"title_0": ""},
    "recording_look": lambda visit: {"look": "board"},
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
    "register_correct": lambda visit: {"status": "present", "reason": "The bus"},
    "register_excuse": lambda visit: {"reason": "A wedding"},
    "notes": lambda visit: {"way": "daily"},
    "reports": order_of,
    "note_rules": rules_of,
    "watch_contact": lambda visit: {"way": "call", "text": "He helps at home."},
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
    "recording_permissions": lambda visit: {"person": visit.place.student.pk, "answer": "given"},
    "child_recording": lambda visit: {"answer": "given"},
    "orphan_assign": lambda visit: {"lesson": visit.place.lesson.pk},
    "orphan_discard": lambda visit: {"confirmed": "on"},
}
# Doors that take a file as it is: its bytes and its type.
FILES: dict[str, tuple[bytes, str]] = {"board_files": (picture(), "image/png")}
# What a program sends, by method and door: `METHOD name`. Some bodies point at a place, as addresses do.
JSON: dict[str, Body] = {
    "POST recording_notes": lambda visit: {"at_seconds": 1, "text": "Ask"},
    "PUT recording_note": lambda visit: {"text": "Ask again"},
    "POST recording_position": lambda visit: {"position_seconds": 1},
    "PUT api_recording_permission": lambda visit: {"answer": "given"},
    "POST stream_pass": lambda visit: {"viewer": str(uuid4())},
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
POINTING_BODIES = {"POST api_courses", "POST api_lessons", "POST reports"}
