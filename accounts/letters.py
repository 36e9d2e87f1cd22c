"""Letters about accounts: what they say, in which language, as text and as HTML."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Invitation, Person

NO_ADDRESS = "no address that letters reach"


def has_mailbox(address: str) -> bool:
    """False for nobody's address, and below `.invalid` (RFC 2606): guests, erased people, sign-ins without a proven one."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    return bool(domain) and domain != "invalid" and not domain.endswith(".invalid")


def invitation_letter(invitation: Invitation, token: str) -> EmailMultiAlternatives:
    person = Person.objects.filter(email=invitation.email).first()
    language = (person.language if person else "") or invitation.institution.language
    zone = ZoneInfo(invitation.institution.time_zone)
    with translation.override(language), timezone.override(zone):
        return _compose_invitation(invitation, token)


def _compose_invitation(invitation: Invitation, token: str) -> EmailMultiAlternatives:
    school = one_line(invitation.institution.name)
    words = {"school": school, "name": one_line(invitation.name), "role": invitation.get_role_display()}
    until = date_format(timezone.localtime(invitation.expires_at), "DATE_FORMAT")
    return compose(
        to=invitation.email,
        subject=_("Your invitation to %(school)s") % words,
        greeting=_("Hello %(name)s,") % words,
        paragraphs=[
            _("%(school)s invites you to its virtual classroom. Your role there: %(role)s.") % words,
            _("Choose a password on the page behind this link; then you are in.") % words,
        ],
        link=settings.PUBLIC_URL + reverse("invitation_accept", args=[token]),
        link_text=_("Accept the invitation"),
        closing=_("The link works once and until %(day)s. If you did not expect this letter, do nothing.")
        % {"day": until},
    )


def compose(
    *,
    to: str,
    subject: str,
    greeting: str,
    paragraphs: list[str],
    link: str,
    link_text: str,
    closing: str,
) -> EmailMultiAlternatives:
    """One letter in the language that is active now; the same words as text and as HTML."""
    text = "\n\n".join([greeting, *paragraphs, link, closing]) + "\n"
    letter = EmailMultiAlternatives(subject=one_line(subject), body=text, to=[to])
    html = {
        "greeting": greeting,
        "paragraphs": paragraphs,
        "link": link,
        "link_text": link_text,
        "closing": closing,
    }
    letter.attach_alternative(render_to_string("dashboard/letters/account.html", html), "text/html")
    return letter


def one_line(text: str) -> str:
    """Names are typed by people; a line break in a subject would be a header of its own."""
    return " ".join(text.split())
