"""Thresholds, quiet hours, the words of notes, and how somebody wants to get them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from accounts.policy import read_policy
from attendance.actions import RuleWish
from attendance.models import Every, Measure, NoteRule, NoteWay
from attendance.models.notes import LONGEST_SUBJECT, LONGEST_TEXT
from attendance.thresholds import LIMITS, USUAL
from attendance.wording import PLACES, unknown_places

LIMIT_LABELS = {
    Measure.ABSENCE: _("Who has missed so many lessons"),
    Measure.LATENESS: _("Who came late so many times"),
    Measure.ACTIVITY: _("Who was active for less of the time, in percent"),
    Measure.TREND: _("Of whom the watch-list has so many signs"),
}


class RuleForm(forms.Form):
    is_on = forms.BooleanField(label=_("Write a note"), required=False)
    limit = forms.IntegerField(widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
    every = forms.ChoiceField(label=_("In a"), choices=Every)
    to_guardian = forms.BooleanField(label=_("To their guardians"), required=False)
    to_student = forms.BooleanField(label=_("To the student"), required=False)

    def __init__(self, measure: Measure, rule: NoteRule | None, data: Any = None) -> None:
        own = rule or NoteRule(measure=measure, limit=USUAL[measure])
        initial = {name: getattr(own, name) for name in ("limit", "every", "to_guardian", "to_student")}
        super().__init__(data, prefix=measure, initial=initial | {"is_on": own.on_since is not None})
        self.measure = measure
        low, high = LIMITS[measure]
        self.fields["limit"] = forms.IntegerField(
            label=LIMIT_LABELS[measure], min_value=low, max_value=high, widget=self.fields["limit"].widget
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_on") and not (cleaned.get("to_guardian") or cleaned.get("to_student")):
            self.add_error("to_guardian", _("Choose whom the note is for."))
        return cleaned

    def wish(self) -> RuleWish:
        return RuleWish(**self.cleaned_data)


class HoursForm(forms.Form):
    quiet_from_hour = forms.IntegerField(label=_("No notes from this hour"), min_value=0, max_value=23)
    quiet_until_hour = forms.IntegerField(label=_("Until this hour"), min_value=0, max_value=23)
    notes_unasked = forms.BooleanField(
        label=_("Also write to those who have not chosen how they want notes"),
        help_text=_("Without this, only those get notes who have asked for them on their own page."),
        required=False,
    )

    def __init__(self, institution: Institution, data: Any = None) -> None:
        super().__init__(data, initial=read_policy(institution.policy).as_json())
        for name in ("quiet_from_hour", "quiet_until_hour"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"


class WordsForm(forms.Form):
    """In any language, read by somebody whose page is in another one."""

    subject = forms.CharField(
        label=_("Subject"),
        max_length=LONGEST_SUBJECT,
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("subject", "text"):
            unknown = unknown_places(cleaned.get(name, ""))
            if unknown:
                said = {"found": " ".join(unknown), "places": " ".join(f"{{{one}}}" for one in PLACES)}
                self.add_error(name, _("%(found)s means nothing here. Use %(places)s.") % said)
        if bool(cleaned.get("subject", "").strip()) != bool(cleaned.get("text", "").strip()):
            self.add_error(None, _("Write a subject and a text, or neither: then our own words are used."))
        return cleaned


class WishForm(forms.Form):
    way = forms.ChoiceField(
        label=_("How notes about attendance reach me"), choices=NoteWay, widget=forms.RadioSelect
    )
