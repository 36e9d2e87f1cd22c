"""How a school meets the shared bridges, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classroom.models import Front
from common.refusals import Refused


class FrontForm(forms.Form):
    """All fields may stay empty; what they may hold is the action's to say."""

    domain = forms.CharField(
        label=_("Jitsi’s name for this school"),
        required=False,
        max_length=253,
        help_text=_(
            "A host such as meet.school.example that leads to the same Jitsi; empty for the common one."
        ),
    )
    name = forms.CharField(label=_("Name in the room"), required=False, max_length=60)
    colour = forms.CharField(
        label=_("Colour"),
        required=False,
        max_length=7,
        help_text=_("As in #2b3e86; dark, because text on it is white."),
    )
    logo_url = forms.CharField(
        label=_("Address of the logo"),
        required=False,
        max_length=500,
        help_text=_("A picture that everybody may fetch, by https."),
    )
    region = forms.CharField(
        label=_("Region of its people"),
        required=False,
        max_length=60,
        help_text=_("The region of the bridges nearest to them; empty for the school’s own."),
    )

    TROUBLES = {
        "bad_domain": (
            "domain",
            _("This is not the name of a host. Leave out https:// and everything behind the name."),
        ),
        "domain_taken": ("domain", _("Another school has this name.")),
        "bad_colour": ("colour", _("Write the colour as # and six digits or letters from a to f.")),
        "bad_logo": ("logo_url", _("This is no https address of a picture.")),
        "bad_region": ("region", _("A region is written with small letters, digits and hyphens.")),
    }

    @classmethod
    def of(cls, front: Front, data: Any = None) -> "FrontForm":
        return cls(data, initial={name: getattr(front, name) for name in cls.base_fields})

    def say(self, refusal: Refused) -> None:
        field, sentence = self.TROUBLES[refusal.code]
        self.add_error(field, sentence)
