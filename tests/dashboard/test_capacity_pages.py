"""The pages of capacity and costs: for the platform's admins alone."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom.models import MachinePool, ScalingDecision
from classroom.queries.machines import ENOUGH_LESSONS
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of
from tests.recordings.pools import plan_lessons

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(db: None) -> Client:
    return client_of(
        Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)
    )


def make_pool(**fields: Any) -> MachinePool:
    usual = {"kind": "recorders", "zone": "eu", "is_fixed": False, "asked_for": 3, "most": 9}
    return MachinePool.objects.create(**{**usual, "looked_at": timezone.now(), **fields})


def make_decision(pool: MachinePool, **fields: Any) -> ScalingDecision:
    now = timezone.now()
    usual = {"old": 3, "new": 8, "needed": 8, "reason": "timetable", "inputs": {"lessons": 8}}
    return ScalingDecision.objects.create(pool=pool, decided_at=now, judged_at=now, **{**usual, **fields})


def wish(client: Client, pool: MachinePool, number: str, hours: str = "2") -> Any:
    body = {"pool": str(pool.pk), f"{pool.pk}-number": number, f"{pool.pk}-hours": hours}
    return client.post(reverse("capacity"), body, follow=True)


@pytest.mark.parametrize("name", ["capacity", "costs"])
def test_only_the_platform_looks_at_them(name: str, admin: Client, cast: Cast) -> None:
    assert admin.get(reverse(name)).status_code == 200
    for person in (cast.head, cast.teacher, cast.amina, cast.stranger):
        assert client_of(person).get(reverse(name)).status_code == 403
    assert Client().get(reverse(name)).status_code == 302


def test_only_the_platform_wishes_a_number(admin: Client, cast: Cast) -> None:
    pool = make_pool()
    for person in (cast.head, cast.teacher, cast.stranger):
        assert wish(client_of(person), pool, "7").status_code == 403
    pool.refresh_from_db()
    assert pool.wish_number is None


def test_without_pools_the_page_says_what_may_be_wrong(admin: Client) -> None:
    assert "no background worker runs" in admin.get(reverse("capacity")).content.decode()


def test_a_number_is_wished_and_dropped_again(admin: Client) -> None:
    pool = make_pool()
    assert "7 are kept until" in wish(admin, pool, "7").content.decode()
    pool.refresh_from_db()
    assert pool.wish_number == 7
    assert pool.wish_expires_at is not None
    assert timedelta(minutes=119) < pool.wish_expires_at - timezone.now() <= timedelta(hours=2)
    admin.post(reverse("capacity"), {"pool": str(pool.pk), "act": "drop"})
    assert MachinePool.objects.filter(pk=pool.pk, wish_number=None, wish_expires_at=None).exists()
    acts = set(AuditEvent.objects.values_list("act", flat=True))
    assert acts == {"capacity.wished", "capacity.wish_dropped"}


@pytest.mark.parametrize(("number", "hours"), [("12", "2"), ("x", "2"), ("", ""), ("5", "900"), ("-1", "1")])
def test_a_wish_that_cannot_be_stays_in_its_form_with_a_sentence(
    admin: Client, number: str, hours: str
) -> None:
    pool = make_pool()
    answer = wish(admin, pool, number, hours)
    assert answer.status_code == 400
    page = answer.content.decode()
    assert 'role="alert"' in page
    assert f'value="{number}"' in page or not number
    pool.refresh_from_db()
    assert pool.wish_number is None


@pytest.mark.parametrize("pool", ["", "nothing", "00000000-0000-0000-0000-000000000007"])
def test_a_pool_that_is_not_there_is_not_found(admin: Client, pool: str) -> None:
    assert admin.post(reverse("capacity"), {"pool": pool}).status_code == 404


def test_what_is_missing_and_what_is_wrong_is_said(admin: Client) -> None:
    make_pool(needed=14, trouble="cloud_unreachable", looked_at=timezone.now() - timedelta(hours=1))
    page = admin.get(reverse("capacity")).content.decode()
    assert "5 are missing" in page
    assert "could not be reached" in page


def test_machines_that_were_set_up_by_hand_have_no_form(admin: Client) -> None:
    pool = make_pool(is_fixed=True, zone="")
    page = admin.get(reverse("capacity")).content.decode()
    assert "MACHINE_POOLS" in page
    assert f"{pool.pk}-number" not in page
    assert wish(admin, pool, "7").status_code == 400


def test_decisions_are_found_by_their_reason_and_by_zone(admin: Client) -> None:
    make_decision(make_pool())
    make_decision(make_pool(zone="af"), reason="less", old=9, new=4, inputs={"lessons": 1})
    found = admin.get(reverse("capacity"), {"q": "begin soon"}).context["page_obj"].object_list
    assert [one.reason for one in found] == ["timetable"]
    found = admin.get(reverse("capacity"), {"q": "af"}).context["page_obj"].object_list
    assert [one.pool.zone for one in found] == ["af"]
    assert "Nothing was found" in admin.get(reverse("capacity"), {"q": "zzz"}).content.decode()


def test_a_month_is_reckoned_from_the_timetable_and_the_stated_prices(admin: Client, cast: Cast) -> None:
    begins = timezone.now().replace(day=10, hour=9, minute=0, second=0, microsecond=0)
    plan_lessons(cast, 3, begins, timedelta(hours=1))
    free = {"bridge_hour": "0", "egress_gb": "0", "storage_gb_month": "0"}
    answer = admin.get(reverse("costs"), {**free, "month": f"{begins:%Y-%m}", "recorder_hour": "2"})
    own, hosted = answer.context["sides"]
    assert answer.context["usage"].lessons == 3
    assert own["total"] == round(Decimal("2") * Decimal("3") * Decimal("0.9") * Decimal("1.26"), 4)
    # Three people on the roster of each: nine hours, of which nine tenths are held.
    minutes = Decimal("3") * 60 * Decimal("0.9")
    assert hosted["total"] == 3 * minutes * Decimal("0.004") + minutes * Decimal("0.01")


@pytest.mark.parametrize(
    ("month", "hours"), [("2031-03", 31 * 24 - 1), ("2031-10", 31 * 24 + 1), ("2031-07", 31 * 24)]
)
def test_a_month_in_which_clocks_change_has_an_hour_less_or_more(
    admin: Client, settings: Any, month: str, hours: int
) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    usage = admin.get(reverse("costs"), {"month": month}).context["usage"]
    assert usage.bridge_hours == hours  # of the one in reserve


def test_a_month_is_reckoned_with_how_lessons_were_held_lately(admin: Client, cast: Cast) -> None:
    now = timezone.now()
    plan_lessons(cast, ENOUGH_LESSONS, now - timedelta(days=2), timedelta(hours=1))  # nobody came to any
    begins = (now + timedelta(days=40)).replace(day=10, hour=9, minute=0, second=0, microsecond=0)
    plan_lessons(cast, 2, begins, timedelta(hours=1))
    usage = admin.get(reverse("costs"), {"month": f"{begins:%Y-%m}"}).context["usage"]
    assert (usage.lessons, usage.lesson_hours) == (2, pytest.approx(2 * 0.5))


def test_a_month_without_lessons_says_so(admin: Client) -> None:
    assert "No lessons are planned" in admin.get(reverse("costs"), {"month": "2031-02"}).content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"month": "soon"},
        {"month": "2026-13"},
        {"egress_gb": "-1"},
        {"bridge_hour": "dear"},
        {"gb_an_hour": "nan"},
    ],
)
def test_what_cannot_be_reckoned_with_is_named_at_its_field(admin: Client, asked: dict[str, str]) -> None:
    answer = admin.get(reverse("costs"), asked)
    assert answer.status_code == 400
    assert next(iter(asked)) in answer.context["form"].errors
    assert next(iter(asked.values())) in answer.content.decode()
