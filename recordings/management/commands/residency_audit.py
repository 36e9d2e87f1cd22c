"""`manage.py residency_audit`: does everything lie in the zone where it must? Exit code 1 when something does not."""

import csv
import json
import sys
from argparse import ArgumentParser
from dataclasses import astuple, fields
from typing import Any

from django.core.management.base import BaseCommand

from recordings.residency import Line, audit


class Command(BaseCommand):
    help = "Every bucket, institution, recording and object with its zone; whatever lies elsewhere is named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--csv", action="store_true", help="all lines, for auditors, and nothing else")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = list(audit())
        wrong = [line for line in lines if line.trouble]
        if options["csv"]:
            write = csv.writer(self.stdout)
            write.writerows([[field.name for field in fields(Line)], *map(astuple, lines)])
        else:
            for line in wrong:
                said = (
                    f"{line.trouble}: {line.what} {line.name} of zone {line.zone or 'none'}, at {line.place}"
                )
                self.stderr.write(said)
            counts = {
                what: sum(line.what == what for line in lines) for what in sorted({one.what for one in lines})
            }
            self.stdout.write(
                json.dumps({"residency_audit": "failed" if wrong else "ok", "wrong": len(wrong)} | counts)
            )
        if wrong:
            sys.exit(1)
