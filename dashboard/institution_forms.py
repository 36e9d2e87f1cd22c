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
from classroom.models import Protection
from dashboard.forms import LineField
from dashboard.note_forms import HoursForm
from recordings.models import Look

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


def _number(name: str, label: Any) -> forms.IntegerField:
    """Left empty it stays as it was."""
    low, high = BOUNDS[name]
    return forms.IntegerField(label=label, min_value=low, max_value=high, required=False)


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
    late_minutes = _number("late_minutes", _("Late is who comes so many minutes after the beginning"))
    leave_minutes = _number("leave_minutes", _("Left early has who is gone so many minutes before the end"))
    absent_percent = _number(
        "absent_percent", _("Absent is who was inside for less of the lesson, in percent")
    )
    silent_minutes = _number(
        "silent_minutes",
        _("Not counted as active is whose page tells nothing for so many minutes, and who does nothing"),
    )
    guests_allowed = forms.BooleanField(
        label=_("Teachers may let guests in through the lobby"), required=False
    )
    guardians_may_watch = forms.BooleanField(
        label=_("Guardians may watch recordings of their child’s lessons"), required=False
    )
    unasked_are_recorded = forms.BooleanField(
        label=_("Pupils and guests about whom nobody has said anything may be in recordings"),
        help_text=_(
            "Otherwise pupils are kept out until somebody has said that they may be recorded, and guests until they "
            "have said so themselves at the door."
        ),
        required=False,
    )
    guardians_decide_recording = forms.BooleanField(
        label=_("Guardians decide on their own page whether their child may be in recordings"), required=False
    )
    recording_protection = forms.ChoiceField(
        label=_("Who may not be in recordings"),
        choices=Protection.choices,
        required=False,
        help_text=_("With Jitsi it is always the first: its recorder films the whole room."),
    )
    recording_look = forms.TypedChoiceField(
        label=_("Layout of recordings"), choices=Look, required=False, empty_value=Look.BESIDE.value
    )
    names_in_recordings = forms.BooleanField(
        label=_("Names are written below people in recordings"), required=False
    )
    title_card = forms.BooleanField(label=_("Recordings begin with the title of the lesson"), required=False)
    streams_begin_by_themselves = forms.BooleanField(
        label=_("Live streams begin by themselves when the bridges are full"),
        help_text=_(
            "Who then comes to a lesson watches its stream. Otherwise they come into the room, however full it is, "
            "and the teacher is told that a stream would help."
        ),
        required=False,
    )
    safeguarding_contact = forms.EmailField(
        label=_("E-mail address that reports from a lesson reach"),
        help_text=_(
            "Whoever is in a lesson can report a concern. The letter says only that there is one, and heads "
            "read it here; without an address it goes to all heads."
        ),
        required=False,
    )

    # How long recordings are kept is asked twice, on its own page; notes to families have one too.
    POLICY = tuple(
        name
        for name in Policy.__dataclass_fields__
        if name not in {"retention_days", "engagement_days", *HoursForm.base_fields}
    )
    institution: Institution

    @classmethod
    def of(cls, institution: Institution, data: Any = None) -> "SettingsForm":
        own = {name: getattr(institution, name) for name in ("name", "time_zone", "language", "languages")}
        form = cls(data, initial={**own, **read_policy(institution.policy).as_json()})
        form.institution = institution
        return form

    def clean_recording_protection(self) -> str:
        return self.cleaned_data["recording_protection"] or Protection.DEVICES.value

    def clean_week_begins(self) -> int:
        return self.cleaned_data["week_begins"] or 0

    def policy(self) -> Policy:
        chosen = {
            name: self.cleaned_data[name] for name in self.POLICY if self.cleaned_data[name] is not None
        }
        return replace(read_policy(self.institution.policy), **chosen)

    def own_fields(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name not in self.POLICY}


class LogoForm(forms.Form):
    picture = forms.FileField(
        label=_("Picture"),
        help_text=_(
            "PNG, JPEG or WebP, at most 2 MB. It stands in a corner of recordings and on their title."
        ),
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={"required": _("Choose a file.")},
    )


class NewInstitutionForm(forms.Form):
    name = LineField(label=_("Name"), max_length=200)
    slug = forms.SlugField(
        label=_("Short name"), max_length=60, help_text=_("Small letters, digits and hyphens; for addresses.")
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=lazy(_zones, list), initial="UTC")
    language = forms.ChoiceField(label=_("Main language"), choices=settings.LANGUAGES)
    head_name = LineField(label=_("Name of the first head"), max_length=200)
    head_email = forms.EmailField(label=_("E-mail address of the first head"), max_length=254)
