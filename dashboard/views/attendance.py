"""One's own attendance, and one's children's: every lesson with its word, and week by week."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Person
from accounts.queries import active_memberships
from attendance.models import RegisterEntry, WeeklyLine
from classroom.models import Standing
from classroom.queries import children_of
from dashboard.doors import page_of, person_of
from dashboard.views.lessons import use_zone_of

PAGE_SIZE, SHOWN_WEEKS = 30, 8


@require_safe
@login_required
def attendance(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    query = request.GET.get("q", "").strip()
    entries = RegisterEntry.objects.filter(
        _of_family(person, "lesson__institution"), standing=Standing.STUDENT
    )
    if query:
        entries = entries.filter(
            Q(lesson__title__icontains=query) | Q(lesson__course__title__icontains=query)
        )
    entries = entries.select_related("lesson__course", "person").order_by(
        "-lesson__starts_at", "person__name"
    )
    weeks = WeeklyLine.objects.filter(_of_family(person, "course__institution")).select_related(
        "course", "person"
    )
    context = {
        "page_obj": page_of(request, entries, PAGE_SIZE),
        "q": query,
        "weeks": weeks.order_by("-week_on", "person__name", "course__title")[:SHOWN_WEEKS],
        "has_children": children_of(person).exists(),
    }
    return render(request, "dashboard/attendance.html", context)


def _of_family(person: Person, institution: str) -> Q:
    """Rows of them where they belong today, and of each child in the school where they guard it."""
    here = active_memberships(person).values("institution")
    own = Q(person=person, **{f"{institution}__in": here})
    for link in children_of(person):
        own |= Q(person=link.child_id, **{institution: link.institution_id})
    return own
