"""An edit or a cancellation, of one lesson or of more of its series."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.actions import MOST_SEATS
from classroom.conflicts import Conflicts, Proposal, find_conflicts
from classroom.models import Lesson
from classroom.queries import possible_substitutes
from classroom.recurrence import Edge
from classroom.timetable import LessonChanges, PlannedEdit, Scope, plan_edit, reached_lessons
from common.refusals import Refused
from dashboard.forms import LineField
from dashboard.timetable_forms.fields import (
    GAP,
    LENGTHS,
    SCOPES,
    blame,
    check_day,
    continues_field,
    day_field,
    time_field,
)


class LessonEditForm(forms.Form):
    """A lesson, and how far the change reaches. `planned` and `changes` are there once it is valid."""

    title = LineField(label=_("Title"), max_length=200)
    day = day_field(_("Day"))
    time = time_field()
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
        return check_day(self.cleaned_data["day"]) if "day" in self.changed_data else self.cleaned_data["day"]

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
