"""A meeting that starts now."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.queries import institutions_of
from classroom import actions, rules
from dashboard.doors import person_of
from dashboard.lobby import MeetingForm


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def start_meeting(request: HttpRequest) -> HttpResponse:
    """The new link travels behind the `#`: the room's script shows it once, no log and no table ever holds it."""
    person = person_of(request)
    schools = institutions_of(person)
    allowed = [school.pk for school in schools if rules.may_start_meeting(person, school)]
    if not allowed:
        raise PermissionDenied
    form = MeetingForm(schools.filter(pk__in=allowed), request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "dashboard/meeting.html", {"form": form}, status=400 if form.errors else 200)
    lesson, secret = actions.start_meeting(
        institution=form.cleaned_data["institution"],
        by=person,
        title=form.cleaned_data["title"],
        now=timezone.now(),
    )
    room = reverse("room", args=[lesson.pk])
    return redirect(f"{room}#invite={secret}" if secret else room)
