"""Forms of the timetable: a lesson or a series, an edit, a cancellation, a holiday."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS as WEEKDAY_NAMES
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, Person
from accounts.queries import institutions_of, week_begins
from classroom.actions import MOST_SEATS
from classroom.conflicts import Conflicts, Proposal, find_conflicts
from classroom.models import Course, Holiday, Lesson
from classroom.queries import courses_scheduled_by, possible_substitutes
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
from classroom.timetable import (
    GRACE,
    LessonChanges,
    PlannedEdit,
    Scope,
    holidays_of,
    plan_edit,
    plan_series,
    reached_lessons,
)
from common.refusals import Refused
from dashboard.forms import LineField

LENGTHS = (30, 45, 60, 90, 120)
REPEATS = [
    ("", _("Does not repeat")),
    ("DAILY", _("Every day")),
    ("WEEKLY", _("Every week")),
    ("MONTHLY", _("Every month, on the same date")),
    ("MONTHLY_WEEKDAY", _("Every month, on the same weekday")),
]
SCOPES = [
    (Scope.THIS.value, _("Only this lesson")),
    (Scope.FOLLOWING.value, _("This and the following lessons")),
    (Scope.ALL.value, _("All lessons of the series that have not begun")),
]
FARTHEST = timedelta(days=3 * 366)
# Which field is to blame, and what to do about it.
SENTENCES: dict[str, tuple[str | None, Promise]] = {
    "in_the_past": ("day", _("This is in the past. Choose a later day or time.")),
    "too_many": ("times", _("A series has 200 lessons at most. Choose fewer, or an earlier last day.")),
    "too_long": ("until", _("A series lasts two years at most. Choose an earlier last day, or fewer times.")),
    "no_occurrences": ("until", _("There is no such day before the end. Choose other days or a later end.")),
    "only_holidays": ("day", _("The school is closed on all of these days.")),
    "bad_length": ("minutes", _("A lesson lasts twelve hours at most.")),
    "key_taken": (None, _("This form was used already. Open it again.")),
    "day_of_one": (
        "day",
        _(
            "Only a single lesson can move to another day. Choose “Only this lesson”, or schedule a new series."
        ),
    ),
    "not_a_substitute": ("substitute", _("This person does not teach at this school any more.")),
    "lesson_begun": (None, _("This lesson has begun or is over; it stays as it is.")),
    "no_series": ("scope", _("This lesson is not part of a series.")),
    "somebody_was_first": (None, _("Somebody else changed this at the same moment. Look at it again.")),
    "ends_before_start": ("last_on", _("The last day is before the first.")),
    "too_long_holiday": ("last_on", _("A holiday lasts a year at most.")),
}
GAP = _("This time does not exist on that day: the clocks go forward. Choose another.")


class KeyField(forms.UUIDField):
    """The key that makes a form sent twice one act. A garbled one protects from nothing, and is none."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> UUID | None:  # type: ignore[override]  # the stubs' UUIDField yields text
        try:
            key: Any = super().to_python(value)
        except forms.ValidationError:
            return None
        return key if isinstance(key, UUID) else None


def blame(form: forms.Form, refused: Refused) -> None:
    """The refusal as a sentence at its field."""
    field, sentence = SENTENCES.get(refused.code, (None, _("That did not work.")))
    form.add_error(field if field in form.fields else None, str(sentence))


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


def continues_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Continue the board of the last lesson"),
        required=False,
        help_text=_("When the lesson opens, the pages of the course’s last board are copied to its own."),
    )


