"""A holiday of the school."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution
from classroom.models import Holiday
from common.refusals import Refused
from dashboard.forms import LineField
from dashboard.timetable_forms.fields import KeyField, blame, day_field


class HolidayForm(forms.Form):
    """`institution` is asked for only when the person heads several."""

    institution = forms.ModelChoiceField(Institution.objects.none(), label=_("School"))
    name = LineField(label=_("Name"), max_length=120)
    first_on = day_field(_("First day"))
    last_on = day_field(_("Last day"))
    key = KeyField(required=False)

    def __init__(
        self, schools: QuerySet[Institution], holiday: Holiday | None, *args: Any, **kwargs: Any
    ) -> None:
        if holiday:
            kwargs["initial"] = {name: getattr(holiday, name) for name in ("name", "first_on", "last_on")}
        super().__init__(*args, **kwargs)
        self.schools = list(schools[:2])
        if holiday or len(self.schools) == 1:
            del self.fields["institution"]
        else:
            self.fields["institution"].queryset = schools  # type: ignore[attr-defined]

    @property
    def school(self) -> Institution:
        chosen: Institution = self.cleaned_data.get("institution") or self.schools[0]
        return chosen

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"first_on", "last_on"} <= cleaned.keys():
            self.check_days(cleaned["first_on"], cleaned["last_on"])
        return cleaned

    def check_days(self, first_on: date, last_on: date) -> None:
        if not 1970 <= first_on.year <= 2200:
            self.add_error("first_on", _("Choose a day of this century."))
        elif last_on < first_on:
            blame(self, Refused("ends_before_start"))
        elif (last_on - first_on).days >= 366:
            blame(self, Refused("too_long_holiday"))
