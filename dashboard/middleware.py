"""What every page gets."""

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.decorators import sync_and_async_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

from classroom.passes import LINK_IN_SESSION, may_go_to
from common.about import begin, request_id_of
from recordings.queries import lesson_of_link

LESSON_IN_PATH = re.compile(r"/lessons/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


def _both_ways(
    before: Callable[[HttpRequest], HttpResponse | None], after: Callable[[HttpResponse], None]
) -> Any:
    """A middleware for sync and async handlers from a check before and a touch after."""

    @sync_and_async_middleware
    def middleware(get_response: Any) -> Any:
        async def handle_async(request: HttpRequest) -> HttpResponse:
            response: HttpResponse = before(request) or await get_response(request)
            after(response)
            return response

        def handle(request: HttpRequest) -> HttpResponse:
            response: HttpResponse = before(request) or get_response(request)
            after(response)
            return response

        return handle_async if iscoroutinefunction(get_response) else handle

    return middleware


def _find_nul(request: HttpRequest) -> HttpResponse | None:
    """PostgreSQL holds no NUL; a query with one would end as a server error. The API says so in its own words."""
    if request.path.startswith("/api/"):
        return None
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return HttpResponseBadRequest("A NUL character is not allowed here.")
    return None


def _name_request(request: HttpRequest) -> None:
    """For the log: which request this is, and of which lesson."""
    request.darasa_request_id = request_id_of(request.headers.get("X-Request-Id", ""))  # type: ignore[attr-defined]
    lesson = LESSON_IN_PATH.search(request.path)
    begin(request=request.darasa_request_id, **({"lesson": lesson[1]} if lesson else {}))  # type: ignore[attr-defined]


def _set_permissions(response: HttpResponse) -> None:
    # A school may meet Jitsi under a name of its own: `doors.let_jitsi_in`.
    origins = dict.fromkeys(filter(None, (settings.JITSI_ORIGIN, getattr(response, "jitsi_origin", ""))))
    allowed = " ".join(["self", *(f'"{origin}"' for origin in origins)])
    granted = [
        f"{name}=({allowed})"
        for name in ("camera", "microphone", "display-capture", "fullscreen", "autoplay")
    ]
    denied = [f"{name}=()" for name in ("geolocation", "payment", "usb")]
    response["Permissions-Policy"] = ", ".join([*granted, *denied])


name_request = _both_ways(_name_request, lambda response: None)
refuse_nul = _both_ways(_find_nul, lambda response: None)
set_permissions_policy = _both_ways(lambda request: None, _set_permissions)


async def _nobody() -> AnonymousUser:
    return AnonymousUser()


class ConfineToLesson(MiddlewareMixin):
    """Whoever came by a join link is somebody at the doors of that lesson, and nobody at every other."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        # Pieces of a stream ask nobody who they are, and come by the thousand.
        if request.resolver_match and request.resolver_match.url_name in BY_PASS:
            return
        # Without a cookie there is no session, and nothing to look up.
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or LINK_IN_SESSION not in request.session:
            return
        lesson_id = _lesson_asked_for(request, kwargs)
        if lesson_id is None or not may_go_to(request.session, lesson_id):
            request.user = AnonymousUser()
            request.auser = _nobody


def _lesson_asked_for(request: HttpRequest, kwargs: dict[str, Any]) -> UUID | None:
    name = request.resolver_match.url_name if request.resolver_match else None
    if name == "media":
        return lesson_of_link(request.GET.get("token", ""))
    return kwargs["lesson_id"] if name in OF_A_LINK else None


BY_PASS = frozenset({"stream_piece", "stream_gate"})
# What a join link opens, of its own lesson.
OF_A_LINK = frozenset(
    {
        *("room", "waiting", "join_in_app", "replay", "recording_progress", "recording_position"),
        *("recording_video", "recording_poster", "recording_chapters"),
        *("recording_board", "recording_picture", "recording_captions"),
        *("recording_thumbnails", "recording_thumbnail_sheet"),
        *("recording_notes", "recording_note", "recording_notes_text"),
        *("recording_pack", "recording_pack_file"),
        *("stream", "stream_pass"),
    }
)


@sync_and_async_middleware
def keep_private(get_response: Any) -> Any:
    """Nothing that was made for one person stays in a cache: not in the next one's browser, not on the way.

    Whoever said something else of a page (media, calendars) is left alone. The cookie tells, so that nobody
    is looked up for it; static files never come here.
    """

    def mark(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        names = {settings.SESSION_COOKIE_NAME, settings.GUEST_COOKIE_NAME}
        if not response.has_header("Cache-Control") and (
            names & request.COOKIES.keys() or names & response.cookies.keys()
        ):
            response["Cache-Control"] = "private, no-store"
        return response

    async def handle_async(request: HttpRequest) -> HttpResponseBase:
        return mark(request, await get_response(request))

    def handle(request: HttpRequest) -> HttpResponseBase:
        return mark(request, get_response(request))

    return handle_async if iscoroutinefunction(get_response) else handle


class CompressPages(GZipMiddleware):
    """Text only, and never a stream: a video would lose its ranges. Django pads the answer against BREACH."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.get("Content-Type", "").startswith(COMPRESSED):
            return response
        return super().process_response(request, response)


COMPRESSED = ("text/", "application/json", "image/svg+xml")


@sync_only_middleware
def tell_server_time(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """A `Server-Timing` header: milliseconds of everything below, and of the database with the number of queries.

    Only where SERVER_TIMING says so; sync, because the database's connection belongs to a thread.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        queries: list[float] = []

        def timed(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            begun = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                queries.append(time.perf_counter() - begun)

        begun = time.perf_counter()
        with connection.execute_wrapper(timed):
            response = get_response(request)
        total = time.perf_counter() - begun
        parts = (
            f"total;dur={total * 1000:.2f}",
            f'db;dur={sum(queries) * 1000:.2f};desc="{len(queries)} queries"',
        )
        response["Server-Timing"] = ", ".join(parts)
        return response

    return handle
