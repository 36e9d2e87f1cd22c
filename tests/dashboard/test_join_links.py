"""Whom other systems let in by links: seen by the school, and closed by it or by the person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions as people
from accounts.models import AuditEvent, Person
from classroom.actions import make_join_link, use_join_link
from classroom.actions.join_links import NewLink
from classroom.models import JoinLink, Lesson
from tests.api.conftest import make_key
from tests.architecture.test_doors import signed_in
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(cast: Cast, lesson: Lesson) -> NewLink:
    return make(cast, lesson, cast.amina)


def make(cast: Cast, lesson: Lesson, person: Person) -> NewLink:
    return make_join_link(lesson=lesson, person=person, by=cast.head.pk, now=timezone.now())


def page(cast: Cast, lesson: Lesson, query: str = "") -> str:
    answer = signed_in(cast.head).get(reverse("join_links", args=[lesson.pk]) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def revoke(person: Person, lesson: Lesson, link: JoinLink) -> int:
    address = reverse("revoke_join_link", args=[lesson.pk, link.pk])
    return signed_in(person).post(address).status_code


def withdraw(person: Person, link: JoinLink) -> int:
    return signed_in(person).post(reverse("withdraw_join_link", args=[link.pk])).status_code


def test_without_links_the_page_says_what_they_are_and_the_lesson_does_not_speak_of_them(
    cast: Cast, lesson: Lesson
) -> None:
    assert "Nobody has come in by a link" in page(cast, lesson)
    shown = signed_in(cast.head).get(reverse("lesson", args=[lesson.pk])).content.decode()
    assert reverse("join_links", args=[lesson.pk]) not in shown


def test_the_lesson_leads_its_head_to_the_links_and_nobody_else(
    cast: Cast, lesson: Lesson, made: NewLink
) -> None:
    address = reverse("join_links", args=[lesson.pk])
    for who, leads in ((cast.head, True), (cast.teacher, False), (cast.amina, False)):
        shown = signed_in(who).get(reverse("lesson", args=[lesson.pk])).content.decode()
        assert (address in shown) is leads


def test_it_says_for_whom_by_whom_and_when_it_was_used(cast: Cast, lesson: Lesson, made: NewLink) -> None:
    shown = page(cast, lesson)
    assert cast.amina.name in shown and f"Made by <bdi>{cast.head.name}</bdi>" in shown
    assert "Not used yet" in shown and "1 link opens the lesson right now." in shown
    use_join_link(token=made.token, now=timezone.now())
    shown = page(cast, lesson)
    assert "Came in" in shown and "Used on" in shown


def test_a_key_is_named_with_whoever_made_it_and_its_end_is_that_of_its_links(
    cast: Cast, lesson: Lesson
) -> None:
    key, now = make_key(cast, "join_links:write")[0], timezone.now()
    make_join_link(lesson=lesson, person=cast.amina, by=key.pk, now=now)
    assert key.name in page(cast, lesson)
    people.revoke_api_key(key=key, by=cast.head, now=now)
    shown = page(cast, lesson)
    assert "Over" in shown and "revoke" not in shown


def test_what_ran_out_unused_stays_in_the_list_and_cannot_be_withdrawn(
    cast: Cast, lesson: Lesson, made: NewLink
) -> None:
    JoinLink.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    shown = page(cast, lesson)
    assert "Over" in shown and "Never used" in shown and "0 links open" in shown
    assert reverse("revoke_join_link", args=[lesson.pk, made.link.pk]) not in shown


def test_whoever_made_it_may_have_been_erased(cast: Cast, lesson: Lesson, made: NewLink) -> None:
    JoinLink.objects.update(made_by=lesson.pk)
    assert "Made by somebody erased" in page(cast, lesson)


def test_many_are_found_by_name_and_shown_page_by_page(cast: Cast, lesson: Lesson) -> None:
    for _number in range(26):
        make(cast, lesson, cast.amina)
    make(cast, lesson, cast.bilal)
    assert "Page 1 of 2" in page(cast, lesson)
    found = page(cast, lesson, f"?q={cast.bilal.name[:4]}")
    assert cast.bilal.name in found and cast.amina.name not in found and "Page 1" not in found
    assert "Nothing was found for" in page(cast, lesson, "?q=nobody")


def test_the_head_withdraws_a_link_and_whoever_came_by_it_is_out(
    cast: Cast, lesson: Lesson, made: NewLink
) -> None:
    visitor = Client()
    visitor.post(reverse("join_link", args=[made.token]))
    assert visitor.get(reverse("room", args=[lesson.pk])).status_code == 200
    assert revoke(cast.head, lesson, made.link) == 302
    assert visitor.get(reverse("room", args=[lesson.pk])).status_code == 302
    assert "Withdrawn" in page(cast, lesson)
    assert AuditEvent.objects.get(act="join_link.revoked").actor == cast.head.pk


def test_twice_withdrawn_is_told_so(cast: Cast, lesson: Lesson, made: NewLink) -> None:
    revoke(cast.head, lesson, made.link)
    address = reverse("revoke_join_link", args=[lesson.pk, made.link.pk])
    again = signed_in(cast.head).post(address, follow=True)
    assert "had been withdrawn before" in again.content.decode()
    assert AuditEvent.objects.filter(act="join_link.revoked").count() == 1


def test_nobody_else_sees_or_withdraws_it(cast: Cast, lesson: Lesson, made: NewLink) -> None:
    for who, status in (
        (cast.teacher, 403),
        (cast.amina, 403),
        (cast.guardian, 403),
        (cast.stranger, 404),
    ):
        assert signed_in(who).get(reverse("join_links", args=[lesson.pk])).status_code == status
        assert revoke(who, lesson, made.link) == status
    nobody = Client().get(reverse("join_links", args=[lesson.pk]))
    assert nobody.status_code == 302 and "sign-in" in nobody["Location"]
    made.link.refresh_from_db()
    assert made.link.revoked_at is None


def test_ones_own_link_is_on_ones_account_and_withdrawn_there(
    cast: Cast, lesson: Lesson, made: NewLink
) -> None:
    address = reverse("withdraw_join_link", args=[made.link.pk])
    assert address in signed_in(cast.amina).get(reverse("account")).content.decode()
    assert address not in signed_in(cast.bilal).get(reverse("account")).content.decode()
    assert withdraw(cast.amina, made.link) == 302
    assert Client().post(reverse("join_link", args=[made.token])).status_code == 404
    assert address not in signed_in(cast.amina).get(reverse("account")).content.decode()
    assert AuditEvent.objects.get(act="join_link.revoked").actor == cast.amina.pk


@pytest.mark.parametrize("who", ["bilal", "head", "teacher", "stranger"])
def test_anothers_own_link_looks_like_one_that_never_was(who: str, cast: Cast, made: NewLink) -> None:
    assert withdraw(getattr(cast, who), made.link) == 404
    assert Client().get(reverse("join_link", args=[made.token])).status_code == 200


def test_the_account_speaks_of_links_only_while_they_open_something(
    cast: Cast, lesson: Lesson, made: NewLink
) -> None:
    heading = "Links that let you in"
    account = signed_in(cast.amina)
    assert heading in account.get(reverse("account")).content.decode()
    JoinLink.objects.update(expires_at=timezone.now())
    assert heading not in account.get(reverse("account")).content.decode()
    JoinLink.objects.update(used_at=timezone.now())
    assert heading in account.get(reverse("account")).content.decode()
    Lesson.objects.update(
        starts_at=timezone.now() - timedelta(hours=3), ends_at=timezone.now() - timedelta(hours=1)
    )
    assert heading not in account.get(reverse("account")).content.decode()


def test_whoever_gets_a_link_that_they_did_not_ask_for_closes_it_unseen(made: NewLink) -> None:
    visitor, address = Client(), reverse("join_link", args=[made.token])
    assert "Withdraw the link" in visitor.get(address).content.decode()
    closed = visitor.post(address, {"withdraw": ""})
    assert closed.status_code == 200 and "The link is withdrawn" in closed.content.decode()
    assert "_auth_user_id" not in visitor.session
    assert (visitor.get(address).status_code, visitor.post(address, {"withdraw": ""}).status_code) == (
        404,
        404,
    )
    assert AuditEvent.objects.filter(act="join_link.revoked").count() == 1
