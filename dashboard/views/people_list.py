"""Everybody of one institution, as a page and as CSV."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.queries import find_people, people_of
from classroom.rules import may_run_courses
from common.sheets import write_sheet
from dashboard.doors import find_administered, page_of, person_of

PAGE_SIZE = 50
STATES = {"active": _("Active"), "suspended": _("Suspended"), "expired": _("Expired")}


@require_safe
@login_required
def people(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id)
    asked = {name: request.GET.get(name, "").strip() for name in ("q", "role", "state")}
    found = find_people(school, query=asked["q"], role=asked["role"], state=asked["state"])
    page, today = page_of(request, found, PAGE_SIZE), timezone.localdate()
    context = {
        "school": school,
        "asked": asked,
        "roles": Role.choices,
        "states": STATES.items(),
        "page_obj": page,
        "rows": [
            {"person": one, "places": [(place, place.state_on(today)) for place in one.places]}
            for one in page.object_list
        ],
        "may_run_courses": may_run_courses(person_of(request), school),
    }
    return render(request, "dashboard/people.html", context)


@require_safe
@login_required
def people_csv(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    """The columns of an import, one row for each role, and what the school knows besides."""
    school = find_administered(request, institution_id)
    today = timezone.localdate()
    rows: list[tuple[object, ...]] = [("email", "name", "role", "language", "state", "expires_on")]
    for one in people_of(school):
        rows += [
            (one.address, one.name, place.role, one.language, place.state_on(today), place.expires_on or "")
            for place in one.places  # type: ignore[attr-defined]
        ]
    return csv_response(rows, "people")


def csv_response(rows: list[tuple[object, ...]], name: str) -> HttpResponse:
    response = HttpResponse(write_sheet(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.csv"'
    response["Cache-Control"] = "no-store"
    return response
