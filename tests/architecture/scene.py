"""Whom and what the authorisation table is tried with: three places, and each actor in every situation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from accounts import actions as people
from accounts.authorisation import Actor, Reach
from accounts.callers import SCOPES
from accounts.models import (
    ApiKey,
    Guardianship,
    Identity,
    IdentityProvider,
    Institution,
    Membership,
    Person,
    Role,
)
from attendance.models import WatchEntry
from classroom import actions as lessons
from classroom.models import (
    Bridge,
    Concern,
    Enrolment,
    EventState,
    HookDelivery,
    JoinLink,
    Knock,
    Lesson,
    MachinePool,
    PoolKind,
    Standing,
)
from common.ids import fingerprint, make_secret
from housekeeping import actions as house
from housekeeping.models import DataRequest, RequestState
from quizzes.actions import write_question
from recordings.models import (
    Captions,
    Logo,
    Orphan,
    Recorder,
    Recording,
    RecordingState,
    Rendition,
    RenditionKind,
    StreamLink,
)
from tests.quizzes.questions import DRAFTS
from whiteboard.actions import apply_commands, open_board
from whiteboard.board import BoardState, Command
from whiteboard.models import BoardExport, BoardFile

PASSWORD = "correct horse battery"


class Situation(StrEnum):
    """Where the actor stands towards the thing behind the door."""

    OWN = "own"
    OTHER_LESSON = "another course of the same school"
    ELSEWHERE = "another school"
    ENDED = "an enrolment or a link to a child that ended"
    EXPIRED = "a membership that expired"
    SUSPENDED = "suspended"
    DEACTIVATED = "an account that was closed"


NOBODY = "nobody signed in"
# Those who come with a session. Guests, keys and recorders bring something else, and have doors of their own.
ACTORS = (
    Actor.PLATFORM_ADMIN,
    Actor.HEAD,
    Actor.TEACHER,
    Actor.CO_TEACHER,
    Actor.STUDENT,
    Actor.GUARDIAN,
)
ROLES = {
    Actor.HEAD: Role.HEAD,
    Actor.TEACHER: Role.TEACHER,
    Actor.CO_TEACHER: Role.TEACHER,
    Actor.STUDENT: Role.STUDENT,
    Actor.GUARDIAN: Role.GUARDIAN,
}
STANDINGS = {
    Actor.TEACHER: Standing.TEACHER,
    Actor.CO_TEACHER: Standing.CO_TEACHER,
    Actor.STUDENT: Standing.STUDENT,
}
# These are about the actor; the others about the place.
PERSONAL = (Situation.OWN, Situation.ENDED, Situation.EXPIRED, Situation.SUSPENDED, Situation.DEACTIVATED)


def reaches(reach: Reach, actor: Actor, situation: Situation, *, points_at_something: bool) -> bool:
    """What the table promises for this cell."""
    if reach == Reach.NONE or situation == Situation.DEACTIVATED:
        return False
    is_away = situation in {Situation.OTHER_LESSON, Situation.ELSEWHERE}
    if reach == Reach.ALL:
        return True
    if reach == Reach.OWN:
        return not (points_at_something and is_away)
    if situation in {Situation.SUSPENDED, Situation.EXPIRED}:
        return False
    if reach == Reach.MEMBER:
        return not (points_at_something and is_away)
    if not points_at_something:
        return situation != Situation.ENDED or reach == Reach.INSTITUTION
    if reach == Reach.INSTITUTION:
        return situation != Situation.ELSEWHERE
    return situation == Situation.OWN


def make_person(school: Institution, name: str, role: Role) -> Person:
    email = f"{name}@{school.slug}.test".lower().replace(" ", "-").replace("_", "-")
    return people.add_person(institution=school, email=email, name=name, role=role, password=PASSWORD)


class Place:
    """One course and everything that hangs on it: what the addresses of a test point at."""

    def __init__(self, school: Institution, name: str) -> None:
        self.name, self.school, self.now = name, school, timezone.now()
        self.teacher = make_person(school, f"Owner {name}", Role.TEACHER)
        self.head = make_person(school, f"Head {name}", Role.HEAD)
        self.student = make_person(school, f"Student {name}", Role.STUDENT)
        self.guardian = make_person(school, f"Guardian {name}", Role.GUARDIAN)
        self.course = lessons.create_course(institution=school, title=f"Course {name}", language="en")
        lessons.enrol(course=self.course, person=self.teacher, standing=Standing.TEACHER)
        lessons.enrol(course=self.course, person=self.student, standing=Standing.STUDENT)
        people.link_guardian(institution=school, guardian=self.guardian, child=self.student)
        self.lesson = self.schedule("Now", self.now - timedelta(minutes=1))
        self.lesson.is_streamed = True
        self.lesson.save(update_fields=["is_streamed"])
        self.coming = self.schedule("Coming", self.now + timedelta(days=2))
        self.recording = publish(self.lesson)
        self.group = lessons.create_group(course=self.course, title="Group")
        self.join_link = lessons.make_join_link(
            lesson=self.coming, person=self.student, by=self.head.pk, now=self.now
        ).link
        self.board = open_board(room=self.lesson.room, now=self.now)
        rights = Command("rights.change", str(uuid4()), str(self.teacher.pk), {"draw": "all"})
        apply_commands(board_id=self.board.pk, state=BoardState(), commands=[rights], at=0)

    def schedule(self, title: str, starts_at: datetime) -> Lesson:
        ends_at = starts_at + timedelta(hours=1)
        return lessons.schedule_lesson(
            course=self.course, title=title, starts_at=starts_at, ends_at=ends_at, created_by=self.teacher
        )

    def ids(self) -> dict[str, Any]:
        """The words of the API's addresses, as tests/api has them."""
        return {
            "institution_id": self.school.pk,
            "course_id": self.course.pk,
            "lesson_id": self.coming.pk,
            "recording_id": self.recording.pk,
            "person_id": self.student.pk,
            "guardian_id": self.guardian.pk,
            "role": "student",
            "join_link_id": self.join_link.pk,
        }

    @property
    def person(self) -> Person:
        return self.student


