"""The doors that the Jitsi stack knocks at: no session, no form; a secret, one row, an answer.

Without its secret a door is not there (404); with a wrong one it stays closed (401), and says nothing else.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from classroom import actions
from classroom.jitsi.events import EVENT_SYNC_WORDS, count_events
from classroom.jitsi.proofs import bears_hook_token, is_secret, is_signed, note_refused, read_body
from classroom.jitsi.reservations import Refusal, Reservation, find_reservation, reserve
from classroom.models import HookSource

View = Callable[..., HttpResponse]


def by_bearer(view: View) -> View:
    """A machine door for whoever bears JITSI_HOOK_TOKEN."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_secret(settings.JITSI_HOOK_TOKEN):
            return say(404, "not_found")
        if not bears_hook_token(request):
            return say(401, "unauthorised")
        return view(request, *args, **kwargs)

    return guarded


def say(status: int, code: str) -> JsonResponse:
    return JsonResponse({"error": code}, status=status)


@csrf_exempt
@require_POST
def events(request: HttpRequest) -> HttpResponse:
    """What is signed is taken, readable or not: the sender's queue must never stand still behind one bad line."""
    if not is_secret(settings.JITSI_EVENT_SECRET):
        return say(404, "not_found")
    body = read_body(request)
    if body is None:
        return say(413, "too_large")
    if not is_signed(request, body):
        note_refused(timezone.now())
        return say(401, "unauthorised")
    actions.take_delivery(
        source=HookSource.EVENTS,
        body=body,
        received_at=timezone.now(),
        sent_at_ms=int(request.headers["X-Darasa-Sent-At"]),
    )
    return JsonResponse({"accepted": count_events(body)}, status=202)


@require_POST
@by_bearer
def event_sync(request: HttpRequest, noun: str, verb: str) -> HttpResponse:
    """The contributed component's; it asks again after a 5xx only, so nothing else may stand in the way."""
    word = f"{noun}/{verb}"
    if word not in EVENT_SYNC_WORDS:
        return say(404, "not_found")
    body = read_body(request)
    if body is None:
        return say(413, "too_large")
    actions.take_delivery(source=HookSource.EVENT_SYNC, body=body, received_at=timezone.now(), about=word)
    return JsonResponse({"accepted": 1}, status=202)


@require_POST
@by_bearer
def reservations(request: HttpRequest) -> HttpResponse:
    """May this conference begin? From the timetable; a no is a 403 with a sentence, never a fault of ours."""
    body = read_body(request)
    if body is None:
        return say(413, "too_large")
    now = timezone.now()
    actions.take_delivery(source=HookSource.RESERVATIONS, body=body, received_at=now, about="POST")
    form = QueryDict(body.decode(errors="replace"))
    answer = reserve(form.get("name", ""), now=now)
    return _tell(answer, form.get("mail_owner", ""))


@require_http_methods(["GET", "DELETE"])
@by_bearer
def reservation(request: HttpRequest, reservation: str) -> HttpResponse:
    """The same once more, or its end: the timetable goes on without it, so that is only noted."""
    now = timezone.now()
    if request.method == "DELETE":
        body = reservation[:200].encode(errors="replace")
        actions.take_delivery(source=HookSource.RESERVATIONS, body=body, received_at=now, about="DELETE")
        return HttpResponse(status=204)
    answer = find_reservation(reservation, now=now)
    return say(404, "not_found") if answer is None else _tell(answer, "")


def _tell(answer: Reservation | Refusal, mail_owner: str) -> HttpResponse:
    if isinstance(answer, Refusal):
        return JsonResponse({"message": answer.message}, status=403)
    return JsonResponse(answer.as_json(mail_owner))
