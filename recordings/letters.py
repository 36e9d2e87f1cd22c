"""A letter to whoever runs the platform, about what no school can put right."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.letters import compose
from accounts.models import Person


def alarm_letter(person: Person, *, is_late: bool, waiting_for_disk: int) -> EmailMultiAlternatives:
    with translation.override(person.language or settings.LANGUAGE_CODE):
        paragraphs = []
        if is_late:
            paragraphs.append(
                _(
                    "Recordings have not been compared with their lessons for three minutes. Is a worker running?"
                )
            )
        if waiting_for_disk:
            paragraphs.append(
                _(
                    "Recordings wait for space on the disk: %(number)d. They go on by themselves once there is some."
                )
                % {"number": waiting_for_disk}
            )
        return compose(
            to=person.email,
            subject=_("Recordings need your attention"),
            greeting=_("Hello %(name)s,") % {"name": person.name},
            paragraphs=paragraphs,
            link=settings.PUBLIC_URL + reverse("recorders"),
            link_text=_("Recorders"),
            closing=_("Nothing that was recorded is lost."),
        )
