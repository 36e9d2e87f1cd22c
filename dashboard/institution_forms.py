"""Institutions and what they decide for themselves."""

from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from accounts.policy import BOUNDS, Policy, read_policy
from dashboard.forms import LineField

WEEK_BEGINS = (
    (0, _("As usual in the country of the time zone")),
    *((day, WEEKDAYS[day - 1]) for day in (1, 6, 7)),
)


def _zones() -> list[tuple[str, str]]:
    return [
        (zone, zone.replace("_", " "))
        for zone in sorted(available_timezones())
        if "/" in zone or zone == "UTC"
    ]


class SettingsForm(forms.Form):
    """Name, zone and languages, and the keys of the policy under their own names.

    Not how long recordings are kept: fewer days delete, and the page for that asks twice.
    """

    name = LineField(label=_("Name"), max_length=200)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=lazy(_zones, list))
    language = forms.ChoiceField(label=_("Main language"), choices=settings.LANGUAGES)
    languages = forms.MultipleChoiceField(
        label=_("Also spoken here"),
        choices=settings.LANGUAGES,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    doors_open_minutes = forms.IntegerField(
        label=_("Doors open so many minutes before a lesson"),
        min_value=BOUNDS["doors_open_minutes"][0],
        max_value=BOUNDS["doors_open_minutes"][1],
    )
    week_begins = forms.TypedChoiceField(
        label=_("A week begins on"), choices=WEEK_BEGINS, coerce=int, required=False
    )
    guests_allowed = forms.BooleanField(
        label=_("Teachers may let guests in through the lobby"), required=False
    )
    guardians_may_watch = forms.BooleanField(
        label=_("Guardians may watch recordings of their child’s lessons"), required=False
    )
    safeguarding_contact = forms.EmailField(
        label=_("E-mail address that reports from a lesson reach"),
        help_text=_(
            "Whoever is in a lesson can report a concern. The letter says only that there is one, and heads "
            "read it here; without an address it goes to all heads."
        ),
        required=False,
    )

    # How long recordings are kept is asked twice, on its own page; of raw activity nothing is kept as yet.
    POLICY = tuple(
        name for name in Policy.__dataclass_fields__ if name not in {"retention_days", "engagement_days"}
    )
    institution: Institution

    @classmethod
    def of(cls, institution: Institution, data: Any = None) -> "SettingsForm":
        own = {name: getattr(institution, name) for name in ("name", "time_zone", "language", "languages")}
        form = cls(data, initial={**own, **read_policy(institution.policy).as_json()})
        form.institution = institution
        return form

    def clean_week_begins(self) -> int:
        return self.cleaned_data["week_begins"] or 0

    def policy(self) -> Policy:
        chosen = {name: self.cleaned_data[name] for name in self.POLICY}
        return replace(read_policy(self.institution.policy), **chosen)

    def own_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.POLICY}


class NewInstitutionForm(forms.Form):
    name = LineField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"), max_length=60, help_text=_("Small letters, digits and hyphens; for addresses.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=lazy(_zones, list), initial="UTC")
    language = forms.ChoiceField(label=_("Main language"), choices=settings.LANGUAGES)
    head_name = LineField(label=_("Name of the first head"), max_length=200)
    head_email = forms.EmailField(label=_("E-mail address of the first head"), max_length=254)