@dataclass
class Things:
    """What hangs on a place and only a few doors need; made for each place once."""

    place: Place

    def make_all(self) -> Things:
        place, day = self.place, (timezone.now() + timedelta(days=30)).date()
        school, head, now = place.school, place.head, place.now
        self.holiday = lessons.add_holiday(
            institution=school, name="Day off", first_on=day, last_on=day, by=head
        )
        url = "https://receiver.example/hook"
        self.webhook = people.create_webhook(
            institution=school, url=url, event_types=["lesson.started"], by=head
        )
        self.delivery = people.send_test_event(webhook=self.webhook, by=head)
        self.link, self.link_secret = lessons.create_guest_link(
            lesson=place.lesson, by=place.teacher, now=now
        )
        self.stream_link = StreamLink.objects.create(
            lesson=place.lesson, created_by=head, created_at=now, fingerprint=place.name, most_viewers=1
        )
        about = {"name": school.slug, "width": 60, "height": 40, "changed_at": now}
        self.pool = MachinePool.objects.get_or_create(kind=PoolKind.RECORDERS)[0]
        self.logo = Logo.objects.get_or_create(institution=school, defaults=about)[0]
        self.knock, self.browser = self.knock_as("Rosa")
        self.invitation = people.invite_person(
            institution=school, email=f"new@{place.name}.test", name="New", role=Role.STUDENT, by=head
        )
        self.question = write_question(course=place.course, draft=DRAFTS["single"], by=place.head)
        self.concern = self.raise_concern()
        self.watched = WatchEntry.objects.create(
            course=place.course, person=place.student, week_on=place.now, opened_at=now, changed_at=now
        )
        self.key = self.make_key()
        self.provider = IdentityProvider.objects.create(
            institution=school,
            slug=f"idp-{place.name}",
            label="Sign-in",
            issuer="https://idp.invalid",
            discovery_url="https://idp.invalid/.well-known/openid-configuration",
            client_id="darasa",
        )
        told = HookDelivery.objects.create(source="events", body=b"{}", received_at=now, reading="read")
        self.event = told.events.create(key=place.name, state=EventState.QUARANTINED, received_at=now)
        self.bridge = Bridge.objects.create(name=f"jvb-{place.name}", url=f"http://jvb-{place.name}:8080")
        self.orphan = Orphan.objects.create(name=f"left-{place.name}", found_at=now)
        self.recorder = Recorder.objects.create(name=f"jibri-{place.name}", state_at=now, next_poll_at=now)
        self.hold = house.set_hold(institution=school, reason="A case", by=head, now=now, lesson=place.coming)
        self.file, self.upload = self.add_file("ready"), self.add_file("waiting")
        self.belongings = {place.student.pk: Belongings(self, place.student).make_all()}
        return self

    def raise_concern(self) -> Concern:
        place, concern_id = self.place, uuid4()
        lessons.raise_concern(
            concern_id=concern_id,
            room=place.lesson.room,
            by=place.student,
            sees_all=False,
            text="Somebody is being teased.",
            message_id=None,
            now=place.now,
        )
        return Concern.objects.get(pk=concern_id)

    def add_file(self, state: str) -> BoardFile:
        known: dict[str, Any] = {"kind": "image", "media_type": "image/png", "title": "One", "state": state}
        known |= {
            "pictures": [["one", 60, 40]],
            "pages": 1,
            "size_bytes": 5,
            "folder": f"{self.place.name}/files",
        }
        owner, now = self.place.teacher, timezone.now()
        return BoardFile.objects.create(board=self.place.board, uploaded_by=owner, asked_at=now, **known)

    def make_key(self) -> Any:
        now = timezone.now()
        return people.create_api_key(
            institution=self.place.school,
            name="Timetable",
            scopes=list(SCOPES),
            valid_from=now - timedelta(hours=1),
            valid_to=now + timedelta(days=30),
            by=self.place.head,
        )

    def knock_as(self, name: str) -> tuple[Knock, str]:
        browser = make_secret()
        knock = lessons.knock_as_guest(
            link=self.link, name=name, browser=browser, language="en", now=timezone.now()
        )
        return knock, browser

    def of(self, person: Person) -> Belongings:
        if person.pk not in self.belongings:
            self.belongings[person.pk] = Belongings(self, person)
        return self.belongings[person.pk]


