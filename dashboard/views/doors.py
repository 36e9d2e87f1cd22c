"""The doors of a lesson: for staff who decide, and for members who wait."""

from datetime import datetime
from typing import Any
from urllib.parse import urljoin
from uuid import UUID

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

from accounts.models import Person
from classroom import actions, rules
from classroom.models import Expulsion, GuestLink, Knock, KnockState, Lesson, Lobby
from classroom.queries import standing_in
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.lobby import DoorsForm, LinkForm, door_card
from dashboard.views.lessons import find_lesson, use_zone_of

WATCH_SECONDS, PATIENT_SECONDS = 3, 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def doors(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Everything about the doors of one lesson; a POST changes when they open and for whom the lobby is."""
    person, lesson = _find_mine(request, lesson_id)
    form = DoorsForm(lesson, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _show_doors(request, lesson, doors_form=form)
    actions.change_doors(
        lesson=lesson,
        lobby=Lobby(form.cleaned_data["lobby"]),
        doors_open_minutes=form.cleaned_data["doors_open_minutes"],
        protection=form.cleaned_data["protection"],
        by=person,
    )
    messages.success(request, _("The doors are set."))
    return redirect("doors", lesson_id=lesson.pk)


@require_POST
@login_required
def guest_links(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Answered with the page itself and the address on it: it can be shown this once only."""
    person, lesson = _find_mine(request, lesson_id)
    form = LinkForm({"max_guests": 10, **request.POST.dict()})
    if not form.is_valid():
        return _show_doors(request, lesson, link_form=form)
    try:
        _link, secret = actions.create_guest_link(
            lesson=lesson,
            by=person,
            label=form.cleaned_data["label"],
            max_guests=form.cleaned_data["max_guests"],
            expires_at=form.expires_at(lesson),
            now=timezone.now(),
        )
    except Refused as refusal:
        form.add_error(None, _link_trouble(refusal.code))
        return _show_doors(request, lesson, link_form=form)
    return _show_doors(request, lesson, new_link=guest_address(secret))


def _link_trouble(code: str) -> str:
    return {
        "lesson_over": _("The lesson is over; nobody can come any more."),
        "no_guests": _("Your school lets no guests in."),
        "in_the_past": _("The lesson has begun already. Choose another end for the link."),
        "too_many_links": _("There are twenty links already. Revoke one of them first."),
    }[code]


def guest_address(secret: str) -> str:
    return urljoin(settings.PUBLIC_URL, reverse("guest", args=[secret]))


@require_POST
@login_required
def revoke_guest_link(request: HttpRequest, lesson_id: UUID, link_id: UUID) -> HttpResponse:
    person, lesson = _find_mine(request, lesson_id)
    link = GuestLink.objects.filter(lesson=lesson, pk=link_id).select_related("lesson__institution").first()
    if link is None:
        raise Http404
    actions.revoke_guest_link(link=link, by=person, now=timezone.now())
    messages.success(request, _("The link opens nothing any more, and its guests have been put out."))
    return redirect(_page_before(request, lesson))


@require_POST
@login_required
def decide_knocks(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """`admit` or `refuse` names a knock; `admit_all` lets in everybody who waits."""
    person, lesson = _find_mine(request, lesson_id)
    now = timezone.now()
    try:
        if "admit_all" in request.POST:
            actions.admit_everybody(lesson=lesson, by=person, now=now)
        elif "admit" in request.POST:
            actions.admit_knock(knock=_find_knock(lesson, request.POST["admit"]), by=person, now=now)
        else:
            actions.refuse_knock(
                knock=_find_knock(lesson, request.POST.get("refuse", "")), by=person, now=now
            )
    except Refused as refusal:
        messages.error(request, _decision_trouble(refusal.code))
    return redirect(_page_before(request, lesson))


def _decision_trouble(code: str) -> str:
    return {
        "lesson_over": _("The lesson is over; nobody can come any more."),
        "link_full": _("This guest link has no free place. Make another one on the lesson’s page."),
        "not_found": _("That link was revoked meanwhile."),
    }[code]


def _find_knock(lesson: Lesson, raw: str) -> Knock:
    try:
        found = Knock.objects.filter(lesson=lesson, pk=UUID(raw))
    except ValueError as error:
        raise Http404 from error
    knock = found.select_related("lesson__institution").first()
    if knock is None:
        raise Http404
    return knock


def _page_before(request: HttpRequest, lesson: Lesson) -> str:
    return reverse("doors" if request.POST.get("back") == "doors" else "lesson", args=[lesson.pk])


def _find_mine(request: HttpRequest, lesson_id: UUID) -> tuple[Person, Lesson]:
    """The lesson whose doors this person keeps; 404 for strangers, 403 for the others of the school."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not rules.may_decide_at_the_door(standing_in(person, lesson)):
        raise PermissionDenied
    return person, lesson


def _show_doors(
    request: HttpRequest,
    lesson: Lesson,
    *,
    doors_form: DoorsForm | None = None,
    link_form: LinkForm | None = None,
    new_link: str = "",
) -> HttpResponse:
    now = timezone.now()
    context = {
        "lesson": lesson,
        "door": door_card(person_of(request), lesson, now=now),
        "doors_form": doors_form or DoorsForm(lesson),
        "link_form": link_form or LinkForm(),
        "new_link": new_link,
        "opens_at": timezone.localtime(lesson.doors_open_at),
    }
    is_wrong = any(form is not None and form.errors for form in (doors_form, link_form))
    return render(request, "dashboard/doors.html", context, status=400 if is_wrong else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def waiting(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Before the doors: a countdown, then the lobby if it holds this person, then the room by itself."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    standing = rules.may_enter_room(person, lesson)
    if standing is None:
        raise PermissionDenied
    now = timezone.now()
    if lesson.is_over:
        return redirect("lesson", lesson_id=lesson.pk)
    is_kept = rules.is_kept_waiting(person, lesson, standing)
    if not is_kept and rules.may_enter_now(standing, lesson, now=now):
        return redirect("room", lesson_id=lesson.pk)
    if request.method == "POST":
        _ask_or_go(request, person, lesson, now=now)
        return redirect("waiting", lesson_id=lesson.pk)
    knock = Knock.objects.filter(lesson=lesson, person=person).order_by("-asked_at").first()
    context = door_context(lesson, door_state(lesson, knock, now=now), now=now) | {
        "back_url": reverse("lesson", args=[lesson.pk]),
    }
    return render(request, "dashboard/door.html", context)


def _ask_or_go(request: HttpRequest, person: Person, lesson: Lesson, *, now: datetime) -> None:
    if "withdraw" in request.POST:
        knock = Knock.objects.filter(lesson=lesson, person=person, state=KnockState.WAITING).first()
        if knock is not None:
            actions.withdraw_knock(knock=knock, now=now)
        return
    try:
        actions.knock_as_member(lesson=lesson, person=person, now=now)
    except Refused as refusal:
        messages.error(request, knock_trouble(refusal.code))


def knock_trouble(code: str) -> str:
    return {
        "doors_closed": _("The doors are not open yet."),
        "link_full": _("All places behind this link are taken. Ask whoever sent it for another one."),
        "refused": _("You were not let in. Please speak with your teacher."),
        "slow_down": _("Many people are knocking right now. Please try again in a minute."),
    }[code]


def door_state(lesson: Lesson, knock: Knock | None, *, now: datetime) -> str:
    """over, early, waiting, admitted, refused, or ask."""
    if lesson.is_over:
        return "over"
    if not rules.doors_are_open(lesson, now=now):
        return "early"
    if knock is None or knock.state in {KnockState.WITHDRAWN, KnockState.EXPIRED}:
        return "ask"
    return str(knock.state)


def door_context(lesson: Lesson, state: str, *, now: datetime) -> dict[str, Any]:
    """What `door.html` shows; it looks again every few seconds while something may change by itself."""
    seconds_left = max(0, round((lesson.doors_open_at - now).total_seconds()))
    is_far = state == "early" and seconds_left > 2 * PATIENT_SECONDS
    return {
        "state": state,
        "lesson": lesson,
        "school": lesson.institution.name,
        "zone": lesson.institution.time_zone,
        "opens_at": timezone.localtime(lesson.doors_open_at),
        "minutes_left": -(-seconds_left // 60),
        "refresh_seconds": PATIENT_SECONDS if is_far else WATCH_SECONDS,
    }


@require_POST
@login_required
def let_back_in(request: HttpRequest, lesson_id: UUID, person_id: UUID) -> HttpResponse:
    """Somebody who was put out may come again."""
    me = person_of(request)
    lesson = find_lesson(me, lesson_id)
    if not rules.may_moderate(rules.may_enter_room(me, lesson)):
        raise PermissionDenied
    expulsion = Expulsion.objects.filter(lesson=lesson, person=person_id).select_related("person").first()
    if expulsion is not None:  # else somebody was first
        actions.let_back_in(lesson=lesson, person=expulsion.person, by=me)
        messages.success(request, _("They may come in again."))
    return redirect("lesson", lesson_id=lesson.pk)
