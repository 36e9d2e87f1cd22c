"""What every page gets."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils.decorators import sync_and_async_middleware


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


def _set_permissions(response: HttpResponse) -> None:
    allowed = " ".join(["self", *([f'"{settings.JITSI_ORIGIN}"'] if settings.JITSI_ORIGIN else [])])
    granted = [
        f"{name}=({allowed})"
        for name in ("camera", "microphone", "display-capture", "fullscreen", "autoplay")
    ]
    denied = [f"{name}=()" for name in ("geolocation", "payment", "usb")]
    response["Permissions-Policy"] = ", ".join([*granted, *denied])


refuse_nul = _both_ways(_find_nul, lambda response: None)
set_permissions_policy = _both_ways(lambda request: None, _set_permissions)
