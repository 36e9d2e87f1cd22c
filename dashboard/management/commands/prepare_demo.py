"""`manage.py prepare_demo`: tables, static files, the small school. Called by `manage.py demo`."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from dashboard.demo.cast import shared_password
from dashboard.demo.seed import is_demo, seed


class Command(BaseCommand):
    help = "Migrates, collects static files and seeds the demo school."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DARASA_DEMO:
            raise CommandError("This is for the demo only: DARASA_DEMO is not set.")
        call_command("migrate", verbosity=0, interactive=False)
        if not is_demo():
            raise CommandError(
                "This database holds people who are not the demo's. Point DATABASE_URL elsewhere."
            )
        collect_static()
        seed(shared_password())


def collect_static() -> None:
    """Only when the built front end is newer than what was collected."""
    # A folder may stand with the prefix of its addresses: (prefix, folder).
    folders = [Path(one[1] if isinstance(one, tuple) else one) for one in settings.STATICFILES_DIRS]
    built = [path.stat().st_mtime for folder in folders for path in folder.rglob("*")]
    done = settings.STATIC_ROOT / "staticfiles.json"
    if done.exists() and done.stat().st_mtime > max(built, default=0):
        return
    shutil.rmtree(settings.STATIC_ROOT, ignore_errors=True)
    call_command("collectstatic", verbosity=0, interactive=False)
