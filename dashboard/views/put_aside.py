"""What the Jitsi stack told that made no sense, for whoever runs the platform."""

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person
from accounts.rules import may_review_hooks
from classroom import actions
from classroom.models import HookEvent, Prosody
from classroom.queries import events_put_aside
from dashboard.doors import find_in, page_of, person_of, try_to

PAGE_SIZE = 25


@require_safe
@login_required
def put_aside(request: HttpRequest) -> HttpResponse:
    """Rooms and reasons, no names of people: what goes on in a lesson is not the platform's."""
    _reviewer(request)
    query = request.GET.get("q", "").strip()
    context = {
        "q": query,
        "page_obj": page_of(request, events_put_aside(query), PAGE_SIZE),
        "prosodies": list(Prosody.objects.order_by("name")),
    }
    return render(request, "dashboard/put_aside.html", context)


@require_POST
@login_required
def put_aside_retry(request: HttpRequest, event_id: UUID) -> HttpResponse:
    return _act(request, event_id, actions.try_event_again, _("It is being tried again."))


@require_POST
@login_required
def put_aside_dismiss(request: HttpRequest, event_id: UUID) -> HttpResponse:
    return _act(request, event_id, actions.dismiss_event, _("The message is dismissed."))


def _act(request: HttpRequest, event_id: UUID, act: Callable[..., None], done: str) -> HttpResponse:
    me = _reviewer(request)
    event = find_in(HookEvent.objects.all(), event_id)
    try_to(request, lambda: act(event=event, by=me), done)
    return redirect("put_aside")


def _reviewer(request: HttpRequest) -> Person:
    person = person_of(request)
    if not may_review_hooks(person):
        raise PermissionDenied
    return person
