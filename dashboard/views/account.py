"""One's own account: name, language, password, connected sign-ins; and the way back in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import PasswordChangeForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions
from accounts.models import Identity, IdentityProvider
from accounts.queries import institutions_of, managed_institutions
from classroom.queries import open_join_links_of
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.sign_in_forms import AccountForm, NewPasswordForm, PasswordForgottenForm
from dashboard.views.oidc import connect_token
from dashboard.views.people import speak

# The newest; whoever has more has a system that makes too many.
LINKS_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def account(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    form = AccountForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        form.save()
        with override(person.language or get_language()):
            messages.success(request, _("Your account is changed."))
        return speak(redirect("account"), person)
    person.refresh_from_db()  # the form has written on it; the page's head must show what is kept
    identities = Identity.objects.filter(person=person).select_related("provider__institution")
    others = IdentityProvider.objects.filter(institution__in=institutions_of(person), is_active=True)
    context = {
        "form": form,
        "join_links": open_join_links_of(person, now=timezone.now())[:LINKS_SHOWN],
        "identities": identities.order_by("created_at"),
        "others": others.exclude(identities__person=person).select_related("institution").order_by("label"),
        "connect": connect_token(person),
        "has_password": person.has_usable_password(),
        "may_manage_providers": managed_institutions(person).exists(),
    }
    return render(request, "dashboard/account.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def disconnect(request: HttpRequest, identity_id: UUID) -> HttpResponse:
    person = person_of(request)
    found = Identity.objects.filter(pk=identity_id, person=person).select_related("provider__institution")
    identity = found.select_related("person", "provider__institution").first()
    if identity is None:
        raise Http404
    try:
        actions.disconnect_identity(identity=identity, by=person)
        messages.success(request, _("The sign-in is disconnected."))
    except Refused:
        messages.error(request, _("This is your only way in. Choose a password first."))
    return redirect("account")


class ChangePassword(auth.PasswordChangeView):
    template_name = "dashboard/change_password.html"
    form_class = PasswordChangeForm
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        person, password = person_of(self.request), form.cleaned_data["new_password1"]
        actions.change_password(person=person, password=password, session=self.request.session)
        messages.success(self.request, _("Your password is changed."))
        return redirect(self.get_success_url())


@require_http_methods(["GET", "HEAD", "POST"])
def password_forgotten(request: HttpRequest) -> HttpResponse:
    """The same answer, and nearly the same work, whether the address is known or not."""
    form = PasswordForgottenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.ask_for_password(email=form.cleaned_data["email"])
        return redirect("password_letter")
    context = {"form": form}
    return render(request, "dashboard/password_forgotten.html", context, status=400 if form.errors else 200)


@require_safe
def password_letter(request: HttpRequest) -> HttpResponse:
    return render(request, "dashboard/password_letter.html")


class NewPassword(auth.PasswordResetConfirmView):
    """Behind the letter's link; Django moves its token from the address into the session first."""

    template_name = "dashboard/new_password.html"
    form_class = NewPasswordForm
    success_url = reverse_lazy("sign_in")

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(self.request, _("Your new password is set. Sign in with it."))
        return super().form_valid(form)
