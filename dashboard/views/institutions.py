"""Institutions: all of them for the platform, and the settings of one for its head."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts import actions
from accounts.models import Institution, Role
from accounts.rules import may_create_institution
from common.refusals import Refused
from dashboard.doors import find_administered, page_of, person_of, posted
from dashboard.findings import say_refusal
from dashboard.institution_forms import LogoForm, NewInstitutionForm, SettingsForm
from recordings.branding import logo_of

PAGE_SIZE = 25


@require_safe
@login_required
def institutions(request: HttpRequest) -> HttpResponse:
    if not may_create_institution(person_of(request)):
        raise PermissionDenied
    query = request.GET.get("q", "").strip()
    found = Institution.objects.filter(Q(name__icontains=query) | Q(slug__icontains=query))
    students = Count("memberships", filter=Q(memberships__role=Role.STUDENT, memberships__is_active=True))
    rows = found.annotate(students=students).order_by("name", "pk")
    context = {"page_obj": page_of(request, rows, PAGE_SIZE), "q": query}
    return render(request, "dashboard/institutions.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def institution_new(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    if not may_create_institution(person):
        raise PermissionDenied
    form = NewInstitutionForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.open_institution(**form.cleaned_data, by=person)
        except Refused as refusal:
            form.add_error("slug", say_refusal(refusal))
        else:
            messages.success(request, _("The institution stands. Its first head gets a letter."))
            return redirect("invitations", made.pk)
    status = 400 if form.errors else 200
    return render(request, "dashboard/institution_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@login_required
def institution_settings(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id)
    form = SettingsForm.of(school, posted(request))
    if request.method == "POST" and form.is_valid():
        actions.update_institution(
            institution=school, policy=form.policy(), by=person_of(request), **form.own_fields()
        )
        messages.success(request, _("The settings are saved."))
        return redirect("institution_settings", school.pk)
    return show_settings(request, school, form=form, status=400 if form.errors else 200)


def show_settings(request: HttpRequest, school: Institution, *, status: int, **shown: Any) -> HttpResponse:
    context = {"school": school, "form": SettingsForm.of(school), "logo": logo_of(school)}
    context |= {"logo_form": LogoForm()} | shown
    return render(request, "dashboard/institution_settings.html", context, status=status)
