"""Nobody is taken into a school without saying yes, and nobody learns by asking who has an account elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts import actions, tasks
from accounts.actions.invitations import LETTERS_A_DAY
from accounts.models import Invitation, Membership, Person, Role
from accounts.queries import active_memberships, people_of
from classroom import actions as lessons
from classroom.models import Enrolment, GroupMember, Standing
from common.refusals import Refused
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stand_in(cast: Cast) -> Person:
    """Jonas of the other school, as added here by his address."""
    return actions.add_person(
        institution=cast.school, email=cast.stranger.email.upper(), name="J.", role=Role.STUDENT, by=cast.head
    )


def accept(person: Person) -> None:
    """Follow the link of the last letter."""
    tasks.sweep_invitations()
    assert mail.outbox[-1].to == [person.email]
    found = re.search(r"/invitations/\S+", str(mail.outbox[-1].body))
    assert found
    client_of(person).post(found[0])


def test_an_account_of_another_school_is_asked_and_not_taken(cast: Cast, stand_in: Person) -> None:
    assert (stand_in.address, stand_in.name) == (cast.stranger.email, "J.")
    assert stand_in != cast.stranger
    assert set(active_memberships(cast.stranger).values_list("institution", flat=True)) == {cast.elsewhere.pk}
    accept(cast.stranger)
    assert {one.institution for one in active_memberships(cast.stranger)} == {cast.school, cast.elsewhere}
    assert not Person.objects.filter(pk=stand_in.pk).exists()
    assert Person.objects.get(pk=cast.stranger.pk).name == "Jonas"


def test_what_the_school_gave_meanwhile_becomes_theirs(cast: Cast, stand_in: Person) -> None:
    group = lessons.create_group(course=cast.course, title="A", by=cast.head)
    lessons.enrol(course=cast.course, person=stand_in, standing=Standing.STUDENT)
    GroupMember.objects.create(group=group, person=stand_in)
    actions.link_guardian(institution=cast.school, guardian=cast.guardian, child=stand_in, by=cast.head)
    actions.grant_role(institution=cast.school, person=stand_in, role=Role.TEACHER, by=cast.head)
    actions.revoke_role(institution=cast.school, person=stand_in, role=Role.TEACHER, by=cast.head)
    accept(cast.stranger)
    assert Enrolment.objects.get(course=cast.course, person=cast.stranger).is_active
    assert GroupMember.objects.filter(group=group, person=cast.stranger).exists()
    assert cast.stranger.guardian_links.get().guardian == cast.guardian
    roles = Membership.objects.filter(institution=cast.school, person=cast.stranger)
    assert list(roles.values_list("role", flat=True)) == [Role.STUDENT]


@pytest.mark.parametrize("act", [actions.suspend_person, actions.remove_person])
def test_whom_the_school_no_longer_wants_cannot_accept(cast: Cast, stand_in: Person, act: Any) -> None:
    tasks.sweep_invitations()
    found = re.search(r"/invitations/(\S+)", str(mail.outbox[-1].body))
    assert found
    act(institution=cast.school, person=stand_in, by=cast.head)
    with pytest.raises(Refused, match="closed"):
        actions.accept_invitation(token=found[1], person=cast.stranger)
    assert not cast.stranger.memberships.filter(institution=cast.school).exists()


def test_every_page_shows_a_known_address_as_it_shows_a_new_one(cast: Cast, stand_in: Person) -> None:
    fresh = actions.add_person(
        institution=cast.school, email="fresh@there.test", name="J.", role=Role.STUDENT, by=cast.head
    )
    head = client_of(cast.head)

    def shown(person: Person) -> str:
        """All that the head can open about them, without what is each one's own."""
        school = cast.school.pk
        pages = [
            head.get(reverse("person", args=[school, person.pk])),
            head.get(reverse("people", args=[school]), {"q": person.address}),
            head.get(reverse("invitations", args=[school]), {"q": person.address}),
            head.get(reverse("api_person", args=[school, person.pk])),
            head.get(reverse("api_people", args=[school]), {"q": person.address}),
            head.get(reverse("data_requests", args=["here"]), {"q": person.address}),
            head.get(reverse("audit", args=["here"]), {"person": person.address}),
        ]
        assert [page.status_code for page in pages] == [200] * len(pages)
        said = "".join(page.content.decode() for page in pages)
        assert "awaiting" not in said
        said = said.replace(str(person.pk), "ID").replace(person.address, "ADDRESS")
        said = said.replace(person.address.replace("@", "%40"), "ADDRESS")
        return re.sub(r'csrfmiddlewaretoken" value="\w+|"created_at":"[^"]+"|nonce="[^"]+"', "", said)

    assert shown(stand_in) == shown(fresh)
    with pytest.raises(Refused, match="already_member"):
        actions.invite_person(
            institution=cast.school, email=cast.stranger.email, name="J", role=Role.STUDENT, by=cast.head
        )


def test_a_platform_admin_is_not_taken_in_either(cast: Cast) -> None:
    boss = Person.objects.create_superuser("boss@platform.test", "x", name="Boss")
    added = actions.add_person(institution=cast.school, email=boss.email, name="B", role=Role.TEACHER)
    assert added != boss
    assert not boss.memberships.exists()


def test_who_was_removed_here_and_is_nowhere_else_is_simply_added_again(cast: Cast) -> None:
    actions.remove_person(institution=cast.school, person=cast.bilal, by=cast.head)
    again = actions.add_person(
        institution=cast.school, email=cast.bilal.email, name="x", role=Role.STUDENT, by=cast.head
    )
    assert again == cast.bilal
    actions.remove_person(institution=cast.school, person=cast.bilal, by=cast.head)
    taken = actions.add_person(
        institution=cast.elsewhere, email=cast.bilal.email, name="x", role=Role.STUDENT, by=cast.stranger
    )
    assert taken != cast.bilal


def test_a_stand_in_is_in_the_list_once_and_the_quiet_letter_in_none(cast: Cast, stand_in: Person) -> None:
    again = actions.add_person(
        institution=cast.school, email=cast.stranger.email, name="J.", role=Role.STUDENT, by=cast.head
    )
    assert again == stand_in
    assert list(people_of(cast.school).filter(name="J.")) == [stand_in]
    assert Invitation.objects.get().is_quiet
    actions.invite_person(
        institution=cast.school, email=cast.stranger.email, name="J.", role=Role.TEACHER, by=cast.head
    )
    accept_at = timezone.now()
    assert Invitation.objects.filter(is_quiet=False, expires_at__gt=accept_at).count() == 1


def test_adding_and_removing_again_and_again_fills_no_mailbox_and_tells_nothing(cast: Cast) -> None:
    for _ in range(LETTERS_A_DAY + 2):
        added = actions.add_person(
            institution=cast.school, email=cast.stranger.email, name="J.", role=Role.STUDENT, by=cast.head
        )
        actions.remove_person(institution=cast.school, person=added, by=cast.head)
    assert Invitation.objects.filter(is_quiet=True).count() == LETTERS_A_DAY
    actions.invite_person(
        institution=cast.school, email=cast.stranger.email, name="J.", role=Role.STUDENT, by=cast.head
    )
