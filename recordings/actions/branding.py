"""A school's logo, put up and taken down."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Institution, Person
from recordings.branding import draw_logo, logo_of
from recordings.models import Logo
from recordings.storage import storage_for


def change_logo(*, institution: Institution, data: bytes, by: Person, now: datetime) -> Logo:
    """In videos that are composed from now on. The picture is stored before anything names it.

    Raises Refused("logo_too_big" | "logo_unreadable" | "logo_too_small").
    """
    settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="logo-", dir=settings.WORK_DIR) as folder:
        name, path, (width, height) = draw_logo(data, Path(folder))
        made = Logo(institution=institution, name=name, width=width, height=height, changed_at=now)
        storage_for(institution).put(made.key, path, content_type="image/png")
    return _keep(made, by)


@transaction.atomic
def _keep(made: Logo, by: Person) -> Logo:
    institution = made.institution
    before = logo_of(institution)
    logo, _ = Logo.objects.update_or_create(
        institution=institution,
        defaults={name: getattr(made, name) for name in ("name", "width", "height", "changed_at")},
    )
    _note("logo.changed", institution, by)
    if before is not None and before.name != logo.name:
        _drop(institution, before.key)
    return logo


@transaction.atomic
def remove_logo(*, institution: Institution, by: Person) -> None:
    logo = logo_of(institution)
    if logo is not None and Logo.objects.filter(pk=logo.pk).delete()[0]:
        _note("logo.removed", institution, by)
        _drop(institution, logo.key)


def _drop(institution: Institution, key: str) -> None:
    """Once nothing names it any more; an object that stays behind hurts nobody."""
    transaction.on_commit(lambda: storage_for(institution).delete(key), robust=True)


def _note(act: str, institution: Institution, by: Person) -> None:
    record_audit(act, institution=institution, by=by, target=f"institution:{institution.pk}", detail={})
