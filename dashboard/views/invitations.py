"""Inviting people, and the page behind the letter."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import actions
from accounts.models import Invitation, Person
from common.refusals import Refused
from dashboard.doors import find_administered, find_in, page_of, person_of, posted, try_to
from dashboard.findings import say_refusal
from dashboard.people_forms import AcceptForm, InviteForm

PAGE_SIZE = 50
BACKEND = "django.contrib.auth.backends.ModelBackend"


@require_http_methods(["GET", "POST"])
@login_required
def invitations(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school, me = find_administered(request, institution_id), person_of(request)
    form = InviteForm(me, school, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            actions.invite_person(institution=school, by=me, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("email", say_refusal(refusal))
        else:
            messages.success(request, _("The letter is on its way."))
            return redirect("invitations", school.pk)
    now, query = timezone.now(), request.GET.get("q", "").strip()
    rows = Invitation.objects.filter(institution=school, email__icontains=query, is_quiet=False).order_by(
        "-created_at", "pk"
    )
    page = page_of(request, rows, PAGE_SIZE)
    context = {
        "school": school,
        "form": form,
        "page_obj": page,
        "q": query,
        "rows": [{"invitation": one, "state": one.state_at(now)} for one in page.object_list],
    }
    return render(request, "dashboard/invitations.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def invitation_resend(request: HttpRequest, institution_id: UUID, invitation_id: UUID) -> HttpResponse:
    school, invitation = _find(request, institution_id, invitation_id)
    try_to(
        request,
        lambda: actions.resend_invitation(invitation=invitation, by=person_of(request)),
        _("A new letter is on its way; the link in the old one has ended."),
    )
    return redirect("invitations", school)


@require_POST
@login_required
def invitation_revoke(request: HttpRequest, institution_id: UUID, invitation_id: UUID) -> HttpResponse:
    school, invitation = _find(request, institution_id, invitation_id)
    try_to(
        request,
        lambda: actions.revoke_invitation(invitation=invitation, by=person_of(request)),
        _("The invitation is withdrawn; its link has ended."),
    )
    return redirect("invitations", school)


def _find(request: HttpRequest, institution_id: UUID, invitation_id: UUID) -> tuple[UUID, Invitation]:
    school = find_administered(request, institution_id)
    invitation = find_in(Invitation.objects.filter(institution=school, is_quiet=False), invitation_id)
    return school.pk, invitation


@never_cache
@require_http_methods(["GET", "POST"])
def invitation_accept(request: HttpRequest, token: str) -> HttpResponse:
    """For whoever holds the letter, signed in or not."""
    invitation = actions.find_invitation(token, now=timezone.now())
    if invitation is None:
        return render(request, "dashboard/invitation_closed.html", status=410)
    me = request.user if isinstance(request.user, Person) else None
    owner = Person.objects.filter(email=invitation.email).first()
    form = AcceptForm(invitation, posted(request))
    if request.method == "POST" and (me is not None or form.is_valid()):
        try:
            data = {} if me else form.cleaned_data
            joined = actions.accept_invitation(token=token, person=me, **data)
        except Refused as refusal:
            messages.error(request, say_refusal(refusal))
            return redirect(request.path)
        if me is None:
            login(request, joined, backend=BACKEND)
        messages.success(request, _("Welcome to %(school)s.") % {"school": invitation.institution.name})
        return redirect("home")
    context = {
        "invitation": invitation,
        "form": form,
        "is_somebody_else": me is not None and me.email != invitation.email,
        "is_signed_in": me is not None,
        "has_account": me is None and owner is not None and owner.has_usable_password(),
    }
    wrong = request.method == "POST" and me is None
    return render(request, "dashboard/invitation.html", context, status=400 if wrong else 200)
