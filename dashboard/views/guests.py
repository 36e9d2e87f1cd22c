"""The public door: somebody with a guest link, without an account.

A guest has no session; the cookie holds the secret of the browser that knocked, and means nothing to any
other page. A link that is wrong, expired or revoked is the same page that does not exist.
"""

from contextlib import suppress
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from accounts.models import Person
from classroom import actions, rules
from classroom.models import GuestLink, Knock, KnockState, Lesson, Standing
from classroom.queries import link_of
from common.ids import fingerprint, make_secret
from common.refusals import Refused
from dashboard.doors import let_jitsi_in
from dashboard.lobby import AnswerForm, GuestForm
from dashboard.texts import room_texts
from dashboard.views.doors import door_context, door_state, knock_trouble
from dashboard.views.room import near, page_data

COOKIE_SECONDS = 24 * 3600
# A whole school shares one address: this stops a script, not four classes at nine o'clock.
KNOCKS_AN_ADDRESS, WINDOW_SECONDS = 200, 60


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: HttpRequest, token: str) -> HttpResponse:
    link, knock = _find(request, token)
    if request.method != "POST":
        return _show(request, link, knock, token)
    if "withdraw" in request.POST:
        if knock is not None:
            actions.withdraw_knock(knock=knock, now=timezone.now())
        return redirect("guest", token=token)
    if knock is not None and door_state(link.lesson, knock, now=timezone.now()) == "admitted":
        return _answer(request, link, knock, token)
    return _knock(request, link, knock, token)


@never_cache
@require_safe
def guest_room(request: HttpRequest, token: str) -> HttpResponse:
    link, knock = _find(request, token)
    person = knock.person if knock is not None and knock.state == KnockState.ADMITTED else None
    lesson = link.lesson
    if knock is None or person is None or not rules.doors_are_open(lesson, now=timezone.now()):
        return redirect("guest", token=token)
    if rules.is_put_out(person, lesson):
        raise PermissionDenied
    data = page_data(person, lesson, Standing.GUEST, near=near(request))
    sockets = {name: address for name, address in data.items() if name.endswith("_socket") and address}
    data |= {name: f"{address}?guest={knock.pk}" for name, address in sockets.items()}
    data |= {
        "leave_url": reverse("guest", args=[token]) + "?left",
        "replay_url": None,
        "summary_url": None,
        "csrf": get_token(request),
        # Doors for people with an account.
        "app_url": None,
        "connection_url": None,
    }
    context = {"lesson": lesson, "page_data": data, "texts": room_texts(), "institution": lesson.institution}
    response = let_jitsi_in(render(request, "dashboard/room.html", context), data["jitsi"])
    return _unlisted(response)


def _find(request: HttpRequest, token: str) -> tuple[GuestLink, Knock | None]:
    """The link and this browser's last knock behind it. Who came in before the link ran out stays welcome."""
    link = link_of(token)
    if link is None or link.revoked_at is not None:
        raise Http404
    knock = _last_knock(request, link)
    was_let_in = knock is not None and knock.state == KnockState.ADMITTED and not link.lesson.is_over
    if not (link.is_open_at(timezone.now()) or was_let_in):
        raise Http404
    timezone.activate(ZoneInfo(link.lesson.institution.time_zone))
    return link, knock


def _last_knock(request: HttpRequest, link: GuestLink) -> Knock | None:
    browser = request.COOKIES.get(settings.GUEST_COOKIE_NAME, "")
    if not browser:
        return None
    knocks = Knock.objects.filter(link=link, browser=fingerprint(browser)).order_by("-asked_at")
    return knocks.select_related("person", "lesson").first()


def _answer(request: HttpRequest, link: GuestLink, knock: Knock, token: str) -> HttpResponse:
    """Whoever was let in says something else about the recording; what else they posted changes nothing."""
    form = AnswerForm(link.lesson, request.POST)
    if "recording" not in form.fields:
        return redirect("guest", token=token)
    if not form.is_valid() or form.answer is None:
        return _show(request, link, knock, token, form=form, status=400)
    actions.answer_for_recording(knock=knock, answer=form.answer, now=timezone.now())
    return redirect(reverse("guest", args=[token]) + "?left=answered")


def _knock(request: HttpRequest, link: GuestLink, knock: Knock | None, token: str) -> HttpResponse:
    form = GuestForm(link.lesson, request.POST)
    if _is_flooded(request):
        return _show(request, link, knock, token, form=form, trouble="slow_down", status=429)
    if not form.is_valid():
        return _show(request, link, knock, token, form=form, status=400)
    browser = request.COOKIES.get(settings.GUEST_COOKIE_NAME) or make_secret()
    try:
        actions.knock_as_guest(
            link=link,
            name=form.cleaned_data["name"],
            browser=browser,
            language=translation.get_language() or "",
            now=timezone.now(),
            answer=form.answer,
        )
    except Refused as refusal:
        if refusal.code == "not_found":
            raise Http404 from refusal
        status = 429 if refusal.code == "slow_down" else 400
        return _show(request, link, knock, token, form=form, trouble=refusal.code, status=status)
    response = redirect("guest", token=token)
    response.set_cookie(
        settings.GUEST_COOKIE_NAME,
        browser,
        max_age=COOKIE_SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


def flood_key(address: str) -> str:
    return f"knocks:{fingerprint(address)}"


def _is_flooded(request: HttpRequest) -> bool:
    """Whether too many knocks came from this address within a minute; without Redis the links' own limit remains."""
    key = flood_key(request.META.get("REMOTE_ADDR", ""))
    with suppress(RedisError, OSError, ValueError):
        cache.add(key, 0, WINDOW_SECONDS)
        return cache.incr(key) > KNOCKS_AN_ADDRESS
    return False


def _show(
    request: HttpRequest,
    link: GuestLink,
    knock: Knock | None,
    token: str,
    *,
    form: AnswerForm | None = None,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    lesson, now = link.lesson, timezone.now()
    state = door_state(lesson, knock, now=now)
    if state == "admitted" and "left" not in request.GET and form is None:
        return redirect("guest_room", token=token)
    context = door_context(lesson, state, now=now) | {
        "is_guest": True,
        "form": form or _form_for(lesson, knock, state),
        "answered": request.GET.get("left") == "answered",
        "trouble": knock_trouble(trouble) if trouble else "",
        "name": knock.name if knock else "",
        "enter_url": reverse("guest_room", args=[token]),
        "own_url": _own_door(request, link),
        "institution": lesson.institution,
    }
    return _unlisted(render(request, "dashboard/door.html", context, status=status))


def _form_for(lesson: Lesson, knock: Knock | None, state: str) -> AnswerForm:
    """What they said is shown to who was let in, and asked anew of who knocks again."""
    if knock is not None and state == "admitted":
        return AnswerForm(lesson, initial={"recording": knock.recording_answer})
    return GuestForm(lesson, initial={"name": knock.name if knock else ""})


def _own_door(request: HttpRequest, link: GuestLink) -> str:
    """Whoever belongs to the lesson anyway and is signed in needs no guest's door."""
    user = request.user
    if isinstance(user, Person) and rules.may_enter_room(user, link.lesson) is not None:
        return reverse("lesson", args=[link.lesson_id])
    return ""


def _unlisted(response: HttpResponse) -> HttpResponse:
    """The address is a key, and not for search engines. (`no-referrer` would make browsers post with
    `Origin: null`, which the protection against forgery refuses; `same-origin` keeps it from other sites.)
    """
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
