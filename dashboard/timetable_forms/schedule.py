"""A lesson or a series."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from accounts.queries import institutions_of, week_begins
from classroom.actions import MOST_SEATS
from classroom.conflicts import Conflicts, Proposal, find_conflicts
from classroom.models import Course, Lesson
from classroom.queries import courses_scheduled_by
from classroom.recurrence import (
    MOST_OCCURRENCES,
    WEEKDAYS,
    BadRule,
    Edge,
    Expansion,
    Occurrence,
    Rule,
    place,
    zone_of,
)
from classroom.timetable import GRACE, holidays_of, plan_series
from common.refusals import Refused
from dashboard.forms import LineField
from dashboard.timetable_forms.fields import (
    GAP,
    LENGTHS,
    KeyField,
    blame,
    check_day,
    continues_field,
    day_field,
    time_field,
)

REPEATS = [
    ("", _("Does not repeat")),
    ("DAILY", _("Every day")),
    ("WEEKLY", _("Every week")),
    ("MONTHLY", _("Every month, on the same date")),
    ("MONTHLY_WEEKDAY", _("Every month, on the same weekday")),
]


class ScheduleForm(forms.Form):
    """One lesson or a series. `plan` and `zone` are there once it is valid; nothing is saved here."""

    course = forms.ModelChoiceField(Course.objects.none(), label=_("Course"))
    title = LineField(label=_("Title"), max_length=200)
    day = day_field(_("Day"))
    time = time_field()
    minutes = forms.TypedChoiceField(
        label=_("Minutes"), choices=[(one, str(one)) for one in LENGTHS], coerce=int, initial=60
    )
    repeats = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, required=False)
    every = forms.IntegerField(
        label=_("Every how many days, weeks or months"), min_value=1, max_value=12, required=False
    )
    weekdays = forms.MultipleChoiceField(
        label=_("On these weekdays"), required=False, widget=forms.CheckboxSelectMultiple
    )
    times = forms.IntegerField(
        label=_("How many times"), min_value=1, max_value=MOST_OCCURRENCES, required=False
    )
    until = day_field(_("Or until this day"), required=False)
    time_zone = forms.CharField(label=_("Time zone"), max_length=64, required=False)
    continues_board = continues_field()
    is_streamed = forms.BooleanField(label=_("Show this lesson as a live stream too"), required=False)
    room_seats = forms.IntegerField(
        label=_("Seats in the room"), required=False, min_value=0, max_value=MOST_SEATS
    )
    key = KeyField(required=False)

    plan: Expansion
    zone: ZoneInfo
    rule: Rule | None

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["course"].queryset = courses_scheduled_by(person)  # type: ignore[attr-defined]
        first = week_begins(institutions_of(person).first()) - 1
        order = [(first + number) % 7 for number in range(7)]
        self.fields["weekdays"].choices = [(WEEKDAYS[day], WEEKDAY_NAMES[day]) for day in order]  # type: ignore[attr-defined]

    def clean_day(self) -> date:
        return check_day(self.cleaned_data["day"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"course", "day", "time", "minutes"} <= cleaned.keys() and self._find_zone(cleaned):
            self.rule = self._make_rule(cleaned)
            if not self.errors:
                self._make_plan(cleaned)
        return cleaned

    def _find_zone(self, cleaned: dict[str, Any]) -> bool:
        try:
            self.zone = zone_of(cleaned.get("time_zone") or cleaned["course"].institution.time_zone)
        except BadRule:
            self.add_error("time_zone", _("There is no such zone. Write it like Africa/Nairobi."))
            return False
        return True

    def _make_rule(self, cleaned: dict[str, Any]) -> Rule | None:
        repeats, times, until = (cleaned.get(name) for name in ("repeats", "times", "until"))
        if not repeats:
            return None
        if not self.errors and bool(times) == bool(until):
            self.add_error("times", _("Say how many times, or until which day: one of the two."))
            return None
        by_day: tuple[str, ...] = ()
        if repeats == "WEEKLY":
            by_day = tuple(day for day in WEEKDAYS if day in cleaned.get("weekdays", ()))
        if repeats == "MONTHLY_WEEKDAY":
            number = (cleaned["day"].day - 1) // 7 + 1
            by_day = (f"{number if number < 5 else -1}{WEEKDAYS[cleaned['day'].weekday()]}",)
        return Rule(
            repeats.partition("_")[0], cleaned.get("every") or 1, by_day, times or None, until or None
        )

    def _make_plan(self, cleaned: dict[str, Any]) -> None:
        now, seconds = timezone.now(), cleaned["minutes"] * 60
        if self.rule is None:
            self.plan = self._plan_one(cleaned, seconds, now)
            return
        try:
            self.plan = plan_series(
                institution=cleaned["course"].institution,
                rule=self.rule,
                first_on=cleaned["day"],
                at=cleaned["time"],
                seconds=seconds,
                zone=self.zone,
                now=now,
            )
        except Refused as refused:
            blame(self, refused)

    def _plan_one(self, cleaned: dict[str, Any], seconds: int, now: datetime) -> Expansion:
        """A single lesson may lie on a holiday, if somebody wants it there; not in a gap."""
        day = cleaned["day"]
        starts_at, edge = place(datetime.combine(day, cleaned["time"]), self.zone)
        if edge == Edge.GAP:
            self.add_error("time", GAP)
        elif starts_at < now - GRACE:
            blame(self, Refused("in_the_past"))
        holiday = holidays_of(cleaned["course"].institution, day, day).get(day, "")
        ends_at = starts_at + timedelta(seconds=seconds)
        return Expansion(kept=(Occurrence(day, starts_at, ends_at, edge, holiday),), skipped=())

    def find_conflicts(self) -> list[Conflicts]:
        """What the plan runs into; what the same form made a moment ago is not in its own way."""
        key = self.cleaned_data.get("key")
        made = Lesson.objects.filter(Q(pk=key) | Q(series=key)) if key else Lesson.objects.none()
        return find_conflicts(
            course=self.cleaned_data["course"],
            proposals=[Proposal(one.interval) for one in self.plan.kept],
            by=self.person,
            ignoring=list(made.values_list("pk", flat=True)),
        )
