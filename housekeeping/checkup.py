"""Whether there is a copy of the school, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.checkup import Finding, fault, fine, skipped, tell_age, warning
from housekeeping.backups.manifest import all_backups, moment_of

# A night, and what a backup may take; a week.
LATE_SECONDS, LOST_SECONDS = 26 * 3600, 7 * 86_400


class BackupKept:
    name: ClassVar[str] = "backup"
    title: ClassVar[str | Promise] = gettext_lazy("Backup")

    def examine(self) -> Iterator[Finding]:
        if not settings.BACKUP_DIR.is_dir():
            yield skipped(str(self.title), _("`manage.py backup` was never called here"))
            return
        kept = all_backups(settings.BACKUP_DIR)
        yield judge(str(self.title), moment_of(kept[-1]) if kept else None, timezone.now())


def judge(about: str, taken_at: datetime | None, now: datetime) -> Finding:
    remedy = _(
        "Call `manage.py backup`, then look why the nightly one did not run: docs/operations/backup.md."
    )
    if taken_at is None:
        return fault(about, _("there is none"), remedy)
    seconds = (now - taken_at).total_seconds()
    found = _("taken %(age)s ago") % {"age": tell_age(seconds)}
    if seconds <= LATE_SECONDS:
        return fine(about, found)
    return warning(about, found, remedy) if seconds <= LOST_SECONDS else fault(about, found, remedy)
