"""PostgreSQL itself refuses every link between the rows of two institutions: each is tried with bare SQL.

A table or a link that is new is tried too, without a line here; docs/decisions/0011 says how to hold it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model

from accounts.models import Acquaintance, AuditEvent, Institution, Membership, Person
from tests.architecture.rows import (
    Link,
    School,
    Table,
    ask,
    change,
    insert,
    institutions_in,
    judge,
    key_of,
    links_of,
    links_within,
    tenants,
)

pytestmark = pytest.mark.django_db

# Tables of no institution, and why no row of them can lead from one school into another.
OUTSIDE = {
    "accounts.Institution": "is the tenant itself",
    "accounts.Person": "may be a member of several; who may name them is what acquaintances are for",
    "accounts.PasswordRequest": "a way back into the account, which is no school's",
    "accounts.IdempotentAnswer": "of a caller, found by their own key alone; links to nothing",
    "classroom.CarriedOut": "says of a command that it was carried out, in a name made of its words; links to nothing",
    "recordings.Recorder": "a machine of the platform; which lessons it may serve says its pool",
    "recordings.RecorderNotice": "what a machine of the platform posted, before anybody knows what it is about",
    "recordings.Orphan": "a folder that belongs to no lesson",
    "recordings.Finding": "what the reconciler saw, in words; links to nothing, for the row may be what is missing",
    "recordings.Reconciliation": "one line of the platform: when it looked",
    "classroom.Bridge": "all schools share it; links to nothing",
    "classroom.BridgeReading": "of a bridge",
    "classroom.Diversion": "of a region of bridges; links to nothing",
    "classroom.MachinePool": "machines of the platform, of a zone; links to nothing",
    "classroom.ScalingDecision": "of a pool of machines; numbers alone",
    "classroom.LetterSettings": "what one person wants, in every school",
    "attendance.NoteWish": "what one person wants, in every school",
    "classroom.HookDelivery": "as it came from the Jitsi stack, which knows of no schools; links to nothing",
    "classroom.HookEvent": "names a room in words; becomes facts of that room's school, which tie themselves",
    "classroom.Prosody": "a machine of the platform",
    "auth.Group": "Django's own, unused: roles are memberships",
    "auth.Permission": "Django's own, unused: roles are memberships",
    "contenttypes.ContentType": "names of our tables",
    "sessions.Session": "of a browser",
    "axes.AccessAttempt": "of an address and a name, before anybody is known",
    "axes.AccessAttemptExpiration": "of an address and a name, before anybody is known",
    "axes.AccessFailureLog": "of an address and a name, before anybody is known",
    "axes.AccessLog": "of an address and a name, before anybody is known",
}

# Who did something, where an admin of the platform may do it without ever being acquainted: a trigger asks for
# the one or the other. Every other person is held by a foreign key.
ACTORS = {
    "accounts.ApiKey.created_by": "the platform makes keys for schools",
    "accounts.Invitation.invited_by": "the platform appoints the first head",
    "accounts.RecordingPermission.decided_by": "what a system of the platform says through the API",
    "accounts.Webhook.created_by": "the platform connects schools with other systems",
    "classroom.Lesson.created_by": "what a key schedules is attributed to whoever made the key",
    "classroom.RosterUpload.uploaded_by": "the platform may bring a school's roster in",
    "housekeeping.Hold.set_by": "the platform keeps house where a school has nobody to",
    "housekeeping.Hold.released_by": "as it was set",
    "housekeeping.DataRequest.requested_by": "the platform keeps house where a school has nobody to",
    "recordings.Rendition.asked_by": "who asked for a copy; a head of the platform may",
}

HELD = """
SELECT child.relname, parent.relname, (
    SELECT array_agg(one.attname::text || ' ' || other.attname::text ORDER BY one.attname::text)
    FROM unnest(held.conkey, held.confkey) AS pair (one, other)
    JOIN pg_attribute one ON one.attrelid = held.conrelid AND one.attnum = pair.one
    JOIN pg_attribute other ON other.attrelid = held.confrelid AND other.attnum = pair.other
) FROM pg_constraint held
JOIN pg_class child ON child.oid = held.conrelid JOIN pg_class parent ON parent.oid = held.confrelid
WHERE held.contype = 'f' AND held.convalidated AND held.confupdtype = 'a'
"""
TRIGGERS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
BEARS = """
SELECT is_nullable FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name = %s AND column_name = 'institution_id'
"""


def label(model: Any) -> str:
    return str(model._meta.label)


def name(link: Link) -> str:
    return f"{label(link.model)}.{link.name}"


def each_link() -> list[Any]:
    return [pytest.param(link, id=name(link)) for link in links_within()]


def each_table(belongs: Callable[[Table], bool] = lambda model: True) -> list[Any]:
    return [pytest.param(model, id=label(model)) for model in tenants() if belongs(model)]


def is_carried(model: Table) -> bool:
    """Whether its institution is PostgreSQL's column, which the model does not know."""
    return all(link.related_model is not Institution for link in links_of(model))


