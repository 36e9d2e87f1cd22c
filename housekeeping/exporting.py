"""A copy of what an institution keeps of one person: a zip with each table as JSON and as CSV.

Made anew from the beginning whenever a worker died; its key is known from the start, so that the sweep
finds what a cancelled or failed one left behind.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actions import record_audit
from accounts.models import AuditEvent, Institution, Person
from common.crashpoints import crash_point
from common.sheets import write_sheet
from housekeeping.actions import move_request
from housekeeping.belongings import BELONGINGS, Belonging
from housekeeping.models import RequestState
from housekeeping.models.requests import EXPORT_KEPT
from housekeeping.work import Job, NotOurs
from recordings.models import Recording, RecordingState
from recordings.storage import storage_for

Rows = list[dict[str, Any]]


def export(job: Job) -> None:
    path: Path = settings.WORK_DIR / f"export-{job.request.pk}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    key = f"{job.request.institution.slug}/exports/{job.request.pk}.zip"
    job.tell(1, key=key)
    try:
        told = _make(job, path)
        crash_point("housekeeping.export_made")
        job.tell(90)
        store = storage_for(job.request.institution)
        store.delete(key)  # of a worker that died; the same key twice with other bytes is refused
        kept = store.put(key, path, content_type="application/zip")
        crash_point("housekeeping.export_stored")
        _finish(job, kept.size, told)
    finally:
        path.unlink(missing_ok=True)


def _make(job: Job, path: Path) -> dict[str, int]:
    """The zip under `path`; the number of rows by table."""
    person, institution = job.request.person, job.request.institution
    language = person.language or institution.language
    told: dict[str, int] = {}
    tables = list(_tables(person, institution))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with translation.override(language):
            archive.writestr("README.txt", _readme(institution))
        for number, (name, rows) in enumerate(tables, start=1):
            _write(archive, name, rows)
            told[name] = len(rows)
            job.tell(round(85 * number / len(tables)))
    return told


def _tables(person: Person, institution: Institution) -> Iterator[tuple[str, Rows]]:
    yield "profile", [_profile(person)]
    for belonging in BELONGINGS:
        if belonging.columns:
            yield belonging.name, rows_of(belonging, person, institution)
    yield "recordings", _recordings(person, institution)
    yield "audit", _audit(person, institution)


def _profile(person: Person) -> dict[str, Any]:
    names = ("id", "email", "name", "language", "is_active", "created_at", "last_login")
    return {name: getattr(person, name) for name in names} | {"email": person.address}


def rows_of(belonging: Belonging, person: Person, institution: Institution) -> Rows:
    columns = {f"c_{name}": F(lookup) for name, lookup in belonging.columns.items()}
    rows = belonging.rows(person, institution).order_by("pk").values(**columns)
    return [{name: row[f"c_{name}"] for name in belonging.columns} for row in rows.iterator()]


def _recordings(person: Person, institution: Institution) -> Rows:
    """Recordings that show them, as a list: the pictures show others too and are watched in the classroom."""
    seen = Recording.objects.filter(
        lesson__institution=institution,
        lesson__rooms__presences__person=person,
        state=RecordingState.PUBLISHED,
    )
    rows = seen.distinct().order_by("starts_at").values_list("lesson__title", "starts_at", "duration_seconds")
    return [{"lesson": title, "starts_at": at, "duration_seconds": long} for title, at, long in rows]


def _audit(person: Person, institution: Institution) -> Rows:
    lines = AuditEvent.objects.filter(institution=institution, target=f"person:{person.pk}").order_by("seq")
    names = dict(Person.objects.filter(pk__in=lines.values("actor")).values_list("pk", "name"))
    return [
        {
            "at": line.at,
            "act": line.act,
            "by": names.get(line.actor, "") if line.actor else "",
            "detail": line.detail,
        }
        for line in lines
    ]


def _write(archive: zipfile.ZipFile, name: str, rows: Rows) -> None:
    whole = json.dumps(rows, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    archive.writestr(f"{name}.json", whole)
    head = list(rows[0]) if rows else []
    archive.writestr(f"{name}.csv", write_sheet([head, *(_cells(row.values()) for row in rows)]))


def _cells(values: Any) -> Sequence[object]:
    return [
        json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
        if isinstance(value, dict | list)
        else value
        for value in values
    ]


def _readme(institution: Institution) -> str:
    about = _("This is what %(institution)s keeps about you in Darasa.") % {"institution": institution.name}
    how = _(
        "Each table is here twice: as JSON for programs and as CSV for spreadsheets. "
        "Recordings are listed, not contained, because they show other people too."
    )
    return f"{about}\n\n{how}\n"


@transaction.atomic
def _finish(job: Job, size: int, told: dict[str, int]) -> None:
    now = timezone.now()
    job.tell(100)  # it must still be ours
    job.request.refresh_from_db()
    changes = {"finished_at": now, "expires_at": now + EXPORT_KEPT, "size_bytes": size, "told": told}
    if not move_request(job.request, RequestState.DONE, **changes):
        raise NotOurs
    target, detail = f"person:{job.request.person_id}", {"request": str(job.request.pk)}
    record_audit("export.made", institution=job.request.institution, by=None, target=target, detail=detail)
