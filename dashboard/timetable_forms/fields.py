"""What the forms of the timetable share: fields, and refusals as sentences."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classroom.timetable import Scope
from common.refusals import Refused

LENGTHS = (30, 45, 60, 90, 120)
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


def time_field() -> forms.TimeField:
    return forms.TimeField(label=_("Time"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


def continues_field() -> forms.BooleanField:
    return forms.BooleanField(
        label=_("Continue the board of the last lesson"),
        required=False,
        help_text=_("When the lesson opens, the pages of the course’s last board are copied to its own."),
    )


def check_day(day: date) -> date:
    """Far ends of the calendar overflow in some zone, and nobody plans for them."""
    today = timezone.localdate()
    if day < today - timedelta(days=1):
        raise forms.ValidationError(_("This is in the past. Choose a later day or time."))
    if day > today + FARTHEST:
        raise forms.ValidationError(_("This is too far ahead. Choose an earlier day."))
    return day
