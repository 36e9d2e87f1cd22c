"""Who may be drifting away: for those who can do something about it, with what they did."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import record_look
from attendance import actions, rules
from attendance.models import ContactWay, WatchEntry
from attendance.queries import watched_by, weeks_of
from classroom.queries import courses_for
from dashboard.doors import find_in, page_of, person_of, try_to
from dashboard.presence_words import say_sign
from dashboard.views.lessons import use_zone_of

PAGE_SIZE, SHOWN_WEEKS = 20, 10


@require_safe
@login_required
def watch(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    if not rules.may_open_watch_list(person):
        raise PermissionDenied
    query = request.GET.get("q", "").strip()
    entries = watched_by(person)
    if query:
        entries = entries.filter(Q(person__name__icontains=query) | Q(course__title__icontains=query))
    page = page_of(request, entries.order_by("-state", "-changed_at", "pk"), PAGE_SIZE)
    rows = [{"entry": entry, "signs": [say_sign(sign) for sign in entry.signs]} for entry in page]
    return render(request, "dashboard/watch.html", {"page_obj": page, "rows": rows, "q": query})


@require_safe
@login_required
def watch_entry(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    entry, person = _find(request, entry_id), person_of(request)
    target = f"person:{entry.person_id}"
    now, school = timezone.now(), entry.course.institution
    record_look("watch.read", institution=school, by=person, target=target, now=now)
    context = {
        "entry": entry,
        "signs": [say_sign(sign) for sign in entry.signs],
        "weeks": weeks_of(entry.course, [entry.person]).order_by("-week_on")[:SHOWN_WEEKS],
        "contacts": entry.contacts.select_related("by"),
        "ways": ContactWay.choices,
    }
    return render(request, "dashboard/watch_entry.html", context)


@require_POST
@login_required
def watch_contact(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    entry, by = _find(request, entry_id), person_of(request)
    way, text = request.POST.get("way", ""), request.POST.get("text", "")
    try_to(
        request,
        lambda: actions.add_contact(entry=entry, way=way, text=text, by=by, now=timezone.now()),
        _("It is noted."),
    )
    return redirect("watch_entry", entry.pk)


@require_POST
@login_required
def watch_close(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    entry, by = _find(request, entry_id), person_of(request)
    try_to(
        request,
        lambda: actions.close_watch(entry=entry, by=by, now=timezone.now()),
        _("It is closed. New signs in later weeks open it again."),
    )
    return redirect("watch")


def _find(request: HttpRequest, entry_id: UUID) -> WatchEntry:
    """404 of a course that one may not see; 403 for those who see the course and not who is looked after."""
    person = person_of(request)
    use_zone_of(person)
    entry = find_in(WatchEntry.objects.select_related("course__institution", "person"), entry_id)
    if not rules.may_look_after(person, entry):
        find_in(courses_for(person), entry.course_id)
        raise PermissionDenied
    return entry
