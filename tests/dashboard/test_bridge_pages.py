"""The pages of the shared bridges and of the schools on them: for the platform's admins alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions
from classroom.models import Bridge, BridgeReading, BridgeState, Diversion, Expulsion, Front, Lesson
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Client:
    return client_of(
        Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)
    )


def make_bridge(name: str = "jvb1:8080", region: str = "east", **fields: object) -> Bridge:
    now = timezone.now()
    values = {"state": BridgeState.UP, "seen_at": now, "stress": 0.5, "version": "2.3.1", **fields}
    bridge = Bridge.objects.create(name=name, url=f"http://{name}", region=region, **values)
    BridgeReading.objects.create(bridge=bridge, at=now - timedelta(minutes=1), stress=0.95)
    return bridge


PAGES = ("bridges", "fronts")


@pytest.mark.parametrize("name", PAGES)
def test_only_the_platform_looks_at_them(name: str, admin: Client, cast: Cast) -> None:
    assert admin.get(reverse(name)).status_code == 200
    for person in (cast.head, cast.teacher, cast.amina, cast.stranger):
        assert client_of(person).get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


@pytest.mark.parametrize("name", ["bridge_drain", "bridge_undrain"])
def test_only_the_platform_empties_a_bridge(name: str, admin: Client, cast: Cast) -> None:
    bridge, address = make_bridge(), reverse(name, args=[make_bridge("jvb2:8080").pk])
    for person in (cast.head, cast.teacher, cast.stranger):
        assert client_of(person).post(address).status_code == 403
    assert admin.get(address).status_code == 405
    assert not Bridge.objects.exclude(drain_wanted=None).exists()
    assert bridge.takes_people


def test_without_bridges_the_page_says_what_to_do(admin: Client) -> None:
    assert "JVB_URLS" in admin.get(reverse("bridges")).content.decode()


def test_a_bridge_shows_its_load_and_is_emptied_from_its_card(admin: Client) -> None:
    bridge = make_bridge()
    page = admin.get(reverse("bridges")).content.decode()
    assert "jvb1:8080" in page
    assert "45 %" in page  # stress 0.5
    assert "86 %" in page  # the highest minute
    answer = admin.post(reverse("bridge_drain", args=[bridge.pk]), follow=True)
    assert "can be stopped" in answer.content.decode()
    bridge.refresh_from_db()
    assert bridge.drain_wanted is True
    page = answer.content.decode()
    assert reverse("bridge_undrain", args=[bridge.pk]) in page
    assert reverse("bridge_drain", args=[bridge.pk]) not in page
    assert "began to empty the bridge" in admin.get(reverse("platform_audit")).content.decode()


def test_the_last_bridge_stays_while_lessons_run(admin: Client, lesson: Lesson) -> None:
    bridge = make_bridge()
    Lesson.objects.filter(pk=lesson.pk).update(status="live")
    answer = admin.post(reverse("bridge_drain", args=[bridge.pk]), follow=True)
    assert "no other bridge of this region" in answer.content.decode()
    assert not AuditEvent.objects.filter(act="bridge.drained").exists()


def test_a_bridge_in_trouble_says_what_is_wrong(admin: Client) -> None:
    make_bridge(state=BridgeState.LOST, stress=None, trouble="timeout")
    make_bridge("jvb2:8080", trouble="not_cpu")
    page = admin.get(reverse("bridges")).content.decode()
    assert "did not answer within the time" in page
    assert "load-measurement to cpu-usage" in page


def test_the_decision_is_shown_with_its_reason(admin: Client) -> None:
    make_bridge()
    now = timezone.now()
    Diversion.objects.create(region="east", door="hls", why="busy", decided_at=now, judged_at=now)
    old = now - timedelta(hours=1)
    Diversion.objects.create(region="west", door="hls", why="busy", decided_at=old, judged_at=old)
    page = admin.get(reverse("bridges")).content.decode()
    assert "more than 70 percent" in page
    assert "Not judged any more." in page


def test_the_questions_are_as_many_for_three_bridges_as_for_one(admin: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(reverse("bridges")).status_code == 200
        return len(queries)

    make_bridge()
    Diversion.objects.create(
        region="east", door="hls", why="busy", decided_at=timezone.now(), judged_at=timezone.now()
    )
    one = asked()
    make_bridge("jvb2:8080")
    make_bridge("jvb3:8080", "west")
    assert asked() == one


def test_bridges_are_found_by_name_and_region(admin: Client) -> None:
    make_bridge()
    make_bridge("jvb2:8080", "west")
    page = admin.get(reverse("bridges"), {"q": "west"}).content.decode()
    assert "jvb2:8080" in page
    assert "jvb1:8080" not in page
    assert "Nothing was found" in admin.get(reverse("bridges"), {"q": "north"}).content.decode()


# Schools on the bridges.

GOOD = {
    "domain": "meet.here.example",
    "name": "Here",
    "colour": "#2b3e86",
    "logo_url": "https://here.example/logo.svg",
    "region": "east",
}


def test_a_school_gets_a_name_a_look_and_a_region(admin: Client, cast: Cast) -> None:
    address = reverse("front", args=[cast.school.pk])
    answer = admin.post(address, GOOD, follow=True)
    assert answer.status_code == 200
    front = Front.objects.get(institution=cast.school)
    assert {name: getattr(front, name) for name in GOOD} == GOOD
    assert "meet.here.example" in admin.get(reverse("fronts")).content.decode()
    assert AuditEvent.objects.filter(act="front.changed", institution=cast.school).count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domain", "https://meet.here.example"),
        ("domain", "meet.here.example/path"),
        ("domain", "meet"),
        ("domain", "meet.here.example; script-src *"),
        ("domain", "-a.example"),
        ("domain", "a" * 64 + ".example"),
        ("colour", "red"),
        ("colour", "#12345g"),
        ("logo_url", "http://here.example/logo.svg"),
        ("logo_url", "javascript:alert(1)"),
        ("logo_url", "https://u:p@here.example/logo.svg"),
        ("logo_url", "https://[bad"),
        ("region", "North East"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_lost(
    field: str, value: str, admin: Client, cast: Cast
) -> None:
    answer = admin.post(reverse("front", args=[cast.school.pk]), {**GOOD, field: value})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'id="id_{field}_error"' in page
    assert GOOD["name"] in page
    assert not Front.objects.exists()


def test_two_schools_never_have_one_name(admin: Client, cast: Cast) -> None:
    admin.post(reverse("front", args=[cast.school.pk]), GOOD)
    answer = admin.post(reverse("front", args=[cast.elsewhere.pk]), GOOD)
    assert "Another school has this name." in answer.content.decode()


def test_two_schools_without_a_name_are_fine(admin: Client, cast: Cast) -> None:
    for school in (cast.school, cast.elsewhere):
        assert admin.post(reverse("front", args=[school.pk]), {}).status_code == 302


# Whom staff put out.


def test_those_who_hold_the_lesson_let_somebody_back_in(cast: Cast, lesson: Lesson) -> None:
    actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=timezone.now())
    teacher, address = client_of(cast.teacher), reverse("let_back_in", args=[lesson.pk, cast.amina.pk])
    assert address in teacher.get(reverse("lesson", args=[lesson.pk])).content.decode()
    for person, code in ((cast.head, 403), (cast.bilal, 403), (cast.stranger, 404)):
        assert client_of(person).post(address).status_code == code
    assert address not in client_of(cast.amina).get(reverse("lesson", args=[lesson.pk])).content.decode()
    assert teacher.post(address).status_code == 302
    assert not Expulsion.objects.exists()
    assert teacher.post(address).status_code == 302  # twice is no harm


def test_somebody_put_out_does_not_see_the_room(cast: Cast, lesson: Lesson) -> None:
    amina = client_of(cast.amina)
    assert amina.get(reverse("room", args=[lesson.pk])).status_code == 200
    actions.put_out(lesson=lesson, person=cast.amina, by=cast.teacher, now=timezone.now())
    assert amina.get(reverse("room", args=[lesson.pk])).status_code == 403
