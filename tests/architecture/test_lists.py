"""Every list asks the database as often for three rows as for one, also the list that nobody has thought of yet.

Each address that can be read is in one of two tables below; a new one belongs into the first, if it lists things.
"""

from __future__ import annotations

import gzip
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.models import EventType, IdentityProvider, Person, Preset, Role
from accounts.oidc import fill
from attendance.actions import settle_lesson
from attendance.models import FamilyNote, NoteRule, Report, ReportPlan, WatchEntry, WeeklyLine
from attendance.queries import week_of
from classroom import actions as lessons
from classroom.addresses import feed_token
from classroom.models import (
    Bridge,
    BridgeReading,
    Diversion,
    HookDelivery,
    Lesson,
    Letter,
    MachinePool,
    Prosody,
    Standing,
)
from housekeeping.models import DataRequest, Hold
from quizzes.actions import answer_quiz, close_quiz, launch_quiz, write_question
from quizzes.draft import Draft
from recordings.models import Capture, Chapter, Orphan, Recorder, Recording, RecordingState
from tests.architecture.test_doors import PATTERNS, signed_in
from tests.conftest import Cast
from tests.dashboard.test_weight import LATER_BYTES
from tests.housekeeping.scenes import hold_lesson
from tests.housekeeping.scenes import publish as keep
from tests.tiers import by_turns
from whiteboard.actions import open_board
from whiteboard.models import BoardFile

# Name of the address → those to whom it shows a row for each thing that `grow` adds.
LISTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("calendar", "lessons"), ("head", "teacher", "amina", "guardian")),
    **dict.fromkeys(("search", "statistics", "statistics_csv"), ("head", "teacher")),
    **dict.fromkeys(("people", "people_csv", "person", "invitations", "courses", "course"), ("head",)),
    **dict.fromkeys(("course_csv", "group", "holidays", "schedule", "calendar_settings"), ("head",)),
    **dict.fromkeys(
        ("api_keys", "webhooks", "webhook", "providers", "retention", "doors", "holds", "join_links"),
        ("head",),
    ),
    **dict.fromkeys(
        ("register", "register_csv", "lesson_summary", "lesson", "replay", "calendar_feed"), ("teacher",)
    ),
    **dict.fromkeys(("audit", "audit_csv", "own_audit", "my_data", "data_requests"), ("head",)),
    **dict.fromkeys(
        ("institutions", "platform_audit", "accounts", "api_institutions", "put_aside", "recorders"),
        ("admin",),
    ),
    **dict.fromkeys(("bridges", "fronts", "capacity"), ("admin",)),
    **dict.fromkeys(("questions", "questions_export"), ("head", "teacher")),
    **dict.fromkeys(("quiz_results", "quiz_results_csv", "lesson_chat", "lesson_chat_csv"), ("teacher",)),
    "concerns": ("head",),
    "attendance": ("amina", "guardian"),
    "watch": ("head", "teacher"),
    "notes": ("guardian",),
    "reports": ("head",),
    "school_notes": ("head",),
    "own_results": ("amina", "guardian"),
    **dict.fromkeys(
        ("api_people", "api_guardianships", "api_roster", "api_register", "api_join_links", "api_trends"),
        ("head",),
    ),
    **dict.fromkeys(("api_courses", "api_lessons", "api_recordings"), ("head", "amina")),
    **dict.fromkeys(
        ("recording_ledger", "recording_ledger_csv", "recording_permissions", "api_recording_ledger"),
        ("head",),
    ),
    "children_recordings": ("guardian",),
    "course_recordings": ("head", "teacher", "amina"),
    "home": ("head", "teacher", "amina", "guardian", "admin"),
    "board_files": ("teacher",),
}
ASKED = {"search": "?q=new", "holds": "?q=new", "accounts": "?q=new"}
MOST_QUERIES = 25

