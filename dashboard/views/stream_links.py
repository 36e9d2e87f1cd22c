"""Addresses for viewers outside: made and revoked by those who hold the lesson; and the page behind one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import Throttled

from classroom.models import Lesson
from common.api.throttling import spend
from common.ids import fingerprint
from common.refusals import Refused
from dashboard.doors import find_in, person_of
from dashboard.findings import say_refusal
from dashboard.forms_outward import StreamLinkForm
from dashboard.texts import outside_texts
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.stream import show_settings
from recordings import actions
from recordings.models import StreamLink
from recordings.rules import may_send_stream
from recordings.streaming import passes

# A minute; of one link from wherever, and of one address at whatever.
TRIES_A_LINK, TRIES_AN_ADDRESS = 60, 30


@require_POST
@login_required
def stream_links(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Answered with the page itself and the address on it: it can be shown this once only."""
    lesson, form, now = _find_mine(request, lesson_id), StreamLinkForm(request.POST), timezone.now()
    if not form.is_valid():
        return show_settings(request, lesson, link_form=form)
    try:
        _link, secret = actions.create_stream_link(
            lesson=lesson, by=person_of(request), now=now, **form.said(now)
        )
    except Refused as refusal:
        form.add_error(None, say_refusal(refusal))
        return show_settings(request, lesson, link_form=form)
    return show_settings(request, lesson, new_link=_address_of(secret))


def _address_of(secret: str) -> str:
    return urljoin(settings.PUBLIC_URL, reverse("outside_stream", args=[secret]))


@require_POST
@login_required
def revoke_stream_link(request: HttpRequest, lesson_id: UUID, link_id: UUID) -> HttpResponse:
    lesson = _find_mine(request, lesson_id)
    link = find_in(StreamLink.objects.filter(lesson=lesson).select_related("lesson__institution"), link_id)
    actions.revoke_stream_link(link=link, by=person_of(request), now=timezone.now())
    messages.success(request, _("The link opens nothing any more."))
    return redirect("stream_settings", lesson_id=lesson.pk)


def _find_mine(request: HttpRequest, lesson_id: UUID) -> Lesson:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_send_stream(person, lesson):
        raise PermissionDenied
    return lesson


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def outside_stream(request: HttpRequest, token: str) -> HttpResponse:
    """The player and nothing else; a POST brings the password of the link."""
    link = actions.find_stream_link(secret=token, now=timezone.now())
    if link is None:
        raise Http404
    timezone.activate(ZoneInfo(link.lesson.institution.time_zone))
    if passes.may_pass(request.COOKIES.get(passes.DOOR_COOKIE, ""), link):
        return _unlisted(_show_player(request, link, token))
    return _unlisted(_ask_for_password(request, link, token))


def _show_player(request: HttpRequest, link: StreamLink, token: str) -> HttpResponse:
    data = {"pass_url": reverse("outside_pass", args=[token]), "csrf": ""}
    context = {"lesson": link.lesson, "page_data": data, "texts": outside_texts()}
    return render(request, "dashboard/outside_stream.html", context)


def _ask_for_password(request: HttpRequest, link: StreamLink, token: str) -> HttpResponse:
    context: dict[str, Any] = {"lesson": link.lesson, "trouble": ""}
    if request.method != "POST":
        return render(request, "dashboard/outside_password.html", context)
    if _is_guessing(request, link):
        context["trouble"] = _("Too many tries. Wait a minute, then try again.")
        return render(request, "dashboard/outside_password.html", context, status=429)
    if not actions.is_password_of(link=link, password=request.POST.get("password", "")):
        context["trouble"] = _("That is not the password.")
        return render(request, "dashboard/outside_password.html", context, status=400)
    path = reverse("outside_stream", args=[token])
    response = redirect(path)
    passes.open_door(response, link=link, path=path)
    return response


def _is_guessing(request: HttpRequest, link: StreamLink) -> bool:
    try:
        spend("outside.link", link.pk, TRIES_A_LINK)
        spend("outside.password", fingerprint(request.META.get("REMOTE_ADDR", "")), TRIES_AN_ADDRESS)
    except Throttled:
        return True
    return False


def _unlisted(response: HttpResponse) -> HttpResponse:
    """The address is a key, and not for search engines."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
