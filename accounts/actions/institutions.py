"""What can be done with institutions."""

from typing import Any

from django.db import transaction

from accounts.actions.audit import record_audit
from accounts.actions.invitations import invite_person
from accounts.models import Institution, Person, Role
from accounts.policy import Policy
from common.refusals import Refused


@transaction.atomic
def create_institution(
    *,
    name: str,
    slug: str,
    time_zone: str,
    language: str,
    region: str = "local",
    by: Person | None = None,
) -> Institution:
    if Institution.objects.filter(slug=slug).exists():
        raise Refused("slug_taken")
    made = Institution.objects.create(
        name=name, slug=slug, time_zone=time_zone, language=language, region=region
    )
    record_audit("institution.created", institution=None, by=by, target=f"institution:{made.pk}")
    return made


@transaction.atomic
def open_institution(
    *, name: str, slug: str, time_zone: str, language: str, head_name: str, head_email: str, by: Person
) -> Institution:
    """A new institution whose first head is invited by letter. Raises Refused("slug_taken")."""
    made = create_institution(name=name, slug=slug, time_zone=time_zone, language=language, by=by)
    invite_person(institution=made, email=head_email, name=head_name, role=Role.HEAD, by=by)
    return made


@transaction.atomic
def update_institution(
    *, institution: Institution, policy: Policy, by: Person | None = None, **changes: Any
) -> None:
    """`changes`: name, time_zone, language, languages. Keys of the policy that others keep there stay."""
    for field, value in changes.items():
        setattr(institution, field, value)
    institution.policy = {**institution.policy, **policy.as_json()}
    institution.save(update_fields=[*changes, "policy"])
    record_audit(
        "institution.changed", institution=institution, by=by, target=f"institution:{institution.pk}"
    )
