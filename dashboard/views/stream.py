"""The page of a live stream, and how a lesson is planned to have one."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom import actions, rules
from classroom.models import Lesson, LessonStatus
from classroom.queries import count_audience, count_seated
from classroom.timetable import Scope
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.findings import say_refusal
from dashboard.forms_outward import DestinationForm, StreamLinkForm
from dashboard.texts import live_texts
from dashboard.timetable_forms import SCOPES
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.room import page_data, turn_away
from recordings import actions as broadcasts
from recordings.branding import logo_of
from recordings.models import ABSENT_AFTER, Destination, StreamLink
from recordings.rules import may_plan_stream, may_send_stream, may_watch_stream


@require_safe
@login_required
def stream(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    lesson, now = find_lesson(person, lesson_id), timezone.now()
    standing = rules.may_enter_room(person, lesson)
    if standing is None:
        raise PermissionDenied
    if not lesson.is_streamed:
        return redirect("lesson", lesson_id=lesson.pk)
    if may_watch_stream(person, lesson, now=now) is None:  # too early, or the lobby stands between
        return redirect(turn_away(person, lesson, standing, now=now) or "room", lesson_id=lesson.pk)
    data = page_data(person, lesson, standing, is_companion=True) | {
        "csrf": get_token(request),
        "leave_url": reverse("lesson", args=[lesson.pk]),
        "pass_url": reverse("stream_pass", args=[lesson.pk]),
        "room_url": reverse("room", args=[lesson.pk]),
        "logo": _logo(lesson),
    }
    return render(
        request, "dashboard/live.html", {"lesson": lesson, "page_data": data, "texts": live_texts()}
    )


def _logo(lesson: Lesson) -> dict[str, str] | None:
    """Over the picture, as recordings bear it: what a Jibri sends is copied, so nothing is painted into it."""
    logo = logo_of(lesson.institution)
    if logo is None:
        return None
    address = reverse("institution_logo", args=[lesson.institution_id])
    return {"src": f"{address}?{logo.name}", "alt": lesson.institution.name}


class StreamForm(forms.Form):
    is_streamed = forms.BooleanField(
        label=gettext_lazy("Show this lesson as a live stream too"), required=False
    )
    room_seats = forms.IntegerField(
        label=gettext_lazy("Seats in the room"), required=False, min_value=0, max_value=actions.MOST_SEATS
    )
    scope = forms.TypedChoiceField(
        label=gettext_lazy("What should change?"),
        choices=SCOPES,
        coerce=Scope,
        widget=forms.RadioSelect,
        initial=Scope.THIS.value,
    )

    def __init__(self, lesson: Lesson, data: Any = None) -> None:
        super().__init__(data, initial={"is_streamed": lesson.is_streamed, "room_seats": lesson.room_seats})
        waits = lesson.status == LessonStatus.SCHEDULED and lesson.starts_at > timezone.now()
        if lesson.series_id is None or not waits:
            del self.fields["scope"]


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def stream_settings(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_plan_stream(person, lesson):
        raise PermissionDenied
    form = StreamForm(lesson, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_stream(lesson=lesson, by=person, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, say_refusal(refusal))
        else:
            messages.success(request, _("The stream is set."))
            return redirect("stream_settings", lesson_id=lesson.pk)
    return render(request, "dashboard/stream_settings.html", _settings_context(lesson, form))


@require_POST
@login_required
def start_stream(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """One click from the room, when it gets crowded: newcomers watch from now on."""
    person = person_of(request)
    lesson = find_lesson(person, lesson_id)
    if not may_plan_stream(person, lesson):
        raise PermissionDenied
    try:
        actions.change_stream(
            lesson=lesson, is_streamed=True, room_seats=lesson.room_seats, by=person, now=timezone.now()
        )
    except Refused as refusal:
        messages.error(request, say_refusal(refusal))
    return redirect("stream_settings", lesson_id=lesson.pk)


@require_POST
@login_required
def stream_destination(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Where else the stream goes: kept, begun, stopped or forgotten, as the button says."""
    person, now = person_of(request), timezone.now()
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_send_stream(person, lesson):
        raise PermissionDenied
    form = DestinationForm(request.POST)
    try:
        match request.POST.get("act"):
            case "start":
                broadcasts.start_sending(lesson=lesson, by=person, now=now)
            case "stop":
                broadcasts.stop_sending(lesson=lesson, by=person, now=now)
            case "remove":
                broadcasts.remove_destination(lesson=lesson, by=person)
            case _ if form.is_valid():
                broadcasts.change_destination(lesson=lesson, by=person, now=now, **form.cleaned_data)
            case _:
                return show_settings(request, lesson, destination_form=form)
    except Refused as refusal:
        is_about_key = refusal.code.startswith("stream_key")
        if is_about_key:
            form.add_error("key", say_refusal(refusal))
            return show_settings(request, lesson, destination_form=form)
        messages.error(request, say_refusal(refusal))
    return redirect("stream_settings", lesson_id=lesson.pk)


def show_settings(request: HttpRequest, lesson: Lesson, **shown: Any) -> HttpResponse:
    context = _settings_context(lesson, StreamForm(lesson)) | shown
    return render(request, "dashboard/stream_settings.html", context)


def _settings_context(lesson: Lesson, form: StreamForm) -> dict[str, Any]:
    destination = Destination.objects.filter(lesson=lesson).first()
    return {
        "destination": destination,
        "destination_form": DestinationForm(
            initial={"address": destination.address} if destination else None
        ),
        "lesson": lesson,
        "form": form,
        "broadcast": getattr(lesson, "broadcast", None),
        "link_form": StreamLinkForm(),
        "links": _link_rows(lesson),
        "watching": count_audience(lesson),
        "seated": count_seated(lesson),
    }


LINKS_SHOWN = 30


def _link_rows(lesson: Lesson) -> list[tuple[StreamLink, str]]:
    """With open, revoked or expired; those that open something come first."""
    now = timezone.now()
    here = Q(seen_viewers__seen_at__gt=now - ABSENT_AFTER)
    links = StreamLink.objects.filter(lesson=lesson).select_related("created_by", "lesson__institution")
    found = links.annotate(watching=Count("seen_viewers", filter=here)).order_by("-created_at")[:LINKS_SHOWN]
    rows = [
        (one, "open" if one.is_open_at(now) else "revoked" if one.revoked_at else "expired") for one in found
    ]
    return sorted(rows, key=lambda row: row[1] != "open")