@pytest.fixture
def here() -> School:
    return School()


@pytest.fixture
def there() -> School:
    return School()


def refusal(act: Callable[[], object]) -> str:
    """The name of the constraint that refuses `act` at the latest when its transaction ends."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
        judge()
    cause: Any = caught.value.__cause__
    return str(cause.diag.constraint_name)


def test_every_table_is_below_an_institution_or_says_why_not() -> None:
    outside = {label(model) for model in apps.get_models(include_auto_created=True)}
    outside -= {label(model) for model in tenants()}
    assert {one for one in outside - set(OUTSIDE) if not _is_auto(one)} == set()
    assert set(OUTSIDE) - outside == set()


def _is_auto(one: str) -> bool:
    """A many-to-many table between two tables that are outside themselves."""
    model: type[Model] = apps.get_model(one)
    made_for = model._meta.auto_created
    return bool(made_for) and {label(link.related_model) for link in links_of(model)} <= set(OUTSIDE)


@pytest.mark.parametrize("model", each_table())
def test_every_row_below_an_institution_bears_it(model: Table) -> None:
    # The audit log has lines of the platform itself.
    borne = [("YES" if model is AuditEvent else "NO",)]
    assert ask(BEARS, [model._meta.db_table]) == borne, f'tenancy.carry("{model._meta.db_table}", …)'


@pytest.mark.parametrize("link", each_link())
def test_every_link_is_held_together_with_the_institution(link: Link) -> None:
    parent: Any = link.related_model
    if name(link) in ACTORS:
        assert {f"{_of(link)}_known", f"{_of(link)}_still_known"} <= {row[0] for row in ask(TRIGGERS)}
        return
    pair = f"{link.column} {'person_id' if parent is Person else key_of(parent)}"
    table = (Acquaintance if parent is Person else parent)._meta.db_table
    wanted = (link.model._meta.db_table, table, sorted(["institution_id institution_id", pair]))
    held = [(child, held_by, sorted(pairs)) for child, held_by, pairs in ask(HELD)]
    assert wanted in held, f'tenancy.tie{"_person" * (parent is Person)}("{wanted[0]}", "{link.column}", …)'


def _of(link: Link) -> str:
    return f"{link.model._meta.db_table}_{link.column}"


def test_every_actor_that_is_excepted_is_a_link_that_there_is() -> None:
    assert set(ACTORS) <= {name(link) for link in links_within()}


@pytest.mark.parametrize("link", each_link())
def test_a_link_into_another_school_is_refused_and_one_at_home_is_not(
    here: School, there: School, link: Link
) -> None:
    row = here.one_with(link)
    strange, own = there.another(link.related_model), here.another(link.related_model)
    judge()
    ending = "acquainted" if link.related_model is Person else "of_institution"
    ending = "known" if name(link) in ACTORS else ending
    assert refusal(lambda: change(link.model, row, link.column, strange)) == f"{_of(link)}_{ending}"
    change(link.model, row, link.column, own)
    judge()


@pytest.mark.parametrize("model", each_table())
def test_no_row_ever_moves_to_another_school(here: School, there: School, model: Table) -> None:
    row, elsewhere = here.one(model), there.one(Institution)
    judge()
    moved = refusal(lambda: change(model, row, "institution_id", elsewhere))
    assert moved == f"{model._meta.db_table}_never_moves"


@pytest.mark.parametrize("model", each_table(is_carried))
def test_a_row_cannot_claim_another_school_than_its_parents(
    here: School, there: School, model: Table
) -> None:
    row, forged = here.one(model), {**School().row(model), "institution_id": there.one(Institution)}
    assert institutions_in(model) == {row: here.one(Institution)}
    judge()
    assert refusal(lambda: insert(model, forged)).endswith(("_of_institution", "_acquainted"))


@pytest.mark.parametrize("actor", ACTORS)
def test_an_admin_of_the_platform_may_act_anywhere(here: School, actor: str) -> None:
    link = next(one for one in links_within() if name(one) == actor)
    row = here.one(link.model)
    admin = Person.objects.create_superuser(f"{uuid4()}@platform.test", None, name="Ada")
    change(link.model, row, link.column, admin.pk)
    judge()
    kept = link.model._base_manager.filter(pk=row).values_list(link.column, flat=True)
    assert list(kept) == [admin.pk]


def test_a_member_is_known_at_once_and_for_good(here: School) -> None:
    newcomer = Person.objects.create_user("new@here.test", None, name="New")
    school = here.one(Institution)
    place = Membership.objects.create(institution_id=school, person=newcomer, role="student")
    judge()
    place.delete()
    assert Acquaintance.objects.filter(institution_id=school, person=newcomer).count() == 1


def test_nobody_is_forgotten_while_a_row_names_them(here: School) -> None:
    here.one(apps.get_model("whiteboard.Edit"))
    judge()
    forgotten = refusal(lambda: Acquaintance.objects.filter(person_id=here.one(Person)).delete())
    assert forgotten.endswith("_acquainted")
