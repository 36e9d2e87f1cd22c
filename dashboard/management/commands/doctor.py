"""`manage.py doctor`: what of this installation works, what does not, and what to do about it."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common.checkup import examine_all
from dashboard.checkup import all_checks, as_json, as_line, warm_up

# Each check has so long; all begin at once.
SECONDS = 5.0


class Command(BaseCommand):
    help = (
        "Examines a running installation: one line for each thing, with the remedy. Exit code 1 for a fault."
    )
    # What they complain of is a line of its own.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", nargs="+", metavar="NAME", default=[], help="these checks alone")
        parser.add_argument("--list", action="store_true", help="the names of all checks")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        checks = all_checks()
        if options["list"]:
            self.stdout.write("\n".join(f"{check.name:<12} {check.title}" for check in checks))
            return
        known = {check.name for check in checks}
        if unknown := set(options["only"]) - known:
            raise CommandError(f"No check is called {', '.join(sorted(unknown))}. `--list` names them.")
        wanted = [check for check in checks if not options["only"] or check.name in options["only"]]
        warm_up()
        reports = examine_all(wanted, seconds=SECONDS)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(reports), ensure_ascii=False, indent=1))
        else:
            for report in reports:
                self.stdout.write("\n".join(as_line(report.check.name, one) for one in report.findings))
        if not all(report.is_healthy for report in reports):
            sys.exit(1)
