"""`manage.py restore`: a backup into an empty database; with --drill into a throw-away one, and compared."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from psycopg import Error as PostgresError

from common.services import ServiceError
from common.services.dumps import Database
from housekeeping.backups import BackupError, Trial, newest_backup, restore_backup, try_backup


class Command(BaseCommand):
    help = (
        "Puts a backup back into an empty database and store; --drill tries it elsewhere and changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="the backup; with --drill the newest one")
        parser.add_argument("--drill", action="store_true", help="into a throw-away PostgreSQL, and compare")

    def handle(self, *args: Any, folder: Path | None, drill: bool, **options: Any) -> None:
        if not drill and folder is None:
            raise CommandError("Say which backup: manage.py restore FOLDER.")
        try:
            if drill:
                self._try(folder or newest_backup(settings.BACKUP_DIR))
            elif folder:
                self._restore(folder)
        except (BackupError, ServiceError, PostgresError) as failure:
            raise CommandError(str(failure)) from failure

    def _restore(self, folder: Path) -> None:
        made = restore_backup(folder, database=Database.of_settings(connection.settings_dict))
        told = {
            "restore": "ok",
            "taken_at": made.taken_at.isoformat(),
            "rows": sum(made.survey.rows.values()),
        }
        self.stderr.write("Now: manage.py migrate, then manage.py doctor.")
        self.stdout.write(json.dumps(told))

    def _try(self, folder: Path) -> None:
        trial = try_backup(folder, scratch=settings.VAR_DIR / "drill", now=timezone.now())
        for line in trial.lines:
            if line.backup != "0" or not line.is_same:
                sign = "=" if line.is_same else "≠"
                self.stdout.write(f"{sign} {line.what:<44} {line.backup:>14} {line.restored:>14}")
        self.stdout.write(json.dumps(summary(folder, trial)))
        if trial.different:
            sys.exit(1)


def summary(folder: Path, trial: Trial) -> dict[str, str | int | float | None]:
    return {
        "drill": "different" if trial.different else "ok",
        "folder": str(folder),
        "compared": len(trial.lines),
        "different": len(trial.different),
        "videos": trial.videos,
        "restore_seconds": round(trial.restore_seconds, 1),
        "age_seconds": round(trial.age_seconds),
        "heard_at": trial.heard_at.isoformat() if trial.heard_at else None,
    }
