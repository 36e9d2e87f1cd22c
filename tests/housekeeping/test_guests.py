"""What is kept of guests goes with the attendance they stand in, or when they ask."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions as lessons
from classroom.models import GuestLink, Knock, KnockState, Lesson, Presence, Standing
from common.refusals import Refused
from housekeeping import actions, tasks
from housekeeping.erasing import KNOCKS_KEPT, traces_of
from housekeeping.models import DataRequest, RequestState
from housekeeping.retention import Periods
from housekeeping.work import work
from tests.classroom.test_guests import knock_at, let_in, make_link
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.housekeeping.scenes import publish

pytestmark = pytest.mark.django_db
ROSA = "Rosa Guestsdottir"


@pytest.fixture
def rosa(cast: Cast, lesson: Lesson) -> Person:
    """She was let in, was inside, and stands in a recorder's account."""
    guest = let_in(knock_at(make_link(lesson, cast)[0], name=ROSA), cast)
    lessons.enter_room(
        room=lesson.room,
        person=guest,
        standing=Standing.GUEST,
        occupant=uuid4(),
        connection="c",
        now=timezone.now(),
    )
    publish(lesson, guest)
    return guest


def over_since(lesson: Lesson, days: float) -> None:
    lessons.end_lesson(lesson=lesson, now=timezone.now())
    at = timezone.now() - timedelta(days=days)
    begun = at - timedelta(hours=1)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=begun, ends_at=at, ended_at=at)
    Knock.objects.update(asked_at=begun)


def manifest() -> str:
    folder: Path = settings.RECORDINGS_DIR
    return "".join(json.dumps(json.loads(one.read_text())) for one in folder.rglob("m*.json"))


def test_a_guest_is_forgotten_with_the_attendance_and_not_a_day_sooner(lesson: Lesson, rosa: Person) -> None:
    over_since(lesson, Periods().facts_days - 1)
    tasks.retire()
    rosa.refresh_from_db()
    assert (rosa.name, Knock.objects.count(), ROSA in manifest()) == (ROSA, 1, True)
    over_since(lesson, Periods().facts_days + 1)
    tasks.retire()
    rosa.refresh_from_db()
    assert (rosa.name, rosa.is_active, rosa.is_guest) == ("Erased person", False, True)
    assert not any((Knock.objects.exists(), GuestLink.objects.exists(), Presence.objects.exists()))
    assert ROSA not in manifest()
    assert traces_of("Guestsdottir") == {}
    assert AuditEvent.objects.get(act="guests.forgotten").detail == {"guests": 1}


def test_a_hold_on_the_lesson_keeps_its_guests(cast: Cast, lesson: Lesson, rosa: Person) -> None:
    over_since(lesson, Periods().facts_days + 1)
    actions.set_hold(
        institution=cast.school, reason="A case", by=cast.head, now=timezone.now(), lesson=lesson
    )
    tasks.retire()
    rosa.refresh_from_db()
    assert (rosa.name, Knock.objects.count()) == (ROSA, 1)


def test_a_knock_that_led_nowhere_is_forgotten_within_the_month(cast: Cast, lesson: Lesson) -> None:
    link = make_link(lesson, cast)[0]
    for number, state in enumerate((KnockState.REFUSED, KnockState.WITHDRAWN, KnockState.EXPIRED)):
        knock = knock_at(link, browser=str(number), name=ROSA)
        Knock.objects.filter(pk=knock.pk).update(state=state)
    over_since(lesson, KNOCKS_KEPT.days - 1)
    tasks.retire()
    assert Knock.objects.count() == 3
    over_since(lesson, KNOCKS_KEPT.days + 1)
    tasks.retire()
    assert traces_of("Guestsdottir") == {}


def test_a_guest_who_asks_is_erased_by_the_head_and_put_out_at_once(
    cast: Cast, lesson: Lesson, rosa: Person
) -> None:
    head = client_of(cast.head)
    found = head.get(reverse("data_requests", args=["here"]), {"q": "guestsd"}).content.decode()
    page = reverse("erase_person", args=["here", rosa.pk])
    assert page in found
    assert rosa.email not in found
    assert head.post(page, {"name": ROSA}).status_code == 302
    assert Knock.objects.get(person=rosa).state == KnockState.EXPIRED
    work(DataRequest.objects.get().pk)
    request = DataRequest.objects.get()
    assert (request.state, request.told["leftovers"]) == (RequestState.DONE, 0)
    assert traces_of("Guestsdottir") == {}
    assert Presence.objects.get(person=rosa).person.name == "Erased person"


def test_another_schools_guest_is_nobody_here(cast: Cast) -> None:
    link, _ = lessons.create_guest_link(lesson=elsewhere(cast), by=cast.stranger, now=timezone.now())
    knock = knock_at(link, name=ROSA)
    assert lessons.admit_knock(knock=knock, by=cast.stranger, now=timezone.now())
    rosa = knock.person
    assert rosa is not None
    missing = client_of(cast.head).get(reverse("erase_person", args=["here", uuid4()]))
    theirs = client_of(cast.head).get(reverse("erase_person", args=["here", rosa.pk]))
    assert (theirs.status_code, missing.status_code) == (404, 404)
    with pytest.raises(Refused) as refused:
        actions.start_erasure(
            institution=cast.school, person=rosa, by=cast.head, typed_name=ROSA, now=timezone.now()
        )
    assert refused.value.code == "not_here"


def elsewhere(cast: Cast) -> Lesson:
    course = lessons.create_course(institution=cast.elsewhere, title="There", language="de")
    now = timezone.now()
    return lessons.schedule_lesson(
        course=course,
        title="There",
        starts_at=now,
        ends_at=now + timedelta(hours=1),
        created_by=cast.stranger,
    )