# One thing, or a form: nothing in them grows with the school.
SINGLE = {
    *("costs", "metrics"),
    *("account", "change_password", "password_forgotten", "password_letter", "new_password", "set_language"),
    *(
        "sign_in",
        "sign_in_with",
        "roster_import",
        "sign_in_callback",
        "invitation_accept",
        "join_link",
        "unsubscribe",
        "guest",
    ),
    *("note_rules", "note_words"),
    # One report: its names are asked for all at once.
    *("report", "report_csv", "report_pdf", "report_link"),
    *("guest_room", "healthz", "readyz", "api_docs", "api_schema", "api_nowhere", "waiting", "room"),
    *(
        "add_provider",
        "provider",
        "institution_new",
        "institution_settings",
        "webhook_new",
        "webhook_delivery",
    ),
    *(
        "recording_look",
        "lesson_edit",
        "lesson_cancel",
        "holiday",
        "start_meeting",
        "erase_person",
        "download_export",
    ),
    *("roster_check", "roster_example", "api_institution", "api_person", "api_course", "api_lesson"),
    *("api_recording", "api_role", "api_guardianship", "api_roster_line", "enter_as"),
    *("recording_progress", "recording_position", "recording_video", "recording_poster"),
    "api_recording_permission",
    *("recording_board", "recording_picture", "recording_captions", "recording_edit"),
    *("recording_thumbnails", "recording_thumbnail_sheet", "recording_pack", "recording_pack_file"),
    # One's own notes on one recording; at most some hundreds, in one question.
    *("recording_notes", "recording_note", "recording_notes_text"),
    *("recording_chapters", "media", "account_lock", "front", "jitsi_branding"),
    *("connection", "connection_sample", "join_in_app", "follow_code", "room_code"),
    *("question", "question_new", "questions_import"),
    *("register_line", "heatmap", "watch_entry", "api_intervals", "api_engagement"),
    "pupil_results",  # of one lesson; `own_results` lists them with the same query
    *("jitsi_key_set", "jitsi_asap_key"),
    *("board_file", "board_picture", "board_export", "board_export_file"),
    *("lesson_board", "board_snapshot", "board_page", "board_current_page"),
    *("jitsi_reservation", "jitsi_recording_wanted"),
    *("outside_stream", "institution_logo", "recording_ladder"),
    *("stream", "stream_settings", "stream_destination", "stream_start", "stream_piece", "stream_gate"),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One of everything, for `grow` to add to."""

    cast: Cast
    admin: Person
    held: Lesson
    coming: Lesson
    words: dict[str, Any]
    askers: dict[str, Client]

    def address(self, name: str) -> str:
        of_the_past = name in {"register", "register_csv", "lesson_summary", "replay", "api_register"}
        known = self.words | {"lesson_id": (self.held if of_the_past else self.coming).pk}
        return reverse(name, kwargs={word: known[word] for word in PATTERNS[name].pattern.converters})


@pytest.fixture
def scene(cast: Cast, lesson: Lesson) -> Scene:
    admin = Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)
    held = hold_lesson(cast, ended_at=timezone.now() - timedelta(days=2))
    publish(held)
    hook = people.create_webhook(institution=cast.school, url=HOOK, event_types=TYPES, by=cast.head)
    group = lessons.create_group(course=cast.course, title="A")
    words = {
        "institution_id": cast.school.pk,
        "course_id": cast.course.pk,
        "person_id": cast.teacher.pk,
        "group_id": group.pk,
        "webhook_id": hook.pk,
        "school": cast.school.slug,
        "board_id": open_board(room=held.room, now=timezone.now()).pk,
        "token": feed_token(cast.teacher.pk, None, 0),
    }
    known = {"admin": admin, **{who: getattr(cast, who) for who in ("head", "teacher", "amina", "guardian")}}
    askers = {who: signed_in(person) for who, person in known.items()}
    made = Scene(cast, admin, held, lesson, words, askers)
    grow(made, 0)
    return made


HOOK, TYPES = "https://hooks.partner.example/darasa", [EventType.LESSON_ENDED]


def grow(scene: Scene, number: int) -> None:
    """One more of everything that some page lists."""
    _grow_people(scene, number)
    _grow_lessons(scene, number)
    _grow_recorders(scene, number)
    _grow_board(scene, number)
    _grow_housekeeping(scene, number)
    _grow_quizzes(scene, number)
    _grow_talk(scene, number)
    _grow_attendance(scene, number)


def _grow_people(scene: Scene, number: int) -> None:
    cast, school = scene.cast, scene.cast.school
    child, mother = (
        people.add_person(
            institution=school, email=f"{role}{number}@new.test", name=f"New {role} {number}", role=role
        )
        for role in (Role.STUDENT, Role.GUARDIAN)
    )
    people.link_guardian(institution=school, guardian=mother, child=child)
    people.link_guardian(institution=school, guardian=cast.guardian, child=child)
    lessons.enrol(course=cast.course, person=child, standing=Standing.STUDENT)
    group = cast.course.groups.get(pk=scene.words["group_id"])
    members = [*group.members.values_list("person", flat=True), child.pk]
    lessons.change_group(group=group, title="A", people=Person.objects.filter(pk__in=members))
    people.invite_person(
        institution=school, email=f"guest{number}@new.test", name="New", role=Role.TEACHER, by=cast.head
    )
    people.create_institution(
        name=f"New school {number}", slug=f"new-{number}", time_zone="UTC", language="en", by=scene.admin
    )


def _grow_lessons(scene: Scene, number: int) -> None:
    cast, now = scene.cast, timezone.now()
    course = lessons.create_course(institution=cast.school, title=f"New course {number}", language="en")
    for person, standing in ((cast.teacher, Standing.TEACHER), (cast.amina, Standing.STUDENT)):
        lessons.enrol(course=course, person=person, standing=standing)
    for where in (course, cast.course):
        begun = now + timedelta(minutes=number + 1)
        lessons.schedule_lesson(
            course=where,
            title=f"New lesson {number}",
            starts_at=begun,
            ends_at=begun + timedelta(hours=1),
            created_by=cast.teacher,
        )
    held = hold_lesson(cast, ended_at=now - timedelta(days=1, hours=number))
    Lesson.objects.filter(pk=held.pk).update(course=course, title=f"New past {number}")
    publish(held)
    publish(scene.held)
    keep(hold_lesson(cast, ended_at=now - timedelta(days=170, hours=number)), cast.amina)  # is soon deleted
    day = timezone.localdate() + timedelta(days=number)
    lessons.add_holiday(
        institution=cast.school, name=f"New {number}", first_on=day, last_on=day, by=cast.head
    )
    link, _ = lessons.create_guest_link(lesson=scene.coming, by=cast.head, label=f"New {number}", now=now)
    lessons.make_join_link(lesson=scene.coming, person=cast.amina, by=cast.head.pk, now=now)
    lessons.knock_as_guest(link=link, name=f"New {number}", browser=f"b{number}", language="en", now=now)


def _grow_recorders(scene: Scene, number: int) -> None:
    """One at work, in a lesson that nobody else records; and a folder that belongs to nobody."""
    now = timezone.now()
    recorder = Recorder.objects.create(name=f"New {number}", state="busy", state_at=now, next_poll_at=now)
    lesson = hold_lesson(scene.cast, ended_at=now - timedelta(days=3, hours=number))
    recording, _ = Recording.objects.update_or_create(
        lesson=lesson, defaults={"state": RecordingState.RECORDING, "state_at": now}
    )
    Capture.objects.create(
        recording=recording, engine="jibri", session_id=f"new {number}", recorder=recorder, wanted_at=now
    )
    Orphan.objects.create(name=f"New {number}", found_at=now)


def _grow_quizzes(scene: Scene, number: int) -> None:
    """A question that was asked, and somebody who answered it."""
    cast, now = scene.cast, timezone.now()
    draft = Draft("short_text", f"New question {number}?", variants=["new"])
    question = write_question(course=cast.course, draft=draft, by=cast.teacher)
    quiz = launch_quiz(
        quiz_id=uuid.uuid4(), room=scene.coming.room, questions=[question.pk], by=cast.teacher, now=now
    )
    pupil = Person.objects.get(email=f"student{number}@new.test")
    answer_quiz(
        quiz=quiz, question=str(question.pk), value=f"new {number}", person=pupil, ref=uuid.uuid4(), now=now
    )
    close_quiz(quiz=quiz, now=now)


def _grow_talk(scene: Scene, number: int) -> None:
    """A message, and a concern about it."""
    cast, now, room = scene.cast, timezone.now(), scene.coming.room
    message, _is_new = lessons.send_message(
        message_id=uuid.uuid4(),
        room=room,
        author=cast.amina,
        standing=Standing.STUDENT,
        text=f"New {number}",
        now=now,
    )
    lessons.raise_concern(
        concern_id=uuid.uuid4(),
        room=room,
        by=cast.bilal,
        sees_all=False,
        text=f"New {number}",
        message_id=message.pk,
        now=now,
    )


def _grow_attendance(scene: Scene, number: int) -> None:
    """A lesson whose register is settled, a week, and somebody who needs looking after."""
    cast, now = scene.cast, timezone.now()
    held = hold_lesson(cast, ended_at=now - timedelta(days=4, hours=number))
    settle_lesson(lesson=held, now=now)
    course = lessons.create_course(institution=cast.school, title=f"New watched {number}", language="en")
    lessons.enrol(course=course, person=cast.teacher, standing=Standing.TEACHER)
    # Of another week than the lesson's, on whichever day this is tried.
    week = week_of(now - timedelta(days=14), cast.school)
    child = Person.objects.get(email=f"student{number}@new.test")
    WeeklyLine.objects.create(course=cast.course, person=child, week_on=week, lessons=1)
    WatchEntry.objects.create(course=course, person=child, week_on=week, opened_at=now, changed_at=now)
    _grow_notes(scene, number)


def _grow_notes(scene: Scene, number: int) -> None:
    """A note to a guardian, and a report that comes again and again."""
    cast, now = scene.cast, timezone.now()
    rule, _ = NoteRule.objects.get_or_create(institution=cast.school, measure="absence", limit=2)
    letter = Letter.objects.create(
        institution=cast.school, person=cast.guardian, kind="note", written_at=now, next_attempt_at=now
    )
    FamilyNote.objects.create(
        rule=rule,
        person=cast.amina,
        reader=cast.guardian,
        every="week",
        since_on=now - timedelta(days=7 * number),
        until_on=now,
        number=2,
        limit=2,
        lessons=3,
        written_at=now,
        letter=letter,
    )
    course = lessons.create_course(institution=cast.school, title=f"New reported {number}", language="en")
    own = {"institution": cast.school, "reader": cast.head, "kind": "course", "course": course}
    plan = ReportPlan.objects.create(**own, every="week", begun_at=now)
    times = {"since_on": now, "until_on": now, "asked_at": now, "expires_at": now}
    Report.objects.create(**own, **times, plan=plan)


def _grow_board(scene: Scene, number: int) -> None:
    known: dict[str, Any] = {"kind": "image", "title": f"New {number}", "size_bytes": 1}
    owner, now = scene.cast.teacher, timezone.now()
    BoardFile.objects.create(board_id=scene.words["board_id"], uploaded_by=owner, asked_at=now, **known)


def publish(lesson: Lesson) -> None:
    state = {"state": RecordingState.PUBLISHED, "state_at": timezone.now(), "published_at": timezone.now()}
    kept = {"video_key": f"here/{lesson.pk}/video.mp4", "duration_seconds": 600.0}
    recording, _ = Recording.objects.update_or_create(lesson=lesson, defaults={**state, **kept})
    place = recording.chapters.count()
    Chapter.objects.create(
        recording=recording, position=place, starts_seconds=place, ends_seconds=place + 1, title="New"
    )


def _grow_housekeeping(scene: Scene, number: int) -> None:
    cast, now = scene.cast, timezone.now()
    told = HookDelivery.objects.create(source="events", body=b"", received_at=now, reading="read")
    told.events.create(key=f"new {number}", room=f"new-{number}", state="quarantined", received_at=now)
    Prosody.objects.create(name=f"new-{number}", heard_at=now)
    people.create_api_key(
        institution=cast.school,
        name=f"New {number}",
        scopes=["lessons:read"],
        valid_from=now,
        valid_to=now + timedelta(days=30),
        by=cast.head,
    )
    people.create_webhook(institution=cast.school, url=f"{HOOK}/{number}", event_types=TYPES, by=cast.head)
    with transaction.atomic():
        people.publish_event(institution=cast.school, type_=EventType.LESSON_ENDED, data={})
        people.record_audit(
            "person.renamed", institution=cast.school, by=cast.teacher, target=f"person:{cast.head.pk}"
        )
    pool = MachinePool.objects.create(kind="recorders", zone=f"new-{number}")
    pool.decisions.create(decided_at=now, judged_at=now, old=1, new=2, needed=2, reason="timetable")
    bridge = Bridge.objects.create(name=f"new-{number}", url=f"http://new-{number}", region="new")
    BridgeReading.objects.create(bridge=bridge, at=now, stress=0.2)
    Diversion.objects.create(region="new", door="webrtc", why="room", decided_at=now, judged_at=now)
    provider = IdentityProvider(institution=cast.school, slug=f"new-{number}", label=f"New {number}")
    fill(provider, Preset.UNICEF_B2C).save()
    for person in (cast.head, cast.bilal):
        Hold.objects.create(
            institution=cast.school,
            person=person,
            reason="New",
            set_by=cast.head,
            set_at=now,
            released_at=now,
            released_by=cast.teacher,
        )
        DataRequest.objects.create(
            institution=cast.school,
            person=person,
            kind="export",
            state="cancelled",
            requested_by=cast.head,
            requested_at=now,
            due_at=now,
        )


def read(scene: Scene) -> dict[str, tuple[int, int, int]]:
    """Of each list and reader, how many questions, how many bytes and how many of them on the wire; all are read once before, as reading leaves
    lines in the audit log."""
    rows = enumerate(LISTS.items())
    pages = [(name, who) for place, (name, readers) in rows for who in by_turns(readers, place, every=5)]
    statuses = {page: ask(scene, *page).status_code for page in pages}
    assert {page: status for page, status in statuses.items() if status != 200} == {}
    found = {}
    for name, who in pages:
        with CaptureQueriesContext(connection) as caught:
            answer = ask(scene, name, who)
        found[f"{name} for {who}"] = len(caught), len(answer.content), len(gzip.compress(answer.content))
    return found


def ask(scene: Scene, name: str, who: str) -> Any:
    return scene.askers[who].get(scene.address(name) + ASKED.get(name, ""))


@pytest.mark.sweep  # for each reader
@pytest.mark.django_db
def test_no_list_asks_more_for_three_rows_than_for_one(scene: Scene) -> None:
    one = read(scene)
    for number in (1, 2):
        grow(scene, number)
    three = read(scene)
    assert {name: three[name][0] for name in one} == {name: one[name][0] for name in one}
    # Otherwise the rows are not what the page lists, and the count says nothing.
    assert [name for name in one if three[name][1] <= one[name][1]] == []
    assert {
        name: read for name, read in three.items() if read[0] > MOST_QUERIES or read[2] > LATER_BYTES
    } == {}


@pytest.mark.django_db
def test_every_address_that_can_be_read_is_known_to_be_a_list_or_not(scene: Scene) -> None:
    assert set(LISTS) & SINGLE == set()
    unknown = sorted(set(PATTERNS) - set(LISTS) - SINGLE)
    client, readable = scene.askers["head"], []
    for name in unknown:
        words = dict.fromkeys(PATTERNS[name].pattern.converters, uuid.UUID(int=7)) | {"school": "here"}
        given = {word: words[word] for word in PATTERNS[name].pattern.converters}
        if client.get(reverse(name, kwargs=given)).status_code != 405:
            readable.append(name)
    assert readable == []