class Belongings:
    """What is one person's: their identity, the copy of their data, a roster that they uploaded."""

    def __init__(self, things: Things, person: Person) -> None:
        self.things, self.person = things, person

    def make_all(self) -> Belongings:
        _ = self.identity, self.request, self.upload, self.export, self.join_link
        return self

    @cached_property
    def identity(self) -> Identity:
        provider = self.things.provider
        people.acquaint(institution=provider.institution, person=self.person)
        return Identity.objects.create(
            provider=provider, person=self.person, issuer=provider.issuer, subject=str(self.person.pk)
        )

    @cached_property
    def request(self) -> Any:
        made = house.request_export(
            institution=self.things.place.school, person=self.person, by=self.person, now=timezone.now()
        )
        DataRequest.objects.filter(pk=made.pk).update(state=RequestState.DONE, key=f"exports/{made.pk}.zip")
        made.refresh_from_db()
        return made

    @property
    def export(self) -> BoardExport:
        """Looked for each time: what one door's test made is gone in the next one's, and several doors ask for it."""
        place, now = self.things.place, timezone.now()
        people.acquaint(institution=place.school, person=self.person)
        known: dict[str, Any] = {"format": "pdf", "layer": "*", "state": "ready", "size_bytes": 5}
        known |= {"asked_at": now, "key": f"exports/{place.name}.pdf"}
        rows = BoardExport.objects.filter(board=place.board, requested_by=self.person)
        return rows.first() or BoardExport.objects.create(
            board=place.board, requested_by=self.person, **known
        )

    @cached_property
    def join_link(self) -> JoinLink:
        now, place = self.things.place.now, self.things.place
        people.acquaint(institution=place.school, person=self.person)
        return JoinLink.objects.create(
            lesson=place.coming,
            person=self.person,
            token_sha256=fingerprint(f"{self.person.pk} {place.name}"),
            made_by=place.head.pk,
            expires_at=now + timedelta(hours=1),
        )

    @cached_property
    def upload(self) -> Any:
        people.acquaint(institution=self.things.place.school, person=self.person)
        text = f"email,name,role\none@{self.things.place.name}.test,One,student\n"
        return lessons.upload_roster(
            institution=self.things.place.school, content=text.encode(), file_name="a.csv", by=self.person
        )


def publish(lesson: Lesson) -> Recording:
    published = {
        "state": RecordingState.PUBLISHED,
        "state_at": timezone.now(),
        "video_key": f"{lesson.pk}/video.mp4",
        "poster_key": f"{lesson.pk}/poster.jpg",
        "duration_seconds": 60,
    }
    recording = Recording.objects.update_or_create(lesson=lesson, defaults=published)[0]
    parts = {
        RenditionKind.THUMBNAILS: "sheet.jpg",
        RenditionKind.PACK: "sheet.jpg",
        RenditionKind.LADDER: "720.mp4",
    }
    for kind, part in parts.items():
        sheet = {"every_seconds": 10, "number": 6, "columns": 10, "width": 160, "height": 90}
        keys = {"object_key": f"{lesson.pk}/{kind}", "extra_keys": [f"{lesson.pk}/{part}"], "about": sheet}
        Rendition.objects.get_or_create(
            recording=recording, kind=kind, defaults={"state": "ready", "wanted_at": timezone.now(), **keys}
        )
    Captions.objects.get_or_create(
        recording=recording, language="en", defaults={"written_at": timezone.now()}
    )
    return recording


