"""Importing a roster: a file is kept, looked at in a dry run, and then imported altogether or not at all."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.actions import ask_quietly, decide_recording, invite_new_people, new_account, record_audit
from accounts.models import (
    AnswerSource,
    Guardianship,
    Institution,
    Membership,
    Person,
    RecordingAnswer,
)
from accounts.queries import people_here
from accounts.rules import may_grant_role
from classroom.models import UPLOAD_LIFETIME, Enrolment, GroupMember, RosterUpload, Standing
from classroom.queries import known_to_school
from classroom.roster import Plan, plan_roster, read_roster
from common.refusals import Refused
from common.sheets import read_sheet
from common.sockets.recheck import recheck_sockets

BATCH = 1000


@transaction.atomic
def upload_roster(*, institution: Institution, content: bytes, file_name: str, by: Person) -> RosterUpload:
    """Keeps the file for its confirmation; nothing of it happens yet."""
    upload = RosterUpload.objects.create(
        institution=institution,
        uploaded_by=by,
        file_name=file_name[:200],
        content=content,
        expires_at=timezone.now() + UPLOAD_LIFETIME,
    )
    detail = {"bytes": len(content)}
    record_audit(
        "roster.uploaded", institution=institution, by=by, target=f"upload:{upload.pk}", detail=detail
    )
    return upload


def try_roster(upload: RosterUpload) -> Plan:
    """The dry run: every finding, and what would happen by the state of the school right now."""
    rows, findings = read_roster(read_sheet(bytes(upload.content)))
    emails = {row.email for row in rows} | {row.guardian_email for row in rows} - {""}
    # PostgreSQL has no NUL; the finding about it stands already.
    known = known_to_school(upload.institution, {email for email in emails if "\x00" not in email})
    heads_allowed = may_grant_role(upload.uploaded_by, upload.institution, "head")
    return plan_roster(rows, findings, known, heads_allowed=heads_allowed)


@transaction.atomic
def import_roster(*, upload: RosterUpload, by: Person, invite: bool) -> dict[str, int]:
    """All of the file or nothing; the counts. `invite` sends each new person a letter.

    Raises Refused: "closed" (imported before, too old), "has_findings" (the school changed since the
    dry run), "somebody_was_first" (an account was made at the same moment).
    """
    Institution.objects.select_for_update().get(pk=upload.institution_id)
    now = timezone.now()
    mine = RosterUpload.objects.filter(
        pk=upload.pk, uploaded_by=by, imported_at__isnull=True, expires_at__gt=now
    )
    if not mine.update(imported_at=now):
        raise Refused("closed")
    plan = try_roster(upload)
    if plan.findings:
        raise Refused("has_findings")
    try:
        with transaction.atomic():
            _carry_out(plan, upload.institution, by, invite=invite)
    except IntegrityError as error:
        raise Refused("somebody_was_first") from error
    RosterUpload.objects.filter(pk=upload.pk).update(content=b"", counts=plan.counts)
    record_audit(
        "roster.imported",
        institution=upload.institution,
        by=by,
        target=f"upload:{upload.pk}",
        detail=plan.counts,
    )
    return plan.counts


def _carry_out(plan: Plan, institution: Institution, by: Person, *, invite: bool) -> None:
    now = timezone.now()
    fresh = _add_accounts(plan)
    emails = {email for email, _ in plan.roles} | {email for _, email in plan.enrolments}
    emails |= {email for _, email in plan.group_members} | set(plan.names) | set(plan.languages)
    emails |= {email for link in plan.guardianships for email in link} | set(plan.permissions)
    people = {one.address: one for one in [*people_here(institution, emails), *fresh]}
    _change_accounts(plan, people)
    Membership.objects.bulk_create(
        [Membership(institution=institution, person=people[email], role=role) for email, role in plan.roles],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    _place(plan, institution, {email: person.pk for email, person in people.items()})
    for answer in RecordingAnswer:
        meant = [people[email] for email, said in plan.permissions.items() if said == answer]
        if meant:
            source = AnswerSource.IMPORT
            decide_recording(
                institution=institution, people=meant, answer=answer, source=source, by=by, now=now
            )
    if invite:
        new = [(people[email], row.role) for email, row in plan.new_people.items()]
        invite_new_people(institution=institution, people=new, by=by)
    for email, role in plan.roles:
        if people[email].stands_for and not (invite and email in plan.new_people):
            name = people[email].name
            ask_quietly(institution=institution, address=email, name=name, role=role, now=now)


def _add_accounts(plan: Plan) -> list[Person]:
    """Who has an account elsewhere stands in for themselves until they accept."""
    known = set(Person.objects.filter(email__in=plan.new_people).values_list("email", flat=True))
    rows = plan.new_people.values()
    made = [new_account(row.email, row.name, row.language, is_known=row.email in known) for row in rows]
    return Person.objects.bulk_create(made, batch_size=BATCH)


def _change_accounts(plan: Plan, people: dict[str, Person]) -> None:
    for email, name in plan.names.items():
        people[email].name = name
    for email, language in plan.languages.items():
        people[email].language = language
    changed: Iterable[str] = {*plan.names, *plan.languages}
    Person.objects.bulk_update([people[email] for email in changed], ["name", "language"], batch_size=BATCH)


def _place(plan: Plan, institution: Institution, ids: dict[str, UUID]) -> None:
    """Courses, groups and guardians."""
    Enrolment.objects.bulk_create(
        [
            Enrolment(course_id=course, person_id=ids[email], standing=standing)
            for (course, email), standing in plan.enrolments.items()
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["course", "person"],
        update_fields=["standing", "is_active"],
    )
    GroupMember.objects.bulk_create(
        [GroupMember(group_id=group, person_id=ids[email]) for group, email in plan.group_members],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    Guardianship.objects.bulk_create(
        [
            Guardianship(institution=institution, guardian_id=ids[guardian], child_id=ids[child])
            for guardian, child in plan.guardianships
        ],
        batch_size=BATCH,
        ignore_conflicts=True,
    )
    _settle_demoted(plan, ids)


def _settle_demoted(plan: Plan, ids: dict[str, UUID]) -> None:
    """Who is no student of a course any more leaves its groups; open rooms learn of a new standing."""
    for (course, email), standing in plan.enrolments.items():
        if standing != Standing.STUDENT:
            GroupMember.objects.filter(group__course_id=course, person_id=ids[email]).delete()
            recheck_sockets(ids[email])


@transaction.atomic
def forget_uploads(*, now: datetime) -> int:
    """Files that nobody confirmed; they hold names and addresses."""
    return RosterUpload.objects.filter(imported_at__isnull=True, expires_at__lte=now).delete()[0]
