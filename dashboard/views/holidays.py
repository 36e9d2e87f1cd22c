"""The days on which a school is closed."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships
from classroom import actions, rules
from classroom.models import Holiday
from classroom.timetable import lessons_on_holiday
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.timetable_forms import HolidayForm, blame
from dashboard.views.lessons import use_zone_of

PAGE_SIZE = 20
SHOWN_LESSONS = 30


def schools_headed_by(person: Person) -> QuerySet[Institution]:
    headed = active_memberships(person).filter(role=Role.HEAD)
    return Institution.objects.filter(pk__in=headed.values("institution")).order_by("name", "pk")


@require_http_methods(["GET", "POST"])
@login_required
def holidays(request: HttpRequest) -> HttpResponse:
    """The coming ones first; search by name; a form for a new one."""
    person = person_of(request)
    use_zone_of(person)
    schools = schools_headed_by(person)
    if not schools.exists():
        raise PermissionDenied
    form = HolidayForm(
        schools, None, request.POST if request.method == "POST" else None, initial={"key": uuid4()}
    )
    if request.method == "POST" and form.is_valid():
        added = _add(form, person)
        if added:
            return redirect("holiday", holiday_id=added.pk)
    query = request.GET.get("q", "").strip()
    found = Holiday.objects.filter(institution__in=schools, name__icontains=query)
    page = Paginator(found.order_by("-last_on", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "q": query, "today": timezone.localdate()}
    return render(request, "dashboard/holidays.html", context, status=400 if form.errors else 200)


def _add(form: HolidayForm, person: Person) -> Holiday | None:
    data = form.cleaned_data
    try:
        return actions.add_holiday(
            institution=form.school,
            name=data["name"],
            first_on=data["first_on"],
            last_on=data["last_on"],
            by=person,
            key=data["key"],
        )
    except Refused as refused:
        blame(form, refused)
        return None


@require_http_methods(["GET", "POST"])
@login_required
def holiday(request: HttpRequest, holiday_id: UUID) -> HttpResponse:
    """The lessons that it hits, and a form to change it."""
    person = person_of(request)
    use_zone_of(person)
    found = _find_holiday(person, holiday_id)
    form = HolidayForm(schools_headed_by(person), found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        actions.change_holiday(
            holiday=found, name=data["name"], first_on=data["first_on"], last_on=data["last_on"], by=person
        )
        return redirect("holiday", holiday_id=found.pk)
    hit = lessons_on_holiday(found).filter(starts_at__gt=timezone.now())
    context = {
        "form": form,
        "holiday": found,
        "lessons": hit.select_related("course")[:SHOWN_LESSONS],
        "count": hit.count(),
    }
    return render(request, "dashboard/holiday.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def cancel_lessons(request: HttpRequest, holiday_id: UUID) -> HttpResponse:
    person = person_of(request)
    found = _find_holiday(person, holiday_id)
    count = actions.cancel_lessons_on_holiday(holiday=found, by=person, now=timezone.now())
    said = ngettext("%(count)s lesson was cancelled.", "%(count)s lessons were cancelled.", count)
    messages.success(request, said % {"count": count})
    return redirect("holiday", holiday_id=found.pk)


@require_POST
@login_required
def remove(request: HttpRequest, holiday_id: UUID) -> HttpResponse:
    person = person_of(request)
    actions.remove_holiday(holiday=_find_holiday(person, holiday_id), by=person)
    messages.success(request, _("The holiday was removed. Lessons that were cancelled stay cancelled."))
    return redirect("holidays")


def _find_holiday(person: Person, holiday_id: UUID) -> Holiday:
    """404 in another school, 403 in one's own without the right."""
    mine = active_memberships(person).values("institution")
    found = Holiday.objects.select_related("institution").filter(pk=holiday_id, institution__in=mine).first()
    if found is None:
        raise Http404
    if not rules.may_plan_holidays(person, found.institution):
        raise PermissionDenied
    return found
