"""Erasing one person from one institution: files first, all rows in one transaction at the end.

Whatever others need stays under "Erased person". Somebody who also belongs to another institution stays
whole there: what stays here is handed to a nameless person made for it.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from psycopg import sql

from accounts.actions import acquaint, record_audit
from accounts.models import IdempotentAnswer, Institution, Invitation, Person
from common.crashpoints import crash_point
from housekeeping.actions import lock_house, move_request, why_not_erase
from housekeeping.belongings import BELONGINGS, SIGN_INS, Fate
from housekeeping.models import DataRequest, Kind, Reason, RequestState
from housekeeping.queries import belongs_elsewhere, closed_knocks, guests_due, links_due
from housekeeping.retention import read_periods
from housekeeping.work import Job, NotOurs, give_up
from recordings.models import Capture
from recordings.storage import storage_for

Numbers = dict[str, int]
KNOCKS_KEPT = timedelta(days=30)


def erase(job: Job) -> None:
    request = job.request
    if code := why_not_erase(person=request.person, institution=request.institution):
        return give_up(job, Reason(code))
    job.tell(10)
    _drop_exports(job)
    crash_point("housekeeping.exports_erased")
    job.tell(40)
    name = neutral_name(request.institution)
    for folder in _folders(request.person, request.institution):
        rename_in_manifests(folder, request.person, name)
    crash_point("housekeeping.manifests_erased")
    job.tell(60)
    code = _erase_rows(job, name)
    crash_point("housekeeping.rows_erased")
    return give_up(job, Reason(code)) if code else None


def neutral_name(institution: Institution) -> str:
    with translation.override(institution.language):
        return _("Erased person")


def forget_guests(*, institution: Institution, now: datetime) -> int:
    """Guests go when the attendance does that they stand in, knocks that led nowhere much sooner; how many guests.

    Before the attendance: what recorders left of a guest is found through it.
    """
    until = now - read_periods(institution.policy).facts
    guests = [_forget_guest(guest, institution) for guest in guests_due(institution, until)]
    closed_knocks(institution, now - KNOCKS_KEPT).delete()
    links_due(institution, until).delete()
    if guests:
        target, told = f"institution:{institution.pk}", {"guests": len(guests)}
        record_audit("guests.forgotten", institution=institution, by=None, target=target, detail=told)
    return len(guests)


@transaction.atomic
def _forget_guest(guest: Person, institution: Institution) -> None:
    name = neutral_name(institution)
    for folder in _folders(guest, institution):
        rename_in_manifests(folder, guest, name)
    _hand_over(guest, institution, guest)
    _blank(guest, name)


# Files


def _drop_exports(job: Job) -> None:
    request = job.request
    exports = DataRequest.objects.filter(
        person=request.person, institution=request.institution, kind=Kind.EXPORT
    )
    for export in exports:
        now = timezone.now()
        for state in (RequestState.CANCELLED, RequestState.EXPIRED):
            move_request(export, state, **({} if export.finished_at else {"finished_at": now}))
        if export.key:
            storage_for(request.institution).delete(export.key)
            crash_point("housekeeping.export_erased")
            DataRequest.objects.filter(pk=export.pk).update(key="", size_bytes=None)


def _folders(person: Person, institution: Institution) -> list[Path]:
    """What recorders left of lessons that the person was in."""
    captures = Capture.objects.filter(
        recording__lesson__institution=institution, recording__lesson__rooms__presences__person=person
    )
    sessions = captures.order_by("session_id").values_list("session_id", flat=True).distinct()
    return [settings.RECORDINGS_DIR / session for session in sessions]


def rename_in_manifests(folder: Path, person: Person, name: str) -> None:
    """The name in a recorder's own account. Pictures and sound stay: they show the others too."""
    for path in (folder / "manifest.json", folder / "metadata.json"):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # not there, or not one of ours to rewrite
        if _rename(told, person, name):
            part = path.with_name(f".{path.name}.erasing")
            part.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
            part.replace(path)


