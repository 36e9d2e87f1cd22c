"""Usage statistics, as a page and as CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from accounts.models import Institution, Person, Role
from common.sheets import write_sheet
from dashboard.charts import Bars, draw_bars
from dashboard.desks import PLATFORM, Desk, desk_at
from dashboard.desks.teacher import courses_of
from dashboard.doors import person_of
from dashboard.figures import Figures, Scope, Table, figures_of, months_before

RANGES = (3, 6, 12, 24)
MOST_MONTHS = 60


def _ranges() -> list[tuple[str, str]]:
    return [(str(months), ngettext("%d month", "%d months", months) % months) for months in RANGES]


class RangeForm(forms.Form):
    """How many months, and which is the last of them."""

    months = forms.TypedChoiceField(label=gettext_lazy("Range"), choices=_ranges, coerce=int)
    until = forms.ChoiceField(label=gettext_lazy("Last month"))

    def __init__(self, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        past = reversed(months_before(today, MOST_MONTHS))
        choices = [(f"{month:%Y-%m}", date_format(month, "YEAR_MONTH_FORMAT")) for month in past]
        self.fields["until"].choices = choices  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table of figures."""

    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Chart:
    """`value` is the sum or, for people, the number of different ones."""

    key: str
    value: float
    bars: Bars


@require_safe
@login_required
def statistics(request: HttpRequest) -> HttpResponse:
    desk, scope, form, months, table = _read(request)
    total = table.get((None, None), Figures())
    lines = [Line(_name(month), table.get((None, month), Figures())) for month in months]
    places = [Line(name, table.get((place, None), Figures())) for place, name in scope.places.items()]
    context = {
        "form": form,
        "total": total,
        "lines": lines,
        "places": places,
        "by_course": desk.role == Role.TEACHER,
        "charts": _charts(months, [line.figures for line in lines], total),
        "query": request.GET.urlencode() if form.is_valid() and form.is_bound else "",
        "is_empty": not any((total.lessons, total.participants, total.published, total.failed)),
    }
    return render(request, "dashboard/statistics.html", context, status=400 if form.errors else 200)


@require_safe
@login_required
def statistics_csv(request: HttpRequest) -> HttpResponse:
    desk, scope, _form, months, table = _read(request)
    response = HttpResponse(to_csv(desk, scope, months, table), content_type="text/csv; charset=utf-8")
    span = f"{months[0]:%Y-%m}-{months[-1]:%Y-%m}"
    response["Content-Disposition"] = f'attachment; filename="statistics-{span}.csv"'
    return response


def _read(request: HttpRequest) -> tuple[Desk, Scope, RangeForm, list[date], Table]:
    """A range that cannot be read is named in the form, and the usual one is shown."""
    desk = desk_at(request)
    scope = scope_of(person_of(request), desk)
    if desk is None or scope is None:
        raise PermissionDenied
    timezone.activate(desk.zone)
    today = timezone.localdate()
    form = RangeForm(today, _asked(request, today))
    count, last = 12, today.replace(day=1)
    if form.is_valid():
        count, last = form.cleaned_data["months"], date.fromisoformat(f"{form.cleaned_data['until']}-01")
    months = months_before(last, count)
    return desk, scope, form, months, figures_of(scope, first=months[0], last=months[-1])


def _asked(request: HttpRequest, today: date) -> dict[str, str]:
    usual = {"months": "12", "until": f"{today:%Y-%m}"}
    return {name: request.GET.get(name, value) for name, value in usual.items()}


def scope_of(person: Person, desk: Desk | None) -> Scope | None:
    """A platform admin sees every institution, a head their own, a teacher their courses, nobody else anything."""
    if desk is None:
        return None
    if desk.role == PLATFORM:
        return Scope.of_institutions(Institution.objects.all())
    if desk.institution is not None and desk.role == Role.HEAD:
        return Scope.of_institutions(Institution.objects.filter(pk=desk.institution.pk))
    return Scope.of_courses(courses_of(desk, person)) if desk.role == Role.TEACHER else None


def _charts(months: Sequence[date], figures: Sequence[Figures], total: Figures) -> list[Chart]:
    feet = [date_format(month, "M") for month in months]
    shown = {
        "lessons": [float(one.lessons) for one in figures],
        "participants": [float(one.participants) for one in figures],
        "person_hours": [one.person_hours for one in figures],
        "recorded_hours": [one.recorded_hours for one in figures],
    }
    return [Chart(key, getattr(total, key), draw_bars(values, feet)) for key, values in shown.items()]


def _name(month: date) -> str:
    return date_format(month, "YEAR_MONTH_FORMAT")


def to_csv(desk: Desk, scope: Scope, months: Sequence[date], table: Table) -> str:
    """A line for each place and month, also where nothing happened."""
    head = [_("Course") if desk.role == Role.TEACHER else _("Institution"), _("Month"), *_heads()]
    lines = [
        [name, f"{month:%Y-%m}", *_cells(table.get((place, month), Figures()))]
        for place, name in scope.places.items()
        for month in months
    ]
    return write_sheet([head, *lines])


def _heads() -> list[str]:
    return [
        _("Lessons"),
        _("Minutes of lessons"),
        _("Participants"),
        _("Minutes of all people"),
        _("Recordings published"),
        _("Recordings failed"),
        _("Hours recorded"),
        _("Bytes stored"),
        _("Most people at once"),
    ]


def _cells(one: Figures) -> list[float]:
    return [
        one.lessons,
        round(one.minutes, 1),
        one.participants,
        round(one.person_minutes, 1),
        one.published,
        one.failed,
        round(one.recorded_hours, 2),
        one.bytes,
        one.peak,
    ]
