"""The way in for somebody whom another system has signed in."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from classroom.actions import find_join_link, use_join_link
from classroom.models import JoinLink
from classroom.passes import LINK_IN_SESSION
from common.refusals import Refused


@never_cache
@require_http_methods(["GET", "POST"])
def join_link(request: HttpRequest, token: str) -> HttpResponse:
    """Shown to whoever looks, used by the press of a button: a preview of the link must not use it up."""
    now = timezone.now()
    if request.method == "POST":
        return _enter(request, token)
    link = find_join_link(token=token, now=now)
    return render(request, "dashboard/join_link.html", {"link": link}, status=200 if link else 404)


def _enter(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = use_join_link(token=token, now=timezone.now())
    except Refused:
        return render(request, "dashboard/join_link.html", {"link": None}, status=404)
    if request.user != link.person:  # whoever has signed in themselves keeps what they have
        _begin_session(request, link)
    return redirect("room", lesson_id=link.lesson_id)


def _begin_session(request: HttpRequest, link: JoinLink) -> None:
    """For this lesson only; `dashboard.middleware.ConfineToLesson` and the sockets ask the link each time."""
    login(request, link.person, backend="django.contrib.auth.backends.ModelBackend")
    request.session[LINK_IN_SESSION] = str(link.pk)
    request.session.set_expiry(link.opens_until)