def _rename(told: Any, person: Person, name: str) -> bool:
    """Every object with the person's id, and every one without any id that bears exactly their name."""
    changed = False
    if isinstance(told, dict):
        owner = told.get("person", str(person.pk))
        if told.get("name") == person.name and owner == str(person.pk):
            told["name"], changed = name, True
    for inner in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        changed = _rename(inner, person, name) or changed
    return changed


# Rows


@transaction.atomic
def _erase_rows(job: Job, name: str) -> str:
    """All or nothing; the code of what came between, if something did."""
    job.tell(70)
    institution = lock_house(job.request.institution)
    person = Person.objects.select_for_update().get(pk=job.request.person_id)
    if code := why_not_erase(person=person, institution=institution):
        return code
    is_stand_in = bool(person.stands_for)
    email, whole = person.address, not belongs_elsewhere(person, institution.pk)
    target = f"person:{person.pk}"
    Invitation.objects.filter(institution=institution, email=email).delete()
    told = _hand_over(person, institution, person if whole else make_nobody(name))
    if whole:
        _blank(person, name)
        # Of an address that is somebody's elsewhere there are traces, and they are not this school's.
        told["leftovers"] = 0 if is_stand_in else sum(traces_of(email).values())
    job.request.refresh_from_db()
    done = {"finished_at": timezone.now(), "percent": 100, "told": told}
    if not move_request(job.request, RequestState.DONE, **done):
        raise NotOurs
    record_audit("person.erased", institution=institution, by=None, target=target, detail=told)
    return ""


def _hand_over(person: Person, institution: Institution, heir: Person) -> Numbers:
    """The heir inherits the acquaintance too: PostgreSQL refuses all of it if one row here still names the person."""
    told: Numbers = {}
    acquaint(institution=institution, person=person)  # an admin of the platform may be none yet
    for belonging in BELONGINGS:
        rows = belonging.rows(person, institution)
        told[belonging.name] = rows.count()
        if belonging.fate == Fate.GOES:
            rows.delete()
        elif heir != person:
            for field in belonging.fields:
                lookups = {field: person, belonging.institution: institution}
                belonging.model._default_manager.filter(**lookups).update(**{field: heir})
    return told


def make_nobody(name: str) -> Person:
    return Person.objects.create_user(f"erased-{uuid4()}@erased.invalid", None, name=name, is_active=False)


def _blank(person: Person, name: str) -> None:
    """Nothing of the person stays in their row, and nothing by which they sign in."""
    for model in SIGN_INS:
        model._default_manager.filter(username__iexact=person.email).delete()
    Invitation.objects.filter(email__iexact=person.email).delete()
    IdempotentAnswer.objects.filter(body__icontains=person.email).delete()
    _end_sessions(person)
    freed = person.email
    person.email, person.name = f"erased-{uuid4()}@erased.invalid", name
    person.stands_for = ""
    person.language, person.last_login, person.is_active = "", None, False
    person.set_unusable_password()
    person.save()
    # The address is an account nowhere any more: another school's stand-in for it becomes one.
    heir = Person.objects.filter(stands_for=freed).order_by("created_at").first()
    if heir is not None:
        Person.objects.filter(pk=heir.pk).update(email=freed, stands_for="")


def _end_sessions(person: Person) -> None:
    """Those in the table; each is somebody's only by what is written in it."""
    mine = [
        session.pk
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") == str(person.pk)
    ]
    Session.objects.filter(pk__in=mine).delete()


def traces_of(text: str) -> dict[str, int]:
    """`table.column` to the number of rows that hold `text`, over every column of words or JSON."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            " AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY')"
        )
        found = {}
        for table, column in cursor.fetchall():
            search = sql.SQL("SELECT count(*) FROM {} WHERE position(lower(%s) IN lower({}::text)) > 0")
            cursor.execute(search.format(sql.Identifier(table), sql.Identifier(column)), [text])
            found[f"{table}.{column}"] = cursor.fetchone()[0]
    return {where: rows for where, rows in found.items() if rows}
