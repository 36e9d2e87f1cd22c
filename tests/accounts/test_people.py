"""People, their roles, and what ends at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions, rules
from accounts.models import AuditEvent, Guardianship, Invitation, Membership, Person, Role
from accounts.policy import Policy, read_policy
from accounts.queries import active_memberships
from common.refusals import Refused
from tests.conftest import Cast, belong_to

pytestmark = pytest.mark.django_db


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def acts_on(person: Person) -> list[str]:
    lines = AuditEvent.objects.filter(target=f"person:{person.pk}")
    return list(lines.order_by("seq").values_list("act", flat=True))


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_superuser("boss@platform.test", "x", name="Boss")


def second_head(cast: Cast) -> Person:
    return actions.add_person(
        institution=cast.school, email="omar@here.test", name="Omar", role=Role.HEAD, by=None
    )


@pytest.mark.parametrize("verb", [actions.suspend_person, actions.remove_person])
def test_the_last_head_stays(cast: Cast, admin: Person, verb: Callable[..., None]) -> None:
    with pytest.raises(Refused, match="last_head"):
        verb(institution=cast.school, person=cast.head, by=admin)
    second_head(cast)
    verb(institution=cast.school, person=cast.head, by=admin)
    assert not active_memberships(cast.head).exists()


def test_a_suspended_head_does_not_count_as_one(cast: Cast, admin: Person) -> None:
    other = second_head(cast)
    actions.suspend_person(institution=cast.school, person=other, by=admin)
    with pytest.raises(Refused, match="last_head"):
        actions.revoke_role(institution=cast.school, person=cast.head, role=Role.HEAD, by=admin)


def test_an_end_date_for_the_last_head_is_refused(cast: Cast, admin: Person) -> None:
    with pytest.raises(Refused, match="last_head"):
        actions.set_expiry(
            institution=cast.school, person=cast.head, expires_on=timezone.localdate(), by=admin
        )


def test_nobody_suspends_themselves(cast: Cast) -> None:
    second_head(cast)
    with pytest.raises(Refused, match="yourself"):
        actions.suspend_person(institution=cast.school, person=cast.head, by=cast.head)


def test_a_head_makes_everything_but_heads(cast: Cast, admin: Person) -> None:
    may = {role: rules.may_grant_role(cast.head, cast.school, role) for role in Role}
    assert may == {Role.HEAD: False, Role.TEACHER: True, Role.STUDENT: True, Role.GUARDIAN: True}
    assert all(rules.may_grant_role(admin, cast.school, role) for role in Role)
    for who in (cast.teacher, cast.amina, cast.guardian, cast.guest, cast.stranger):
        assert not any(rules.may_grant_role(who, cast.school, role) for role in Role)


def test_suspension_ends_everything_here_and_reactivation_brings_it_back(cast: Cast) -> None:
    actions.suspend_person(institution=cast.school, person=cast.teacher, by=cast.head)
    assert not active_memberships(cast.teacher).exists()
    actions.reactivate_person(institution=cast.school, person=cast.teacher, by=cast.head)
    assert active_memberships(cast.teacher).exists()
    assert acts_on(cast.teacher) == ["person.added", "person.suspended", "person.reactivated"]


def test_a_second_suspension_writes_no_second_line(cast: Cast) -> None:
    for _ in range(2):
        actions.suspend_person(institution=cast.school, person=cast.teacher, by=cast.head)
    assert acts_on(cast.teacher).count("person.suspended") == 1


def test_suspension_here_says_nothing_elsewhere(cast: Cast) -> None:
    belong_to(cast.elsewhere, cast.amina, Role.STUDENT)
    client = client_of(cast.amina)
    actions.suspend_person(institution=cast.school, person=cast.amina, by=cast.head)
    assert active_memberships(cast.amina).get().institution == cast.elsewhere
    assert client.get("/").status_code == 200


def test_who_is_nothing_anywhere_is_signed_out_everywhere(cast: Cast) -> None:
    clients = [client_of(cast.amina), client_of(cast.amina)]
    assert [client.get("/").status_code for client in clients] == [200, 200]
    actions.suspend_person(institution=cast.school, person=cast.amina, by=cast.head)
    assert [client.get("/")["Location"][:8] for client in clients] == ["/sign-in", "/sign-in"]
    actions.reactivate_person(institution=cast.school, person=cast.amina, by=cast.head)
    assert clients[0].get("/").status_code == 302, "the old session stays dead"


def test_a_deactivated_accounts_sessions_do_not_come_back_with_it(cast: Cast, admin: Person) -> None:
    client = client_of(cast.amina)
    assert client.get("/").status_code == 200
    actions.set_person_active(person=cast.amina, is_active=False, by=admin)
    actions.set_person_active(person=cast.amina, is_active=True, by=admin)
    assert client.get("/").status_code == 302


def test_somebody_held_in_memory_is_asked_anew(cast: Cast) -> None:
    """An open socket keeps the person as they were when it opened."""
    held = Person.objects.get(pk=cast.amina.pk)
    Person.objects.filter(pk=cast.amina.pk).update(is_active=False)
    assert held.is_active
    assert not active_memberships(held).exists()


def test_the_last_role_is_left_by_removal_only(cast: Cast) -> None:
    with pytest.raises(Refused, match="last_role"):
        actions.revoke_role(institution=cast.school, person=cast.amina, role=Role.STUDENT, by=cast.head)
    actions.grant_role(institution=cast.school, person=cast.amina, role=Role.GUARDIAN, by=cast.head)
    actions.revoke_role(institution=cast.school, person=cast.amina, role=Role.STUDENT, by=cast.head)
    assert active_memberships(cast.amina).get().role == Role.GUARDIAN
    assert not Guardianship.objects.filter(child=cast.amina).exists(), "no student, no guardian's child"


def test_a_stranger_or_a_suspended_person_gets_no_role(cast: Cast) -> None:
    with pytest.raises(Refused, match="not_a_member"):
        actions.grant_role(institution=cast.school, person=cast.stranger, role=Role.TEACHER, by=cast.head)
    actions.suspend_person(institution=cast.school, person=cast.amina, by=cast.head)
    with pytest.raises(Refused, match="suspended"):
        actions.grant_role(institution=cast.school, person=cast.amina, role=Role.TEACHER, by=cast.head)
    assert not Membership.objects.filter(person=cast.amina, role=Role.TEACHER).exists()


def test_guardians_are_linked_to_students_and_unlinked(cast: Cast) -> None:
    link: dict[str, Any] = {"institution": cast.school, "guardian": cast.guardian}
    actions.link_guardian(**link, child=cast.bilal, by=cast.head)
    actions.unlink_guardian(**link, child=cast.amina, by=cast.head)
    assert [one.child for one in Guardianship.objects.filter(guardian=cast.guardian)] == [cast.bilal]
    with pytest.raises(Refused, match="not_a_student_here"):
        actions.link_guardian(**link, child=cast.teacher, by=cast.head)
    with pytest.raises(Refused, match="not_a_guardian_here"):
        actions.link_guardian(institution=cast.school, guardian=cast.stranger, child=cast.amina, by=cast.head)


def test_a_shared_account_is_not_renamed_by_one_of_its_schools(cast: Cast) -> None:
    actions.rename_person(institution=cast.school, person=cast.amina, name="Amina A.", by=cast.head)
    belong_to(cast.elsewhere, cast.amina, Role.STUDENT)
    with pytest.raises(Refused, match="shared_account"):
        actions.rename_person(institution=cast.school, person=cast.amina, name="Mine", by=cast.head)
    assert Person.objects.get(pk=cast.amina.pk).name == "Amina A."


def test_the_audit_log_holds_no_names_or_addresses(cast: Cast) -> None:
    actions.rename_person(institution=cast.school, person=cast.amina, name="Canary", by=cast.head)
    actions.invite_person(
        institution=cast.school, email="canary@x.test", name="Canary", role=Role.TEACHER, by=cast.head
    )
    told = str(list(AuditEvent.objects.values_list("act", "target", "detail")))
    assert "anary" not in told
    assert actions.find_broken_seal(cast.school) is None


def test_policy_has_a_default_for_what_is_missing_or_nonsense() -> None:
    assert read_policy({}) == Policy()
    assert read_policy({"doors_open_minutes": "soon", "retention_days": -1, "x": 1}) == Policy()
    assert read_policy({"doors_open_minutes": True}) == Policy(), "a truth is no number"
    stored = Policy(doors_open_minutes=5, guardians_may_watch=True)
    assert read_policy(stored.as_json()) == stored


def test_settings_keep_what_others_lay_into_the_policy(cast: Cast) -> None:
    cast.school.policy = {"theme": "green"}
    actions.update_institution(
        institution=cast.school, policy=Policy(retention_days=30), by=cast.head, languages=["ar"]
    )
    cast.school.refresh_from_db()
    assert (cast.school.policy["theme"], read_policy(cast.school.policy).retention_days) == ("green", 30)
    assert cast.school.languages == ["ar"]


def test_a_new_institution_invites_its_first_head(cast: Cast, admin: Person) -> None:
    made = actions.open_institution(
        name="New",
        slug="new",
        time_zone="UTC",
        language="fr",
        head_name="Ada",
        head_email="Ada@New.test",
        by=admin,
    )
    letter = Invitation.objects.get(institution=made)
    assert (letter.email, letter.role) == ("ada@new.test", Role.HEAD)
    assert letter.expires_at - letter.created_at == timedelta(days=14)
