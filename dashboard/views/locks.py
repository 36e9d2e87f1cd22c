"""Every account of the platform, for its administration: found, locked altogether, and unlocked."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import actions
from accounts.queries import find_accounts, institutions_with
from accounts.rules import may_lock_accounts
from dashboard.doors import find_in, page_of, person_of, try_to

PAGE_SIZE = 25


@require_safe
@login_required
def accounts(request: HttpRequest) -> HttpResponse:
    """Nobody is shown who was not searched for: the platform runs schools, it does not read their lists."""
    if not may_lock_accounts(person_of(request)):
        raise PermissionDenied
    query = request.GET.get("q", "").strip()
    context = {"q": query, "page_obj": page_of(request, find_accounts(query), PAGE_SIZE)}
    return render(request, "dashboard/accounts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account_lock(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """A look at whom it is about, then the act."""
    me = person_of(request)
    if not may_lock_accounts(me):
        raise PermissionDenied
    somebody = find_in(find_accounts(), person_id)
    if request.method == "POST":
        # As the page said it: whoever clicks twice, or after a colleague, does not turn it round.
        is_active = request.POST.get("act") == "unlock"
        done = (
            _("The account is unlocked.")
            if is_active
            else _("The account is locked, everywhere and at once.")
        )
        try_to(
            request,
            lambda: actions.set_person_active(person=somebody, is_active=is_active, by=me),
            done,
        )
        return redirect("account_lock", somebody.pk)
    context = {"somebody": somebody, "is_me": somebody == me, "schools": institutions_with(somebody)}
    return render(request, "dashboard/account_lock.html", context)