class Scene:
    """Three places, and for each actor one person in good standing and four who are not."""

    def __init__(self) -> None:
        self.handler = ClientHandler(enforce_csrf_checks=False)  # one for all: loading middleware is slow
        self.school = people.create_institution(
            name="Here", slug="here", time_zone="Africa/Nairobi", language="en"
        )
        # What the table gives to guardians is for the school to give.
        Institution.objects.filter(pk=self.school.pk).update(policy={"guardians_may_watch": True})
        self.school.refresh_from_db()
        elsewhere = people.create_institution(
            name="There", slug="there", time_zone="Europe/Zurich", language="de"
        )
        self.places = {
            Situation.OWN: Place(self.school, "own"),
            Situation.OTHER_LESSON: Place(self.school, "other"),
            Situation.ELSEWHERE: Place(elsewhere, "elsewhere"),
        }
        self.things = {where: Things(place).make_all() for where, place in self.places.items()}
        self.people = {(actor, one): self.make_actor(actor, one) for actor in ACTORS for one in PERSONAL}
        for person in self.people.values():  # before the first door, whose savepoint would take it away
            self.things[Situation.OWN].of(person).make_all()
        self.keys = self.make_keys()
        self.clients = {who: self.client_of(person) for who, person in self.people.items()}
        self.nobody = self.client_of(None)

    def make_keys(self) -> dict[Situation, str]:
        """One that works, towards three places; one that was revoked, one that ran out, one of another school."""
        own, now = self.places[Situation.OWN], timezone.now()
        ways = (Situation.OWN, Situation.ENDED, Situation.EXPIRED)
        keys = {situation: Things(own).make_key() for situation in ways}
        ApiKey.objects.filter(pk=keys[Situation.ENDED].key.pk).update(revoked_at=now)
        ApiKey.objects.filter(pk=keys[Situation.EXPIRED].key.pk).update(valid_to=now - timedelta(minutes=1))
        works = keys[Situation.OWN].text
        texts = {situation: made.text for situation, made in keys.items()}
        return {**texts, Situation.OTHER_LESSON: works, Situation.ELSEWHERE: works}

    def where(self, situation: Situation) -> Situation:
        return situation if situation in self.places else Situation.OWN

    def place(self, situation: Situation) -> Place:
        return self.places[self.where(situation)]

    def person(self, actor: Actor, situation: Situation) -> Person:
        return self.people[actor, situation if situation in PERSONAL else Situation.OWN]

    def client(self, actor: Actor, situation: Situation) -> Client:
        return self.clients[actor, situation if situation in PERSONAL else Situation.OWN]

    def client_of(self, person: Person | None) -> Client:
        client = Client(raise_request_exception=False)
        client.handler = self.handler
        if person is not None:
            client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    def make_actor(self, actor: Actor, situation: Situation) -> Person:
        if actor == Actor.PLATFORM_ADMIN:
            email = f"admin-{situation.name}@platform.test".lower()
            person = Person.objects.create_user(email, PASSWORD, name=str(actor), is_platform_admin=True)
        else:
            person = make_person(self.school, f"{actor} {situation.name}", ROLES[actor])
        self.enter_course(actor, person)
        self.spoil(person, situation)
        return person

    def enter_course(self, actor: Actor, person: Person) -> None:
        own = self.places[Situation.OWN]
        if actor in STANDINGS:
            lessons.enrol(course=own.course, person=person, standing=STANDINGS[actor])
        if actor == Actor.GUARDIAN:
            people.link_guardian(institution=self.school, guardian=person, child=own.student)

    def spoil(self, person: Person, situation: Situation) -> None:
        memberships = Membership.objects.filter(person=person)
        if situation == Situation.SUSPENDED:
            memberships.update(is_active=False)
        elif situation == Situation.EXPIRED:
            memberships.update(expires_on=timezone.localdate() - timedelta(days=2))
        elif situation == Situation.ENDED:
            Enrolment.objects.filter(person=person).update(is_active=False)
            Guardianship.objects.filter(guardian=person).delete()
        elif situation == Situation.DEACTIVATED:
            Person.objects.filter(pk=person.pk).update(is_active=False)
