"""Signing in with an institution's own accounts: away, back, and out again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from accounts import actions, oidc
from accounts.models import IdentityProvider, Person
from accounts.oidc.claims import clean
from accounts.rules import may_enter_through
from common.refusals import Refused, Unavailable
from dashboard.views.people import speak

PENDING, CAME_BY, RESETTING = "oidc_pending", "oidc", "oidc_resetting"
PENDING_SECONDS = 900
MOST_PENDING = 5  # tabs
LONGEST_HEADER = 3500  # proxies refuse an answer whose headers pass 4 kB


def find_provider(slug: str) -> IdentityProvider:
    found = IdentityProvider.objects.filter(slug=slug, is_active=True).select_related("institution")
    provider = found.first()
    if provider is None:
        raise Http404
    return provider


@never_cache
@require_safe
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """By GET: our policy lets no form lead to another house. State, nonce and PKCE make it harmless."""
    provider = find_provider(slug)
    connect = _connecting(request, request.GET.get("connect", ""))
    return _send_away(request, provider, oidc.begin, relative(request, request.GET.get("next", "")), connect)


def _send_away(
    request: HttpRequest,
    provider: IdentityProvider,
    begin: Callable[[IdentityProvider, str], oidc.Start],
    next_: str,
    connect: str,
) -> HttpResponse:
    try:
        started = begin(provider, callback_url(provider))
    except Unavailable as error:
        return _sorry(request, error.code, provider)
    kept = [*request.session.get(PENDING, {}).items()][-MOST_PENDING + 1 :]
    request.session[PENDING] = dict(kept) | {
        started.state: {
            "provider": str(provider.pk),
            "nonce": started.nonce,
            "verifier": started.verifier,
            "next": next_,
            "connect": connect,
            "begun": begin.__name__,
            "at": time.time(),
        }
    }
    return HttpResponseRedirect(started.url)


@never_cache
@require_safe
def callback(request: HttpRequest, slug: str) -> HttpResponse:
    provider, answer = find_provider(slug), request.GET.dict()
    pending = _take_pending(request, provider, answer.get("state", ""))
    reset = _take_reset(request, provider, pending)
    if reset:
        return _send_away(request, provider, oidc.begin, reset["next"], reset["connect"])
    if not pending:
        return _sorry(request, "state_unknown", provider)
    if oidc.wants_reset(provider, answer):
        request.session[RESETTING] = pending
        return _send_away(request, provider, oidc.begin_reset, pending["next"], pending["connect"])
    try:
        return _arrive(request, provider, answer, pending)
    except (Refused, Unavailable) as error:
        return _sorry(request, error.code, provider)


def _take_pending(request: HttpRequest, provider: IdentityProvider, state: str) -> dict[str, Any]:
    """What this browser began under that state; once, not for another provider, not too late. Else {}."""
    waiting: dict[str, dict[str, Any]] = request.session.get(PENDING, {})
    pending = waiting.pop(state, None)
    if pending is None:
        return {}
    request.session[PENDING] = waiting
    if pending["provider"] != str(provider.pk):
        return {}
    return pending if time.time() - pending["at"] < PENDING_SECONDS else {}


def _take_reset(request: HttpRequest, provider: IdentityProvider, pending: dict[str, Any]) -> dict[str, Any]:
    """What was begun before B2C's policy for forgotten passwords, if this is the way back from there. Else {}.

    After it neither state nor code fits anything: sign-in simply begins again.
    """
    before: dict[str, Any] = request.session.pop(RESETTING, {})
    if before.get("provider") != str(provider.pk) or time.time() - before["at"] > PENDING_SECONDS:
        return {}
    return before if not pending or pending["begun"] == "begin_reset" else {}


def _arrive(
    request: HttpRequest, provider: IdentityProvider, answer: dict[str, str], pending: dict[str, Any]
) -> HttpResponse:
    keys = {"nonce": pending["nonce"], "verifier": pending["verifier"]}
    arrival = oidc.finish(provider, callback_url(provider), answer, **keys)
    if pending["connect"]:
        return _connect(request, provider, arrival, pending["connect"])
    person = actions.admit_identity(provider=provider, profile=arrival.profile)
    if not may_enter_through(person, provider):
        raise Refused("no_entry")
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    request.session[CAME_BY] = {"provider": str(provider.pk), "id_token": arrival.id_token}
    request.session.pop(PENDING, None)
    actions.remember_session(
        provider=provider, profile=arrival.profile, session_key=str(request.session.session_key)
    )
    return speak(redirect(pending["next"] or settings.LOGIN_REDIRECT_URL), person)


def _connect(
    request: HttpRequest, provider: IdentityProvider, arrival: oidc.Arrival, connect: str
) -> HttpResponse:
    if not isinstance(request.user, Person) or str(request.user.pk) != connect:
        raise Refused("state_unknown")
    actions.connect_identity(provider=provider, profile=arrival.profile, person=request.user)
    return redirect("account")


def connect_token(person: Person) -> str:
    """Only our own page can start the connecting of an account: a foreign link cannot make this."""
    return signing.dumps(str(person.pk), salt="oidc.connect")


def _connecting(request: HttpRequest, token: str) -> str:
    try:
        wanted = str(signing.loads(token, salt="oidc.connect", max_age=3600)) if token else ""
    except signing.BadSignature:
        return ""
    return wanted if str(request.user.pk) == wanted else ""


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Our own session first, whatever the provider says afterwards.

    Its sign-out page is opened by a Refresh: a redirect after a form would break our own policy.
    """
    came_by = request.session.get(CAME_BY) or {}
    person, key = request.user, str(request.session.session_key)
    logout(request)
    if isinstance(person, Person):
        actions.forget_session(person=person, session_key=key)
    provider = IdentityProvider.objects.filter(pk=came_by["provider"]).first() if came_by else None
    if provider is None:
        return redirect("sign_in")
    back = settings.PUBLIC_URL + reverse("sign_in")
    url = oidc.end_session_url(provider, came_by["id_token"], back)
    response = render(request, "dashboard/signed_out.html", {"provider": provider, "url": url})
    if url and len(url) < LONGEST_HEADER:  # else the page's button leads there
        response["Refresh"] = f"0; url={url}"
    return response


