"""`manage.py idp_check SLUG`: does this identity provider work, and if not, why?"""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import IdentityProvider
from accounts.oidc import check_provider


class Command(BaseCommand):
    help = "Asks an identity provider for its discovery document and keys, and says what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="as in its address, /sign-in/SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        provider = IdentityProvider.objects.filter(slug=options["slug"]).first()
        if provider is None:
            known = ", ".join(IdentityProvider.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no provider “{options['slug']}”. Known: {known or 'none'}.")
        findings = check_provider(provider)
        for finding in findings:
            self.stdout.write(f"{'✗' if finding.is_trouble else '·'} {finding.sentence}")
        if any(finding.is_trouble for finding in findings):
            sys.exit(1)
        self.stdout.write(f"✓ {provider.label}: sign-in can work.")
