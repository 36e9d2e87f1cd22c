"""The room page: a shell; everything in it happens over the two sockets."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Person
from attendance.rules import may_watch_heatmap
from classroom import rules
from classroom.actions import PEER_ROOM_SEATS, keep_seat
from classroom.admission import Door
from classroom.diversion import door_for, is_called, region_to_say, region_told
from classroom.jitsi.control import our_control
from classroom.jitsi.iframe import iframe_page
from classroom.jitsi.profiles import Profile
from classroom.models import STAFF, Lesson, Standing
from classroom.protection import shield_for
from classroom.queries import plans_of
from common.clock import to_ms
from dashboard.doors import let_jitsi_in, person_of, phone_of
from dashboard.texts import companion_texts, room_texts
from dashboard.views.lessons import find_lesson
from quizzes.rules import may_read_results
from recordings.queries import has_picture
from whiteboard.actions import open_board
from whiteboard.models import Board
from whiteboard.queries import last_board

# Where the video is: here, or in the Jitsi app beside this page, which then has none.
VIDEO = frozenset({"browser", "app"})


@require_safe
@login_required
def room(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    lesson = find_lesson(person, lesson_id)
    standing = rules.may_enter_room(person, lesson)
    if standing is None:
        raise PermissionDenied
    video = request.GET.get("video", "")
    away = turn_away(person, lesson, standing, now=timezone.now())
    if away is None and settings.JITSI_DOMAIN and phone_of(request) and video not in VIDEO:
        away = "join_in_app"
    if away is not None:
        return redirect(away, lesson_id=lesson.pk)
    if not admit(person, lesson, near=near(request)):
        return redirect("stream", lesson_id=lesson.pk)
    is_companion = video == "app"
    data = page_data(person, lesson, standing, near=near(request), is_companion=is_companion)
    data["csrf"] = get_token(request)
    context = {"lesson": lesson, "page_data": data}
    if is_companion:
        data["board_style"] = static("board_style.css")
        return render(request, "dashboard/companion.html", context | {"texts": companion_texts()})
    return let_jitsi_in(
        render(request, "dashboard/room.html", context | {"texts": room_texts()}), data["jitsi"]
    )


def near(request: HttpRequest) -> str:
    """The region of whoever asks, if nginx knows their address; see `diversion.region_of`."""
    return region_told(request.headers.get("X-Proxy-Region", ""))


def turn_away(person: Person, lesson: Lesson, standing: Standing, *, now: datetime) -> str | None:
    """The name of the page where somebody belongs who may not go in just now."""
    if lesson.is_over:
        return "lesson"
    is_early = not rules.may_enter_now(standing, lesson, now=now)
    return "waiting" if is_early or rules.is_kept_waiting(person, lesson, standing) else None


def admit(person: Person, lesson: Lesson, *, near: str) -> bool:
    """Asked by each page that holds a token for Jitsi. False: the room is full, or was planned so, and this newcomer
    watches. Nobody is sent to a stream that there is not: one that the load has begun counts from its first picture on."""
    if not lesson.is_streamed:
        return True
    now = timezone.now()
    way = door_for(person, lesson, now, near=near)
    if way.door == Door.HLS and (way.is_planned or has_picture(lesson)):
        return False
    return keep_seat(lesson=lesson, person=person, now=now)


def page_data(
    person: Person, lesson: Lesson, standing: Standing, *, near: str = "", is_companion: bool = False
) -> dict[str, Any]:
    """Everything that the page's script needs to know, as JSON. The companion has no video of its own: that is in
    the Jitsi app, on the same phone."""
    board = open_board(room=lesson.room, now=timezone.now())
    engine = "none" if is_companion else "jitsi" if settings.JITSI_DOMAIN else "peer"
    return {
        "lesson": lesson_data(lesson),
        "person": {"id": str(person.pk), "name": person.name, "role": standing},
        "may_manage": rules.may_end_lesson(standing),
        "may_moderate": rules.may_moderate(standing),
        "mutes_in_app": our_control() is not None,
        "recorded": recorded_notice(person, lesson, standing),
        "suggested_profile": door_for(person, lesson, timezone.now(), near=near).profile or None,
        "engine": engine,
        "capacity": None if settings.JITSI_DOMAIN else PEER_ROOM_SEATS,
        "are_recorders_simulated": settings.JITSI_SIMULATED,
        "jitsi": jitsi_data(person, lesson, standing, near) if engine == "jitsi" else None,
        "profiles": {profile.value: str(profile.label) for profile in Profile},
        "app_url": reverse("join_in_app", args=[lesson.pk]) if settings.JITSI_DOMAIN else None,
        "code_url": reverse("room_code", args=[lesson.pk])
        if rules.may_decide_at_the_door(standing)
        else None,
        "stream_start_url": reverse("stream_start", args=[lesson.pk])
        if rules.may_decide_at_the_door(standing) and not lesson.is_streamed
        else None,
        "connection_url": f"{reverse('connection')}?next={reverse('room', args=[lesson.pk])}",
        "room_socket": f"/ws/rooms/{lesson.room.pk}/",
        "board_socket": f"/ws/boards/{board.pk}/",
        "quiz_socket": f"/ws/quizzes/{lesson.room.pk}/",
        "talk_socket": f"/ws/talk/{lesson.room.pk}/",
        "heatmap_socket": f"/ws/heatmap/{lesson.room.pk}/" if may_watch_heatmap(standing) else None,
        "breakout_plans": plans_of(lesson) if rules.may_divide(standing) else None,
        "results_url": reverse("quiz_results", args=[lesson.pk])
        if may_read_results(person, lesson)
        else None,
        "continue_url": continue_url(lesson, board, standing),
        "leave_url": leave_url(person, lesson),
        "replay_url": reverse("replay", args=[lesson.pk]),
        "summary_url": reverse("lesson_summary", args=[lesson.pk]) if standing in STAFF else None,
    }


def continue_url(lesson: Lesson, board: Board, standing: Standing) -> str | None:
    """Where a board on which nothing was done yet is given the pages of the course's last one."""
    if standing not in STAFF or board.seq > 1:
        return None
    return reverse("continue_board", args=[lesson.pk]) if last_board(lesson) else None


