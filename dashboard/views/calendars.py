"""Calendar feeds, the page about them, and the end of letters."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Institution, Person
from accounts.queries import institutions_of
from attendance.actions import wish_notes
from attendance.models import NoteWay
from classroom import actions
from classroom.actions.letters import FEED_PAST
from classroom.addresses import read_feed_token, read_unsubscribe_token
from classroom.calendar import make_feed
from classroom.models import Course, LetterKind, LetterSettings
from classroom.queries import courses_with_calendar, lessons_in_feed
from dashboard.doors import person_of
from dashboard.forms_outward import LetterForm
from dashboard.letters import feed_url, meeting_of

FEED_FUTURE = timedelta(days=400)
LARGEST_FEED = 2000
COURSES_A_PAGE = 10


@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The address is the key: no session. Whatever is wrong with it, the answer is the same 404."""
    person, course = _owner_of(token)
    institutions = list(institutions_of(person))
    if not institutions:
        raise Http404
    body = _feed(person, course, institutions[0])
    # Only the ETag is asked: somebody who leaves a course changes the feed, but no lesson's date.
    etag = quote_etag(hashlib.sha256(body).hexdigest()[:32])
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"] = etag
    response["Content-Disposition"] = 'inline; filename="lessons.ics"'
    patch_cache_control(response, private=True, max_age=300)
    return get_conditional_response(request, etag=etag, response=response) or response


def _owner_of(token: str) -> tuple[Person, Course | None]:
    address = read_feed_token(token)
    if address is None:
        raise Http404
    owners = Person.objects.select_related("letter_settings").filter(is_active=True)
    person = owners.filter(pk=address.person_id).first()
    if person is None or not address.is_signed(settings_of(person).feed_version):
        raise Http404
    if address.course_id is None:
        return person, None
    course = courses_with_calendar(person).filter(pk=address.course_id).first()
    if course is None:
        raise Http404
    return person, course


def settings_of(person: Person) -> LetterSettings:
    own: LetterSettings | None = getattr(person, "letter_settings", None)
    return own or LetterSettings(person=person)


def _feed(person: Person, course: Course | None, institution: Institution) -> bytes:
    now = timezone.now()
    lessons = lessons_in_feed(
        person,
        course_id=course.pk if course else None,
        since=now - FEED_PAST,
        until=now + FEED_FUTURE,
    )
    meetings = [meeting_of(lesson, now=now) for lesson in lessons[:LARGEST_FEED]]
    name = f"{course.title} · {institution.name}" if course else institution.name
    return make_feed(meetings, name=name, time_zone=institution.time_zone)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def calendar_settings(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if "renew" in request.POST:
        actions.renew_feed_addresses(person=person)
        messages.success(request, _("Your calendar has new addresses. The old ones no longer work."))
        return redirect("calendar_settings")
    own = settings_of(person)
    form = LetterForm(own, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.change_letter_settings(person=person, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("calendar_settings")
    context = _settings_context(request, person, own) | {"form": form}
    return render(request, "dashboard/calendar_settings.html", context, status=400 if form.errors else 200)


def _settings_context(request: HttpRequest, person: Person, own: LetterSettings) -> dict[str, Any]:
    query = request.GET.get("q", "").strip()
    courses = courses_with_calendar(person).select_related("institution").order_by("title", "pk")
    if query:
        courses = courses.filter(title__icontains=query)
    page = Paginator(courses, COURSES_A_PAGE).get_page(request.GET.get("page"))
    address = feed_url(person.pk, None, own.feed_version)
    rows = [
        {"title": one.title, "url": feed_url(person.pk, one.pk, own.feed_version)} for one in page.object_list
    ]
    return {
        "address": address,
        "webcal": "webcal" + address[address.index("://") :],
        "courses": rows,
        "page_obj": page,
        "q": query,
    }


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """One click (RFC 8058): mail programs POST without a session. A GET, which scanners send, only asks."""
    read = read_unsubscribe_token(token)
    if read is None or read[1] not in LetterKind.values:
        raise Http404
    person = Person.objects.filter(pk=read[0]).first()
    if person is None:
        raise Http404
    kind = LetterKind(read[1])
    if request.method == "POST":
        _stop(person, kind)
    context = {"kind": kind, "done": request.method == "POST"}
    return render(request, "dashboard/unsubscribe.html", context)


def _stop(person: Person, kind: LetterKind) -> None:
    if kind == LetterKind.NOTE:
        wish_notes(person=person, way=NoteWay.NONE, by_link=True)
    else:
        actions.unsubscribe(person_id=person.pk, kind=kind)
