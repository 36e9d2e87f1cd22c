"""What Jitsi told that made no sense: seen by the platform, tried again or dismissed, without anybody's name."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions
from classroom.models import EventState, HookEvent, HookSource, Lesson, Presence, Prosody
from common.clock import to_ms
from tests.architecture.test_doors import signed_in
from tests.classroom.jitsi.speech import batch, joined, occupant
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)


def put_aside(*rooms: str, person: object = None) -> list[HookEvent]:
    now = timezone.now()
    told = [joined(room, occupant(person, to_ms(now) - 60_000)) for room in rooms]
    actions.take_delivery(source=HookSource.EVENTS, body=batch(*told), received_at=now)
    actions.read_deliveries(now=now)
    actions.apply_events(now=now)
    return list(HookEvent.objects.filter(state=EventState.QUARANTINED).order_by("room"))


def page(person: Person, query: str = "") -> str:
    answer = signed_in(person).get(reverse("put_aside") + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_page_says_what_to_set_and_a_quiet_one_that_all_is_well(admin: Person) -> None:
    assert "JITSI_EVENT_SECRET" in page(admin)
    Prosody.objects.create(name="prosody-1", heard_at=timezone.now())
    assert "Every message so far was understood." in page(admin)


def test_rooms_and_reasons_are_shown_and_names_of_people_are_not(admin: Person) -> None:
    put_aside("room-of-nobody")
    shown = page(admin)
    assert "room-of-nobody" in shown
    assert "There is no lesson with this room." in shown
    assert "Amina" not in shown


def test_they_are_found_by_room_type_and_reason(admin: Person) -> None:
    put_aside("room-one", "room-two")
    assert "room-two" not in page(admin, "?q=one")
    assert "room-two" in page(admin, "?q=occupant.joined")
    assert "room-two" in page(admin, "?q=no+lesson")
    assert "Nothing was found for" in page(admin, "?q=three")


def test_a_room_that_the_doctor_has_tried_is_no_riddle(admin: Person) -> None:
    assert put_aside("doctor-0123456789abcdef0123456789abcdef") == []
    assert HookEvent.objects.get().state == EventState.DONE


def test_many_are_shown_page_by_page_and_the_search_stays(admin: Person) -> None:
    put_aside(*(f"room-{number:02}" for number in range(30)))
    shown = page(admin, "?q=room-")
    assert "Page 1 of 2" in shown
    assert "q=room-" in shown.split("Page 1 of 2")[1]


def test_a_wrong_clock_raises_an_alarm_and_a_right_one_does_not(admin: Person) -> None:
    Prosody.objects.create(name="prosody-1", heard_at=timezone.now(), offset_ms=-10_000)
    assert "is off by" not in page(admin)
    Prosody.objects.update(offset_ms=-63_000)
    assert "The clock of prosody-1 is off by -63 s." in page(admin)


def test_another_try_finds_a_room_that_is_there_by_now(admin: Person, lesson: Lesson, cast: Cast) -> None:
    (event,) = put_aside("room-of-nobody", person=cast.amina.pk)
    lesson.room.name = "room-of-nobody"
    lesson.room.save()
    answer = signed_in(admin).post(reverse("put_aside_retry", args=[event.pk]), follow=True)
    assert "It is being tried again." in answer.content.decode()
    actions.apply_events(now=timezone.now())
    assert Presence.objects.get().person == cast.amina
    assert AuditEvent.objects.get(act="hook.retried").actor == admin.pk


def test_what_could_not_be_read_is_read_once_more(admin: Person) -> None:
    now = timezone.now()
    actions.take_delivery(source=HookSource.EVENTS, body=b"nonsense", received_at=now)
    actions.read_deliveries(now=now)
    event = HookEvent.objects.get()
    signed_in(admin).post(reverse("put_aside_retry", args=[event.pk]))
    assert not HookEvent.objects.exists()
    actions.read_deliveries(now=now + timedelta(seconds=5))
    assert HookEvent.objects.get().reason == "not_json"


def test_what_is_dismissed_is_gone_and_twice_is_told_so(admin: Person) -> None:
    (event,) = put_aside("room-of-nobody")
    client = signed_in(admin)
    client.post(reverse("put_aside_dismiss", args=[event.pk]))
    assert "room-of-nobody" not in page(admin)
    answer = client.post(reverse("put_aside_dismiss", args=[event.pk]), follow=True)
    assert "done or withdrawn before" in answer.content.decode()
    assert AuditEvent.objects.filter(act="hook.dismissed").count() == 1


@pytest.mark.parametrize("who", ["stranger", "head", "teacher", "amina"])
def test_nobody_of_a_school_sees_or_touches_it(who: str, cast: Cast) -> None:
    (event,) = put_aside("room-of-nobody")
    client = signed_in(getattr(cast, who))
    assert client.get(reverse("put_aside")).status_code == 403
    for name in ("put_aside_retry", "put_aside_dismiss"):
        assert client.post(reverse(name, args=[event.pk])).status_code == 403
    event.refresh_from_db()
    assert event.state == EventState.QUARANTINED


def test_an_event_that_is_none_is_not_found(admin: Person) -> None:
    assert signed_in(admin).post(reverse("put_aside_retry", args=[uuid4()])).status_code == 404
