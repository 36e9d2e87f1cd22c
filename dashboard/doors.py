"""Small things that every page's view needs."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from accounts.models import Institution, Person
from accounts.rules import may_administer, may_see_institution
from common.refusals import Refused
from dashboard.findings import say_refusal

M = TypeVar("M", bound=Model)


def person_of(request: HttpRequest) -> Person:
    """The person behind a view that asks for sign-in."""
    assert isinstance(request.user, Person)  # noqa: S101  login_required stands before
    return request.user


def phone_of(request: HttpRequest) -> str:
    """`ios`, `android`, or nothing: what the browser says it runs on. It only decides what is offered first."""
    agent = request.headers.get("User-Agent", "")
    if "Android" in agent:
        return "android"
    return "ios" if any(name in agent for name in ("iPhone", "iPad", "iPod")) else ""


def find_institution(person: Person, institution_id: UUID) -> Institution:
    """The institution if its existence is no secret to `person`; times are its own from here on."""
    institution = Institution.objects.filter(pk=institution_id).first()
    if institution is None or not may_see_institution(person, institution):
        raise Http404
    timezone.activate(ZoneInfo(institution.time_zone))
    return institution


def find_administered(
    request: HttpRequest,
    institution_id: UUID,
    rule: Callable[[Person, Institution], bool] = may_administer,
) -> Institution:
    """404 for a stranger's institution, 403 for one's own without the right."""
    institution = find_institution(person_of(request), institution_id)
    if not rule(person_of(request), institution):
        raise PermissionDenied
    return institution


def find_in(rows: QuerySet[M], pk: UUID) -> M:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def page_of(request: HttpRequest, rows: Any, size: int) -> Page[Any]:
    return Paginator(rows, size).get_page(request.GET.get("page"))


def try_to(request: HttpRequest, act: Callable[[], object], done: str) -> bool:
    """Carry out one action and tell the person on the next page what came of it."""
    try:
        act()
    except Refused as refusal:
        messages.error(request, say_refusal(refusal))
        return False
    messages.success(request, done)
    return True


def let_jitsi_in(response: HttpResponse, page: dict[str, Any] | None) -> HttpResponse:
    """Jitsi's frame and devices, and its script unless that is our own, on this page also from the school's domain.
    `page` is an iframe_page."""
    if page is not None:
        directives = ["frame-src"] if settings.JITSI_SCRIPT_PROXIED else ["frame-src", "script-src"]
        response._csp_update = {name: [page["origin"]] for name in directives}  # type: ignore[attr-defined]
        response.jitsi_origin = page["origin"]  # type: ignore[attr-defined]
    return response


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to; an empty post is a post, whose fields are missing."""
    return request.POST if request.method == "POST" else None
