"""The keys of other systems: made, shown once, revoked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import create_api_key, revoke_api_key
from accounts.callers import SCOPES, person_calling, scopes_to_give
from accounts.models import ApiKey, Institution
from accounts.queries import institutions_for
from accounts.rules import may_manage_api_keys
from dashboard.doors import person_of
from dashboard.forms import LineField

PAGE_SIZE = 20
VALIDITY = [(30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (366, _("One year"))]


class ApiKeyForm(forms.Form):
    name = LineField(
        label=_("Name"), max_length=100, help_text=_("The system that will use it, for you to recognise it.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(label=_("Valid for"), choices=VALIDITY, coerce=int, initial=180)

    def __init__(self, givable: Collection[str], data: Any = None) -> None:
        super().__init__(data)
        choices = [(scope, sentence) for scope, sentence in SCOPES.items() if scope in givable]
        self.fields["scopes"].choices = choices  # type: ignore[attr-defined]


@never_cache
@require_http_methods(["GET", "POST"])
@login_required
def api_keys(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    institution = _find(request, institution_id)
    givable = scopes_to_give(person_of(request), institution.pk)
    form = ApiKeyForm(givable, request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        made = create_api_key(
            institution=institution,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            valid_from=now,
            valid_to=now + timedelta(days=form.cleaned_data["days"]),
            by=person_of(request),
        )
        form = ApiKeyForm(givable)
    context = _context(request, institution) | {
        "form": form,
        "made": made,
        "is_limited": givable != SCOPES.keys(),
    }
    return render(request, "dashboard/api_keys.html", context, status=400 if form.errors else 200)


def _context(request: HttpRequest, institution: Institution) -> dict[str, Any]:
    query = request.GET.get("q", "").strip()
    keys = ApiKey.objects.filter(institution=institution, name__icontains=query)
    ordered = keys.select_related("created_by").order_by("revoked_at", "-created_at", "pk")
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    return {"school": institution, "page_obj": page, "q": query, "now": timezone.now(), "scopes": SCOPES}


@require_POST
@login_required
def revoke_key(request: HttpRequest, institution_id: UUID, key_id: UUID) -> HttpResponse:
    institution = _find(request, institution_id)
    key = ApiKey.objects.filter(institution=institution, pk=key_id).first()
    if key is None:
        raise Http404
    revoke_api_key(key=key, by=person_of(request), now=timezone.now())
    messages.success(request, gettext("The key opens nothing any more."))
    return redirect("api_keys", institution_id=institution.pk)


def _find(request: HttpRequest, institution_id: UUID) -> Institution:
    person = person_of(request)
    institution = institutions_for(person_calling(person)).filter(pk=institution_id).first()
    if institution is None:
        raise Http404
    if not may_manage_api_keys(person, institution):
        raise PermissionDenied
    return institution
