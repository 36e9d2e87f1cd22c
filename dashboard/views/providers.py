"""A school's identity providers, as its head sets them up."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, oidc
from accounts.models import IdentityProvider, Person, Preset
from accounts.queries import institutions_of, managed_institutions, managed_providers
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.findings import FINDINGS
from dashboard.sign_in_forms import ProviderForm
from dashboard.views.oidc import callback_url

PAGE_SIZE = 20


@require_safe
@login_required
def providers(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    _refuse_others(person)
    query = request.GET.get("q", "").strip()
    found = managed_providers(person)
    if query:
        found = found.filter(label__icontains=query) | found.filter(institution__name__icontains=query)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "dashboard/providers.html", {"page_obj": page, "q": query, "presets": Preset})


def _refuse_others(person: Person) -> None:
    if not managed_institutions(person).exists():
        raise PermissionDenied


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def add_provider(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    _refuse_others(person)
    preset = request.GET.get("preset", "")
    known = Preset(preset) if preset in Preset.values else Preset.GENERIC
    own = managed_institutions(person).first()
    provider = oidc.fill(IdentityProvider(institution=own), known)
    return _edit(request, person, provider)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    person = person_of(request)
    return _edit(request, person, _find(person, provider_id))


def _find(person: Person, provider_id: UUID) -> IdentityProvider:
    """403 for those who belong to the school; for everybody else it does not exist."""
    found = managed_providers(person).filter(pk=provider_id).first()
    if found is not None:
        return found
    if IdentityProvider.objects.filter(pk=provider_id, institution__in=institutions_of(person)).exists():
        raise PermissionDenied
    raise Http404


def _edit(request: HttpRequest, person: Person, provider: IdentityProvider) -> HttpResponse:
    form = ProviderForm(person, request.POST or None, instance=provider)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_provider(
                provider=form.save(commit=False), by=person, secret=form.cleaned_data["secret"] or None
            )
        except Refused as refusal:
            if refusal.code != "head_not_allowed":
                raise
            form.add_error("role_map", str(FINDINGS[refusal.code]))
            return _show(request, provider, form, status=400)
        messages.success(request, _("Saved. Now check whether the provider answers as it should."))
        return redirect("provider", provider_id=saved.pk)
    return _show(request, provider, form, status=400 if form.errors else 200)


@require_POST
@login_required
def check_provider(request: HttpRequest, provider_id: UUID) -> HttpResponse:
    """Asks the provider now and says what is wrong; changes nothing."""
    person = person_of(request)
    provider = _find(person, provider_id)
    findings = oidc.check_provider(provider)
    return _show(request, provider, ProviderForm(person, instance=provider), findings=findings)


def _show(
    request: HttpRequest,
    provider: IdentityProvider,
    form: ProviderForm,
    *,
    findings: list[oidc.Finding] | None = None,
    status: int = 200,
) -> HttpResponse:
    is_new = provider._state.adding
    addresses: list[tuple[Any, str]] = []
    if not is_new:
        kept = IdentityProvider.objects.get(pk=provider.pk)
        addresses = [
            (_("Redirect address"), callback_url(kept)),
            (_("Address after signing out"), settings.PUBLIC_URL + reverse("sign_in")),
            (
                _("Back-channel logout"),
                settings.PUBLIC_URL + reverse("backchannel_logout", args=[kept.slug]),
            ),
        ]
    context = {
        "form": form,
        "provider": provider,
        "is_new": is_new,
        "addresses": addresses,
        "findings": findings,
        "works": findings is not None and not any(finding.is_trouble for finding in findings),
    }
    return render(request, "dashboard/provider.html", context, status=status)
