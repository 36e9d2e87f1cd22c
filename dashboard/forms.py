"""Forms keep what was typed and name the field that is wrong."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Role
from accounts.queries import active_memberships
from classroom.models import STAFF, Course, Enrolment

LENGTHS = [(30, "30"), (45, "45"), (60, "60"), (90, "90"), (120, "120")]


def courses_to_schedule(person: Person) -> QuerySet[Course]:
    """Courses in which `person` may schedule lessons: `may_schedule` for all of them in one question."""
    active = active_memberships(person)
    headed = active.filter(role=Role.HEAD).values("institution")
    taught = Enrolment.objects.filter(
        person=person,
        is_active=True,
        standing__in=STAFF,
        course__institution__in=active.filter(role=Role.TEACHER).values("institution"),
    )
    mine = Q(institution__in=headed) | Q(pk__in=taught.values("course"))
    return Course.objects.filter(mine).select_related("institution").order_by("title")


class SignInForm(AuthenticationForm):
    """Django's own sentence would name the field `email`, in English."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("User name and password do not fit together. Please try again.")
    }


class LessonForm(forms.Form):
    """One lesson; times are in the institution's time zone."""

    course = forms.ModelChoiceField(Course.objects.none(), label=_("Course"))
    title = forms.CharField(label=_("Title"), max_length=200)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
    time = forms.TimeField(label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}))
    minutes = forms.TypedChoiceField(label=_("Minutes"), choices=LENGTHS, coerce=int, initial=60)

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].queryset = courses_to_schedule(person)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"course", "day", "time"} <= cleaned.keys():
            zone = ZoneInfo(cleaned["course"].institution.time_zone)
            self._find_start(cleaned, zone)
        return cleaned

    def _find_start(self, cleaned: dict[str, Any], zone: ZoneInfo) -> None:
        naive = datetime.combine(cleaned["day"], cleaned["time"])
        start = naive.replace(tzinfo=zone)
        if start.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != naive:
            self.add_error(
                "time", _("This time does not exist on that day: the clocks go forward. Choose another.")
            )
        elif start < timezone.now() - timedelta(minutes=5):
            self.add_error("day", _("This is in the past. Choose a later day or time."))
        cleaned["starts_at"] = start
        cleaned["ends_at"] = start + timedelta(minutes=cleaned.get("minutes") or 60)
