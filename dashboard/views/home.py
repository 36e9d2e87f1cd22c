"""The home page: one of five, for the desk at which somebody sits."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person, Role
from classroom.queries import courses_scheduled_by
from dashboard.desks import (
    PLATFORM,
    SESSION_KEY,
    Desk,
    desk_at,
    desks_at,
    guardian,
    head,
    platform,
    student,
    teacher,
)
from dashboard.doors import person_of

OVERVIEWS = {
    Role.HEAD: head.overview,
    Role.TEACHER: teacher.overview,
    Role.STUDENT: student.overview,
    Role.GUARDIAN: guardian.overview,
}


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    person, desk = person_of(request), desk_at(request)
    if desk is None:
        return render(request, "dashboard/desks/none.html")
    timezone.activate(desk.zone)
    return render(request, f"dashboard/desks/{desk.role}.html", _overview(request, person, desk))


def _overview(request: HttpRequest, person: Person, desk: Desk) -> dict[str, Any]:
    now = timezone.now()
    if desk.role == PLATFORM:
        query = request.GET.get("q", "").strip()[:100]
        found = platform.overview(desk, now=now, query=query, page=request.GET.get("page"))
    else:
        found = OVERVIEWS[Role(desk.role)](desk, person, now=now)
    may_schedule = desk.role in {Role.HEAD, Role.TEACHER} and courses_scheduled_by(person).exists()
    return {**found, "now": now, "may_schedule": may_schedule}


@require_POST
@login_required
def choose_desk(request: HttpRequest) -> HttpResponse:
    """Sit down elsewhere; a desk that is not theirs does not exist."""
    key = request.POST.get("desk", "")
    if key not in {desk.key for desk in desks_at(request)}:
        raise Http404
    request.session[SESSION_KEY] = key
    return redirect("home")
