"""The room page: a shell; everything in it happens over the two sockets."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from accounts.models import Person
from classroom import rules
from classroom.actions import PEER_ROOM_SEATS
from classroom.diversion import door_for
from classroom.jitsi.iframe import iframe_page
from classroom.models import STAFF, Lesson, Standing
from common.clock import to_ms
from dashboard.doors import let_jitsi_in, person_of
from dashboard.texts import room_texts
from dashboard.views.lessons import find_lesson
from whiteboard.actions import open_board


@require_safe
@login_required
def room(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    lesson = find_lesson(person, lesson_id)
    standing = rules.may_enter_room(person, lesson)
    if standing is None:
        raise PermissionDenied
    if lesson.is_over:
        return redirect("lesson", lesson_id=lesson.pk)
    is_early = not rules.may_enter_now(standing, lesson, now=timezone.now())
    if is_early or rules.is_kept_waiting(person, lesson, standing):
        return redirect("waiting", lesson_id=lesson.pk)
    context: dict[str, Any] = {
        "lesson": lesson,
        "page_data": page_data(person, lesson, standing),
        "texts": room_texts(),
    }
    response = render(request, "dashboard/room.html", context)
    return let_jitsi_in(response, context["page_data"]["jitsi"])


def page_data(person: Person, lesson: Lesson, standing: Standing) -> dict[str, Any]:
    """Everything that the page's script needs to know, as JSON."""
    board = open_board(room=lesson.room, now=timezone.now())
    return {
        "lesson": lesson_data(lesson),
        "person": {"id": str(person.pk), "name": person.name, "role": standing},
        "may_manage": rules.may_end_lesson(standing),
        "may_moderate": rules.may_moderate(standing),
        "suggested_profile": door_for(person, lesson, timezone.now()).profile or None,
        "engine": "jitsi" if settings.JITSI_DOMAIN else "peer",
        "capacity": None if settings.JITSI_DOMAIN else PEER_ROOM_SEATS,
        "jitsi": jitsi_data(person, lesson, standing),
        "room_socket": f"/ws/rooms/{lesson.room.pk}/",
        "board_socket": f"/ws/boards/{board.pk}/",
        "leave_url": reverse("lesson", args=[lesson.pk]),
        "replay_url": reverse("replay", args=[lesson.pk]),
        "register_url": reverse("register", args=[lesson.pk]) if standing in STAFF else None,
    }


def lesson_data(lesson: Lesson) -> dict[str, Any]:
    return {
        "id": str(lesson.pk),
        "title": lesson.title,
        "course": lesson.course.title,
        "starts_at": to_ms(lesson.starts_at),
        "ends_at": to_ms(lesson.ends_at),
    }


def jitsi_data(person: Person, lesson: Lesson, standing: Standing) -> dict[str, Any] | None:
    if not settings.JITSI_DOMAIN:
        return None
    language = translation.get_language() or "en"
    return iframe_page(
        person=person, room=lesson.room, standing=standing, language=language, now=timezone.now()
    )
