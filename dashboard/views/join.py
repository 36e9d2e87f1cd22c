"""The way in for somebody whom another system has signed in; who came by it, and how such a way is closed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Person
from accounts.queries import spent_keys
from classroom import actions, rules
from classroom.models import JoinLink, Lesson
from classroom.passes import LINK_IN_SESSION
from classroom.queries import join_links_of, open_join_links
from common.refusals import Refused
from dashboard.doors import find_in, page_of, person_of
from dashboard.sentences import names_of_callers
from dashboard.views.lessons import find_lesson, use_zone_of

PAGE_SIZE = 25


@never_cache
@require_http_methods(["GET", "POST"])
def join_link(request: HttpRequest, token: str) -> HttpResponse:
    """Shown to whoever looks, used by the press of a button: a preview of the link must not use it up."""
    now = timezone.now()
    if request.method == "POST":
        return _close(request, token) if "withdraw" in request.POST else _enter(request, token)
    return _show(request, actions.find_join_link(token=token, now=now))


def _show(request: HttpRequest, link: JoinLink | None) -> HttpResponse:
    return render(request, "dashboard/join_link.html", {"link": link}, status=200 if link else 404)


def _enter(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = actions.use_join_link(token=token, now=timezone.now())
    except Refused:
        return _show(request, None)
    if request.user != link.person:  # whoever has signed in themselves keeps what they have
        _begin_session(request, link)
    return redirect("room", lesson_id=link.lesson_id)


def _begin_session(request: HttpRequest, link: JoinLink) -> None:
    """For this lesson only; `dashboard.middleware.ConfineToLesson` and the sockets ask the link each time."""
    login(request, link.person, backend="django.contrib.auth.backends.ModelBackend")
    request.session[LINK_IN_SESSION] = str(link.pk)
    request.session.set_expiry(link.opens_until)


def _close(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever holds the link could come in by it, so they may as well see to it that nobody does."""
    now = timezone.now()
    link = actions.find_join_link(token=token, now=now)
    if link is None or not actions.revoke_join_link(link=link, by=link.person_id, now=now):
        return _show(request, None)
    return render(request, "dashboard/join_link.html", {"link": None, "is_withdrawn": True})


@dataclass(frozen=True, slots=True)
class JoinLinkRow:
    """`state` is open, inside, withdrawn or over; `maker` is empty for somebody erased."""

    link: JoinLink
    maker: str
    state: str

    @property
    def may_be_withdrawn(self) -> bool:
        return self.state in {"open", "inside"}


@require_safe
@login_required
def join_links(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """Whom other systems let into this lesson by links."""
    _me, lesson = _find_managed(request, lesson_id)
    query, now = request.GET.get("q", "").strip(), timezone.now()
    page = page_of(request, join_links_of(lesson, query), PAGE_SIZE)
    rows = _rows(list(page), now=now)
    context: dict[str, Any] = {
        "lesson": lesson,
        "page_obj": page,
        "rows": rows,
        "q": query,
        "open_count": open_join_links(lesson, now=now).count(),
    }
    return render(request, "dashboard/join_links.html", context)


def _rows(links: Collection[JoinLink], *, now: datetime) -> list[JoinLinkRow]:
    makers = {link.made_by for link in links}
    names, spent = names_of_callers(makers), spent_keys(makers, now=now)
    return [
        JoinLinkRow(link, names.get(link.made_by, ""), _state_of(link, link.made_by in spent, now))
        for link in links
    ]


def _state_of(link: JoinLink, is_key_spent: bool, now: datetime) -> str:
    if link.revoked_at is not None:
        return "withdrawn"
    if is_key_spent or not link.holds_at(now) or (link.used_at is None and link.expires_at <= now):
        return "over"
    return "inside" if link.used_at else "open"


@require_POST
@login_required
def revoke_join_link(request: HttpRequest, lesson_id: UUID, join_link_id: UUID) -> HttpResponse:
    me, lesson = _find_managed(request, lesson_id)
    links = JoinLink.objects.filter(lesson=lesson).select_related("lesson__institution")
    _withdraw(request, find_in(links, join_link_id), me)
    return redirect("join_links", lesson_id=lesson.pk)


@require_POST
@login_required
def withdraw_join_link(request: HttpRequest, join_link_id: UUID) -> HttpResponse:
    """One's own."""
    me = person_of(request)
    links = JoinLink.objects.filter(person=me).select_related("lesson__institution")
    _withdraw(request, find_in(links, join_link_id), me)
    return redirect("account")


def _withdraw(request: HttpRequest, link: JoinLink, by: Person) -> None:
    if actions.revoke_join_link(link=link, by=by.pk, now=timezone.now()):
        messages.success(request, _("The link is withdrawn; whoever came in by it is out."))
    else:
        messages.info(request, _("The link had been withdrawn before."))


def _find_managed(request: HttpRequest, lesson_id: UUID) -> tuple[Person, Lesson]:
    """404 for strangers, 403 for those of the school who do not run its courses."""
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not rules.may_run_courses(person, lesson.institution):
        raise PermissionDenied
    return person, lesson