def recorded_notice(person: Person, lesson: Lesson, standing: Standing) -> dict[str, Any]:
    """`{may_send, is_recorded, notice}`: what the page may switch on, and what everybody is told of the recording."""
    shield = shield_for(person, lesson.room, standing)
    if not shield.may_send:
        told = _("You are not in it: you take part without camera and microphone, by board, quiz and chat.")
    elif not shield.is_recorded:
        told = _("You are not in it: only the teacher and the board are recorded.")
    else:
        told = _("Who speaks or shows a picture is in it. The class can watch it afterwards.")
    recorded = _("This lesson is recorded.")
    return {
        "may_send": shield.may_send,
        "is_recorded": shield.is_recorded,
        "notice": f"{recorded} {told}",
    }


def leave_url(person: Person, lesson: Lesson) -> str:
    """Whoever was called in from the stream goes back to it."""
    is_viewer = lesson.is_streamed and is_called(person, lesson, timezone.now())
    return reverse("stream" if is_viewer else "lesson", args=[lesson.pk])


def lesson_data(lesson: Lesson) -> dict[str, Any]:
    return {
        "id": str(lesson.pk),
        "title": lesson.title,
        "course": lesson.course.title,
        "starts_at": to_ms(lesson.starts_at),
        "ends_at": to_ms(lesson.ends_at),
    }


def jitsi_data(person: Person, lesson: Lesson, standing: Standing, near: str) -> dict[str, Any]:
    return iframe_page(
        person=person,
        room=lesson.room,
        standing=standing,
        language=translation.get_language() or "en",
        now=timezone.now(),
        region=region_to_say(lesson.institution, near=near),
    )
