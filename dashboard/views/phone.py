"""Into a lesson by telephone: the Jitsi app for the video, this browser for everything else."""

from datetime import datetime
from urllib.parse import urljoin
from uuid import UUID

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Person
from classroom import rules
from classroom.addresses import CODE_LIFETIME, lesson_code, read_lesson_code
from classroom.jitsi import deep_links
from classroom.jitsi.profiles import OVERRIDES, Profile, with_media
from classroom.models import Lesson, Standing
from classroom.queries import lessons_for, room_for, standing_in
from dashboard.doors import person_of, phone_of
from dashboard.views.lessons import find_lesson, use_zone_of
from dashboard.views.room import admit, near, recorded_notice, turn_away

# Twice within the life of a code: nobody scans one that is about to run out.
NEW_CODE_SECONDS = int(CODE_LIFETIME.total_seconds() / 3)


@never_cache
@require_safe
@login_required
def join_in_app(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """The only page with a token for the whole lesson, made as it is shown; its own address holds none."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    standing = rules.may_enter_room(person, lesson)
    if standing is None:
        raise PermissionDenied
    now = timezone.now()
    away = turn_away(person, lesson, standing, now=now)
    if away is not None:
        return redirect(away, lesson_id=lesson.pk)
    if not settings.JITSI_DOMAIN:
        return redirect("room", lesson_id=lesson.pk)
    if not admit(person, lesson, near=near(request)):
        return redirect("stream", lesson_id=lesson.pk)
    return render(request, "dashboard/join_in_app.html", _app_context(request, person, lesson, standing, now))


def _app_context(
    request: HttpRequest, person: Person, lesson: Lesson, standing: Standing, now: datetime
) -> dict[str, object]:
    room = reverse("room", args=[lesson.pk])
    profile = _profile_of(request)
    links = deep_links.make_app_links(
        person=person,
        room=room_for(person, lesson),
        standing=standing,
        profile=profile,
        fallback=urljoin(settings.PUBLIC_URL, f"{room}?video=browser"),
        now=now,
    )
    return {
        "lesson": lesson,
        "phone": phone_of(request),
        "profile": profile,
        "profiles": with_media(),
        "recorded": recorded_notice(person, lesson, standing),
        "links": links,
        "browser_url": f"{room}?video=browser",
        "companion_url": f"{room}?video=app",
        "stores": {
            "ios": deep_links.APP_STORE,
            "android": deep_links.PLAY_STORE,
            "f_droid": deep_links.F_DROID,
        },
    }


def _profile_of(request: HttpRequest) -> Profile:
    """As the device asks for it; the app is for those who want to hear something."""
    asked = request.GET.get("profile", "")
    return Profile(asked) if asked in OVERRIDES else Profile.NORMAL


@never_cache
@require_safe
@login_required
def room_code(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """For the wall of a classroom: a square code that leads each phone to its own sign-in and this lesson's door."""
    person = person_of(request)
    lesson = find_lesson(person, lesson_id)
    if not rules.may_decide_at_the_door(standing_in(person, lesson)):
        raise PermissionDenied
    if lesson.is_over:
        return redirect("lesson", lesson_id=lesson.pk)
    code = lesson_code(lesson.pk, now=timezone.now())
    address = urljoin(settings.PUBLIC_URL, reverse("follow_code", args=[code]))
    context = {
        "lesson": lesson,
        "address": address,
        "picture": segno.make(address, error="m", micro=False).svg_data_uri(border=4, scale=8, light="#fff"),
        "refresh_seconds": NEW_CODE_SECONDS,
        "minutes": int(CODE_LIFETIME.total_seconds() // 60),
    }
    return render(request, "dashboard/room_code.html", context)


@never_cache
@require_safe
@login_required
def follow_code(request: HttpRequest, code: str) -> HttpResponse:
    """To the lesson's door, for those who may know that there is one; the door itself asks everything else."""
    lesson_id = read_lesson_code(code, now=timezone.now())
    lesson = lessons_for(person_of(request)).filter(pk=lesson_id).first() if lesson_id else None
    if lesson is None:
        return render(request, "dashboard/code_gone.html", status=404)
    return redirect("room", lesson_id=lesson.pk)
