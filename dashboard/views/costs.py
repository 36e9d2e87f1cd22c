"""What a month of this timetable costs on machines of one's own, beside services that count minutes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from classroom.capacity import BridgeSizes
from classroom.queries import learn_habits, meetings_between
from dashboard.costs import (
    RECORDER_OVERHEAD,
    Line,
    Prices,
    Usage,
    hosted_lines,
    own_lines,
    total_of,
    usage_of,
)
from dashboard.desks import PLATFORM, Desk
from dashboard.doors import person_of
from recordings.models import Recording
from recordings.rules import may_read_fleet

GIGABYTE = 10**9
LABELS = {
    "bridges": _("Bridge hours"),
    "recorders": _("Recorder hours"),
    "egress": _("Gigabytes sent to people"),
    "storage": _("Gigabytes of recordings, kept for a month"),
    "hosted_people": _("Minutes of people in lessons"),
    "hosted_recording": _("Minutes recorded"),
}


def _price(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=Decimal(0), max_digits=10, decimal_places=5)


class CostForm(forms.Form):
    """A month as 2026-11, and what one unit costs."""

    month = forms.RegexField(
        r"^20\d\d-(0[1-9]|1[0-2])$",
        label=_("Month"),
        error_messages={"invalid": _("Write the month like 2026-11.")},
        widget=forms.TextInput(attrs={"type": "month"}),
    )
    bridge_hour = _price(_("Hour of a bridge (8 processors)"))
    recorder_hour = _price(_("Hour of a recorder (4 processors)"))
    egress_gb = _price(_("Gigabyte sent"))
    storage_gb_month = _price(_("Gigabyte kept for a month"))
    hosted_person_minute = _price(_("Hosted: minute of one person"))
    hosted_recording_minute = _price(_("Hosted: minute recorded"))
    mbits_per_person = forms.FloatField(label=_("Mbit/s to each person"), min_value=0.05, max_value=20)
    gb_an_hour = forms.FloatField(label=_("Gigabytes of video an hour"), min_value=0, max_value=20)


@require_safe
@login_required
def costs(request: HttpRequest) -> HttpResponse:
    if not may_read_fleet(person_of(request)):
        raise PermissionDenied
    zone = Desk(PLATFORM).zone
    usual = usual_values(timezone.now().astimezone(zone).date())
    form = CostForm(usual | request.GET.dict())
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        said = form.cleaned_data
        usage = usage_in(said, zone)
        prices = Prices(**{name: said[name] for name in asdict(Prices())})
        context |= _compared(usage, prices)
    return render(request, "dashboard/costs.html", context, status=200 if form.is_valid() else 400)


def usual_values(today: date) -> dict[str, Any]:
    prices = {name: str(value) for name, value in asdict(Prices()).items()}
    measures = {"mbits_per_person": BridgeSizes().mbits_per_person, "gb_an_hour": 0.6}
    return prices | measures | {"month": f"{today:%Y-%m}"}


def usage_in(said: dict[str, Any], zone: ZoneInfo) -> Usage:
    """How lessons were held lately counts for the month too."""
    begins, ends = month_of(said["month"], zone)
    kept = Recording.objects.aggregate(bytes=Sum("size_bytes"))["bytes"] or 0
    return usage_of(
        meetings_between(begins, ends, "", Q(pk__in=[])),
        begins,
        ends,
        habits=learn_habits("", now=timezone.now()),
        sizes=BridgeSizes(mbits_per_person=said["mbits_per_person"]),
        gb_an_hour=said["gb_an_hour"],
        stored_gb=kept / GIGABYTE,
    )


def month_of(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Its first moment and the next one's, in UTC: in a zone's own time a month with a change of clocks is an hour off."""
    begins = datetime.fromisoformat(f"{month}-01").replace(tzinfo=zone)
    ends = (begins + timedelta(days=32)).replace(day=1)
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _compared(usage: Usage, prices: Prices) -> dict[str, Any]:
    own, hosted = own_lines(usage, prices), hosted_lines(usage, prices)
    own_total, hosted_total = total_of(own), total_of(hosted)
    return {
        "usage": usage,
        "sides": [
            {"is_own": True, "lines": _named(own), "total": own_total},
            {"is_own": False, "lines": _named(hosted), "total": hosted_total},
        ],
        "cheaper": hosted_total - own_total,
        "overhead": RECORDER_OVERHEAD,
    }


def _named(lines: list[Line]) -> list[tuple[Any, Line]]:
    return [(LABELS[line.what], line) for line in lines]
