"""Stand-ins: whoever is added by an address that already has an account somewhere is asked first.

Until they accept, a person of that name stands in for them here, with all that the school gives them. It looks
like any new account, so that nobody learns by adding an address whether it is known elsewhere. On acceptance
everything of the stand-in becomes theirs.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, models, transaction

from accounts.actions.audit import record_audit
from accounts.actions.invitations import new_invitation, note_invitation, refuse_too_many
from accounts.actions.webhooks import publish_person_changed
from accounts.models import Institution, Person, Role
from common.queue import enqueue_on_commit
from common.refusals import Refused

QUIET_LIFETIME = timedelta(days=90)


def new_account(email: str, name: str, language: str, *, is_known: bool) -> Person:
    """Unsaved, without a password: the account of a new address, or the stand-in for one that is known."""
    lower = email.lower()
    own = f"{uuid.uuid4().hex}@awaiting.invalid" if is_known else lower
    return Person(
        email=own,
        stands_for=lower if is_known else "",
        name=name,
        language=language,
        password=make_password(None),
    )


def ask_quietly(
    *, institution: Institution, address: str, name: str, role: Role | str, now: datetime
) -> None:
    """A letter that stands in nobody's list: the list would tell who has an account elsewhere."""
    try:
        refuse_too_many(institution, address, is_quiet=True)
    except Refused:
        return  # the stand-in stays, as a new account would; the letters of today must do
    made = new_invitation(institution, address, name, role, None, now)
    made.is_quiet, made.expires_at = True, now + QUIET_LIFETIME
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:  # they are asked already
        return
    note_invitation("invitation.created", made, None)
    enqueue_on_commit("accounts.send_invitation", made.pk)


@transaction.atomic
def take_over(*, institution: Institution, owner: Person) -> bool:
    """`owner` becomes whoever stood in for them here; False when nobody did."""
    waiting = Person.objects.select_for_update().filter(stands_for=owner.email)
    stand_in = waiting.filter(pk__in=institution.memberships.values("person")).first()
    if stand_in is None:
        return False
    relations = [
        one for one in Person._meta.related_objects if not one.many_to_many
    ]  # those have rows of their own
    for relation in relations:
        for row in relation.related_model._base_manager.filter(**{relation.field.name: stand_in}):
            _hand_over(row, relation.field.name, owner)
    told = {"stand_in": str(stand_in.pk)}
    stand_in.delete()
    target = f"person:{owner.pk}"
    record_audit("stand_in.replaced", institution=institution, by=owner, target=target, detail=told)
    publish_person_changed(institution=institution, person=owner)
    return True


def _hand_over(row: models.Model, field: str, owner: Person) -> None:
    """A row that the owner has already is not needed twice."""
    setattr(row, field, owner)
    try:
        with transaction.atomic():
            row.save(update_fields=[field])
    except IntegrityError:
        row.delete()
