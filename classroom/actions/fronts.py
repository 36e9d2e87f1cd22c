"""How a school meets the shared bridges."""

import re
from urllib.parse import urlsplit

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Institution, Person
from classroom.diversion import REGION
from classroom.models import Front
from common.refusals import Refused

# A host name as browsers know it, with dots; a port only for a machine of one's own.
DOMAIN = re.compile(
    r"(?=.{1,253}(?::|$))[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+(?::[1-9]\d{0,4})?"
)
COLOUR = re.compile(r"#[0-9a-f]{6}")


@transaction.atomic
def change_front(
    *, institution: Institution, domain: str, name: str, colour: str, logo_url: str, region: str, by: Person
) -> Front:
    """Everything may be empty: then the platform's own counts. Raises Refused with the name of what is wrong:
    bad_domain, domain_taken, bad_colour, bad_logo, bad_region."""
    domain, colour, region = domain.strip().lower(), colour.strip().lower(), region.strip().lower()
    for code, pattern, value in (
        ("bad_domain", DOMAIN, domain),
        ("bad_colour", COLOUR, colour),
        ("bad_region", REGION, region),
    ):
        if value and not pattern.fullmatch(value):
            raise Refused(code)
    if logo_url and not is_public_picture(logo_url):
        raise Refused("bad_logo")
    Institution.objects.select_for_update().get(pk=institution.pk)
    if domain and Front.objects.filter(domain=domain).exclude(institution=institution).exists():
        raise Refused("domain_taken")
    values = {"domain": domain, "name": name, "colour": colour, "logo_url": logo_url, "region": region}
    front, _ = Front.objects.update_or_create(institution=institution, defaults=values)
    record_audit("front.changed", institution=institution, by=by, target=f"institution:{institution.pk}")
    return front


def is_public_picture(address: str) -> bool:
    """Browsers fetch it from Jitsi's page, so it must be https, without a password in it."""
    try:
        parts = urlsplit(address)
        named = parts.hostname and not (parts.username or parts.password)
    except ValueError:
        return False
    has_odd = any(letter.isspace() or letter in "\"'<>\\`" or ord(letter) < 32 for letter in address)
    return parts.scheme == "https" and bool(named) and not has_odd and len(address) <= 500
