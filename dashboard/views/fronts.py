"""Schools on the shared bridges: each with a name, a look and a region of its own."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Institution
from classroom import actions
from classroom.jitsi.fronts import front_of, name_of, origin_of
from classroom.rules import may_run_fleet
from common.refusals import Refused
from dashboard.doors import find_in, page_of, person_of, posted
from dashboard.fleet_forms import FrontForm

PAGE_SIZE = 25


@require_safe
@login_required
def fronts(request: HttpRequest) -> HttpResponse:
    if not may_run_fleet(person_of(request)):
        raise PermissionDenied
    query = request.GET.get("q", "").strip()
    found = Institution.objects.select_related("front").filter(
        Q(name__icontains=query) | Q(slug__icontains=query) | Q(front__domain__icontains=query)
    )
    context = {"page_obj": page_of(request, found.order_by("name", "pk"), PAGE_SIZE), "q": query}
    return render(request, "dashboard/fronts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def front(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    person = person_of(request)
    if not may_run_fleet(person):
        raise PermissionDenied
    school = find_in(Institution.objects.all(), institution_id)
    present = front_of(school)
    form = FrontForm.of(present, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_front(institution=school, by=person, **form.cleaned_data)
        except Refused as refusal:
            form.say(refusal)
        else:
            messages.success(request, _("Saved. People see it when they next enter a room."))
            return redirect("front", school.pk)
    context = {"school": school, "form": form, "origin": origin_of(present), "shown_name": name_of(present)}
    return render(request, "dashboard/front.html", context, status=400 if form.errors else 200)
