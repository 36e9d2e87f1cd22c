"""Forms and cards of a lesson's doors: who waits, which links there are, when they open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, Person, RecordingAnswer
from classroom import rules
from classroom.actions.guests import LONGEST_NAME, tidy_name
from classroom.models import (
    LONGEST_DOORS_OPEN_MINUTES,
    STAFF,
    GuestLink,
    Knock,
    KnockState,
    Lesson,
    Lobby,
    Protection,
    doors_open_minutes_of,
)
from classroom.protection import asks_guests, can_leave_people_out, protection_of, who_may_be
from classroom.queries import standing_in, waiting_at
from common.refusals import Refused
from dashboard.forms import LineField

LINKS_SHOWN = 30
UNTIL_AFTER, UNTIL_START = "after", "start"


@dataclass(frozen=True, slots=True)
class LinkRow:
    """`state` is open, full, expired or revoked; `uses` counts everybody who ever came in through it."""

    id: UUID
    label: str
    created_by: str
    uses: int
    max_guests: int
    runs_out_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class DoorCard:
    """What staff sees of the doors on the page of a lesson."""

    # Beside each the name of a pupil who must not be recorded and whom they may be, or nothing.
    waiting: list[tuple[Knock, str]]
    inside: list[Knock]
    links: list[LinkRow]
    is_over: bool
    may_prepare: bool


def door_card(person: Person, lesson: Lesson, *, now: datetime) -> DoorCard | None:
    standing = standing_in(person, lesson)
    if not rules.may_decide_at_the_door(standing):
        return None
    waiting = [] if lesson.is_over else waiting_at(lesson)
    names = who_may_be(waiting)
    inside = Knock.objects.filter(lesson=lesson, state=KnockState.ADMITTED, link__isnull=False)
    return DoorCard(
        waiting=[(knock, names.get(knock.pk, "")) for knock in waiting],
        inside=[] if lesson.is_over else list(inside.order_by("decided_at")),
        links=link_rows(lesson, now=now),
        is_over=lesson.is_over,
        may_prepare=standing in STAFF and not lesson.is_over and now < lesson.doors_open_at,
    )


def link_rows(lesson: Lesson, *, now: datetime) -> list[LinkRow]:
    """The newest first, those that still open something before the others."""
    links = GuestLink.objects.filter(lesson=lesson).select_related("created_by", "lesson__institution")
    counted = links.annotate(
        uses=Count("knocks", filter=Q(knocks__person__isnull=False)),
        inside=Count("knocks", filter=Q(knocks__state=KnockState.ADMITTED)),
    )
    rows = [_link_row(link, now) for link in counted.order_by("-created_at")[:LINKS_SHOWN]]
    return sorted(rows, key=lambda row: row.state in {"expired", "revoked"})


def _link_row(link: Any, now: datetime) -> LinkRow:
    state = "open" if link.inside < link.max_guests else "full"
    if link.revoked_at:
        state = "revoked"
    elif not link.is_open_at(now):
        state = "expired"
    return LinkRow(
        link.pk, link.label, link.created_by.name, link.uses, link.max_guests, link.runs_out_at, state
    )


class AnswerForm(forms.Form):
    """What a guest says about the recording, where the door asks. Nothing is chosen beforehand."""

    recording = forms.ChoiceField(
        label=_("This lesson is recorded. May you be seen and heard in the recording?"),
        help_text=_("If you are a child, ask an adult first."),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose yes or no."), "invalid_choice": _("Choose yes or no.")},
    )

    def __init__(self, lesson: Lesson, data: Any = None, initial: dict[str, str] | None = None) -> None:
        super().__init__(data, initial=initial)
        if not asks_guests(lesson):
            del self.fields["recording"]
            return
        recording: Any = self.fields["recording"]
        recording.choices = [
            (RecordingAnswer.GIVEN, _("Yes, I may")),
            (RecordingAnswer.REFUSED, REFUSALS[protection_of(lesson)]),
        ]

    @property
    def answer(self) -> RecordingAnswer | None:
        """None where the door does not ask."""
        said = self.cleaned_data.get("recording")
        return RecordingAnswer(said) if said else None


REFUSALS = {
    Protection.DEVICES: _("No, I only watch and write"),
    Protection.LAYOUT: _("No, leave me out of it"),
}


class GuestForm(AnswerForm):
    """How a guest wants to be called, and what they say about the recording."""

    field_order = ("name", "recording")
    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"maxlength": LONGEST_NAME, "autocomplete": "name", "dir": "auto"}),
    )

    def clean_name(self) -> str:
        try:
            return tidy_name(self.cleaned_data["name"])
        except Refused as refusal:
            raise forms.ValidationError(NAME_TROUBLES[refusal.code]) from refusal


NAME_TROUBLES = {
    "name_missing": _("Please write your name with letters."),
    "name_too_long": _("Please write a shorter name, at most 60 letters."),
}


class LinkForm(forms.Form):
    """A new guest link; everything has a default, so that one press makes one."""

    label = LineField(label=_("For whom (only staff sees this)"), max_length=80, required=False)
    max_guests = forms.IntegerField(label=_("How many guests"), min_value=1, max_value=100, initial=10)
    until = forms.ChoiceField(
        label=_("Works until"),
        choices=[
            (UNTIL_AFTER, _("15 minutes after the lesson")),
            (UNTIL_START, _("the lesson starts")),
        ],
        required=False,
    )

    def expires_at(self, lesson: Lesson) -> datetime | None:
        return lesson.starts_at if self.cleaned_data["until"] == UNTIL_START else None


class DoorsForm(forms.Form):
    """An empty number of minutes means the habit of the school."""

    lobby = forms.ChoiceField(label=_("Lobby"), choices=Lobby.choices, widget=forms.RadioSelect)
    doors_open_minutes = forms.IntegerField(
        label=_("Doors open, minutes before the start"),
        min_value=0,
        max_value=LONGEST_DOORS_OPEN_MINUTES,
        required=False,
    )
    protection = forms.ChoiceField(
        label=_("Who may not be in recordings"),
        choices=[("", _("As the school does")), *Protection.choices],
        required=False,
    )

    def __init__(self, lesson: Lesson, data: Any = None) -> None:
        habit = doors_open_minutes_of(lesson.institution)
        known = ("lobby", "doors_open_minutes", "protection")
        super().__init__(data, initial={name: getattr(lesson, name) for name in known})
        if not can_leave_people_out():
            self.fields["protection"].disabled = True
            self.fields["protection"].help_text = _(
                "They take part without camera and microphone: the recorder films the whole room, so nothing else is safe."
            )
        self.fields["doors_open_minutes"].widget.attrs["placeholder"] = str(habit)


class MeetingForm(forms.Form):
    """A meeting that starts now; the school is asked for only where there are several."""

    title = LineField(label=_("Title (if you like)"), max_length=200, required=False)
    institution = forms.ModelChoiceField(Institution.objects.none(), label=_("School"), empty_label=None)

    def __init__(self, schools: Any, data: Any = None) -> None:
        super().__init__(data)
        field: Any = self.fields["institution"]
        field.queryset = schools
        if len(schools) < 2:
            field.widget, field.required = forms.HiddenInput(), False
            self.only = schools[0] if schools else None

    def clean_institution(self) -> Institution | None:
        chosen: Institution | None = self.cleaned_data["institution"]
        return chosen or getattr(self, "only", None)
