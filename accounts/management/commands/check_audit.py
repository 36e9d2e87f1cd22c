"""`manage.py check_audit [SLUG …]`: whether every line of the audit log still is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions import find_broken_seal
from accounts.models import AuditEvent, Institution


class Command(BaseCommand):
    help = "Checks the chain of the audit log; without slugs, of the platform and of every institution."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slugs", nargs="*", help="Only these institutions.")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = [line for chain in self._chains(options["slugs"]) if (line := self._check(chain))]
        if broken:
            raise CommandError("; ".join(broken))

    def _chains(self, slugs: list[str]) -> list[Institution | None]:
        if not slugs:
            return [None, *Institution.objects.order_by("slug")]
        found = list(Institution.objects.filter(slug__in=slugs).order_by("slug"))
        unknown = set(slugs) - {institution.slug for institution in found}
        if unknown:
            raise CommandError(f"No institution is called {', '.join(sorted(unknown))}.")
        return list(found)

    def _check(self, institution: Institution | None) -> str:
        name = institution.slug if institution else "platform"
        seq = find_broken_seal(institution)
        if seq is not None:
            return f"{name}: broken at line {seq}"
        lines = AuditEvent.objects.filter(institution=institution).count()
        self.stdout.write(f"{name}: whole, {lines} lines")
        return ""