@csrf_exempt
@require_POST
def backchannel_logout(request: HttpRequest, slug: str) -> HttpResponse:
    """The provider itself says that somebody has signed out there (OpenID Connect Back-Channel Logout)."""
    provider = find_provider(slug)
    try:
        claims = oidc.verify(request.POST.get("logout_token", ""), provider, "logout")
    except Refused:
        return HttpResponseBadRequest("logout_token refused")
    except Unavailable:
        return HttpResponse("later", status=503)
    subject = oidc.read_profile(claims, provider).subject
    actions.end_provider_sessions(provider=provider, sid=clean(claims.get("sid")), subject=subject)
    return HttpResponse(headers={"Cache-Control": "no-store"})


def callback_url(provider: IdentityProvider) -> str:
    """Never from the request's Host: it is registered at the provider."""
    return settings.PUBLIC_URL + reverse("sign_in_callback", args=[provider.slug])


def relative(request: HttpRequest, address: str) -> str:
    """`address` if it leads to a page of this house; else ""."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return address if is_ours else ""


def _sorry(request: HttpRequest, code: str, provider: IdentityProvider) -> HttpResponse:
    """Which step refused a token is for the log, not for the page."""
    sentences = {
        "cancelled": _("You came back without signing in."),
        "state_unknown": _("This sign-in was begun in another window, or took too long. Please begin again."),
        "not_invited": _("Your school has not invited you yet. Ask its office."),
        "domain_not_listed": _("Your address does not belong to this school. Ask its office."),
        "email_taken": _(
            "There already is an account with your address. Sign in with its password; "
            "then you can connect this sign-in on your account’s page."
        ),
        "identity_taken": _("This account is already connected to somebody else."),
        "no_role": _("Your account has no role at this school. Ask its office."),
        "no_entry": _(
            "This way in is not open for your account. Sign in with your password, or ask the office."
        ),
        "belongs_elsewhere": _("You belong to another school, too, for which this provider cannot speak."),
        "provider_away": _(
            "The sign-in service does not answer at the moment. Please try again in a minute."
        ),
        "provider_changed": _("The sign-in service is not set up rightly. Please tell your school’s office."),
    }
    sentence = sentences.get(code) or _("The sign-in service gave an answer that we cannot trust.")
    status = 503 if code.startswith("provider_") and code != "provider_refused" else 403
    context = {"sentence": sentence, "provider": provider}
    return render(request, "dashboard/sign_in_refused.html", context, status=status)