def _time_field() -> forms.TimeField:
    return forms.TimeField(label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


def _check_day(day: date) -> date:
    """Far ends of the calendar overflow in some zone, and nobody plans for them."""
    today = timezone.localdate()
    if day < today - timedelta(days=1):
        raise forms.ValidationError(_("This is in the past. Choose a later day or time."))
    if day > today + FARTHEST:
        raise forms.ValidationError(_("This is too far ahead. Choose an earlier day."))
    return day


class ScheduleForm(forms.Form):
    """One lesson or a series. `plan` and `zone` are there once it is valid; nothing is saved here."""

    course = forms.ModelChoiceField(Course.objects.none(), label=_("Course"))
    title = LineField(label=_("Title"), max_length=200)
    day = day_field(_("Day"))
    time = _time_field()
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
        return _check_day(self.cleaned_data["day"])

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


class LessonEditForm(forms.Form):
    """A lesson, and how far the change reaches. `planned` and `changes` are there once it is valid."""

    title = LineField(label=_("Title"), max_length=200)
    day = day_field(_("Day"))
    time = _time_field()
    minutes = forms.TypedChoiceField(label=_("Minutes"), coerce=int)
    substitute = forms.ModelChoiceField(
        Person.objects.none(), label=_("Substitute"), required=False, empty_label=_("Nobody stands in")
    )
    is_streamed = forms.BooleanField(label=_("Show this lesson as a live stream too"), required=False)
    room_seats = forms.IntegerField(
        label=_("Seats in the room"), required=False, min_value=0, max_value=MOST_SEATS
    )
    continues_board = continues_field()
    scope = forms.ChoiceField(
        label=_("What should change?"), choices=SCOPES, widget=forms.RadioSelect, initial=Scope.THIS.value
    )

    planned: list[PlannedEdit]
    changes: LessonChanges

    def __init__(self, lesson: Lesson, person: Person, *args: Any, **kwargs: Any) -> None:
        self.lesson, self.person = lesson, person
        local = lesson.starts_at.astimezone(lesson.zone)
        minutes = round((lesson.ends_at - lesson.starts_at).total_seconds() / 60)
        kwargs["initial"] = {
            "title": lesson.title,
            "day": local.date(),
            "time": local.time(),
            "minutes": minutes,
            "substitute": lesson.substitute_id,
            "is_streamed": lesson.is_streamed,
            "room_seats": lesson.room_seats,
            "continues_board": lesson.continues_board,
        }
        super().__init__(*args, **kwargs)
        lengths = sorted({*LENGTHS, minutes})
        self.fields["minutes"].choices = [(one, str(one)) for one in lengths]  # type: ignore[attr-defined]
        self.fields["substitute"].queryset = possible_substitutes(lesson.institution)  # type: ignore[attr-defined]
        if lesson.series_id is None:
            del self.fields["scope"]

    STREAM = ("is_streamed", "room_seats")

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [one for one in self if one.name not in {"scope", "continues_board", *self.STREAM}]

    @property
    def stream_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.STREAM]

    @property
    def has_stream(self) -> bool:
        """Whether there is something about a stream to be seen."""
        return any(one.errors or one.value() for one in self.stream_fields)

    @property
    def reach(self) -> Scope:
        return Scope(self.cleaned_data.get("scope") or Scope.THIS)

    def clean_day(self) -> date:
        return (
            _check_day(self.cleaned_data["day"]) if "day" in self.changed_data else self.cleaned_data["day"]
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self._make_plan(cleaned)
        return cleaned

    def _make_plan(self, cleaned: dict[str, Any]) -> None:
        """Only what was touched is passed on: a wider change must not carry this lesson's own values along."""
        touched = set(self.changed_data)
        self.changes = LessonChanges(
            title=cleaned["title"] if "title" in touched else None,
            on=cleaned["day"] if "day" in touched else None,
            at=cleaned["time"] if "time" in touched else None,
            seconds=cleaned["minutes"] * 60 if "minutes" in touched else None,
            substitute=cleaned.get("substitute"),
            changes_substitute="substitute" in touched,
            is_streamed=cleaned["is_streamed"] if "is_streamed" in touched else None,
            room_seats=cleaned.get("room_seats"),
            changes_seats="room_seats" in touched,
            continues_board=cleaned["continues_board"] if "continues_board" in touched else None,
        )
        now = timezone.now()
        try:
            reached = list(reached_lessons(self.lesson, self.reach, now).select_related("institution"))
            self.planned = plan_edit(self.lesson, reached, self.changes, scope=self.reach, now=now)
        except Refused as refused:
            blame(self, refused)
            return
        if self.reach == Scope.THIS and any(one.edge == Edge.GAP for one in self.planned):
            self.add_error("time", GAP)

    def find_conflicts(self) -> list[Conflicts]:
        """Of each planned edit, in order."""
        return find_conflicts(
            course=self.lesson.course,
            proposals=[Proposal(one.interval, one.substitute_id) for one in self.planned],
            by=self.person,
            ignoring=[one.lesson.pk for one in self.planned],
        )

    @property
    def moves(self) -> bool:
        """Whether times or people change, so that others may be in the way."""
        return any(one.changed.keys() & {"starts_at", "ends_at", "substitute_id"} for one in self.planned)


class CancelForm(forms.Form):
    reason = LineField(
        label=_("Reason"),
        max_length=300,
        required=False,
        help_text=_("Everybody who sees the lesson sees it. It may stay empty."),
    )
    scope = forms.ChoiceField(
        label=_("What should be cancelled?"),
        choices=SCOPES,
        widget=forms.RadioSelect,
        initial=Scope.THIS.value,
    )

    def __init__(self, lesson: Lesson, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if lesson.series_id is None:
            del self.fields["scope"]

    @property
    def reach(self) -> Scope:
        return Scope(self.cleaned_data.get("scope") or Scope.THIS)


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
            self._check_days(cleaned["first_on"], cleaned["last_on"])
        return cleaned

    def _check_days(self, first_on: date, last_on: date) -> None:
        if not 1970 <= first_on.year <= 2200:
            self.add_error("first_on", _("Choose a day of this century."))
        elif last_on < first_on:
            blame(self, Refused("ends_before_start"))
        elif (last_on - first_on).days >= 366:
            blame(self, Refused("too_long_holiday"))
