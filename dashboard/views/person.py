"""One person of an institution: what they are, whom they belong to, and what can be done about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import actions
from accounts.models import Guardianship, Institution, Invitation, Person, Role
from accounts.queries import people_of
from accounts.rules import may_change_member, may_lock_accounts
from classroom.models import Course, Enrolment
from classroom.rules import may_run_courses
from common.refusals import Refused
from dashboard.doors import find_administered, find_in, person_of, try_to
from dashboard.findings import say_refusal
from dashboard.people_forms import ExpiryForm, LinkForm, NameForm, RoleForm


@require_safe
@login_required
def person(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    school, somebody = _find(request, institution_id, person_id)
    return _show(request, school, somebody)


def _find(request: HttpRequest, institution_id: UUID, person_id: UUID) -> tuple[Institution, Person]:
    school = find_administered(request, institution_id)
    return school, find_in(people_of(school), person_id)


def _find_changeable(
    request: HttpRequest, institution_id: UUID, person_id: UUID
) -> tuple[Institution, Person]:
    school, somebody = _find(request, institution_id, person_id)
    if not may_change_member(person_of(request), school, somebody):
        raise PermissionDenied
    return school, somebody


def _show(request: HttpRequest, school: Institution, somebody: Person, **wrong: forms.Form) -> HttpResponse:
    """The page; `wrong` are forms that came back with an error."""
    me, today = person_of(request), timezone.localdate()
    places = somebody.places  # type: ignore[attr-defined]
    roles = {place.role for place in places}
    links = Guardianship.objects.filter(institution=school)
    context: dict[str, Any] = {
        "school": school,
        "somebody": somebody,
        "is_me": somebody.pk == me.pk,
        "may_change": may_change_member(me, school, somebody),
        "places": [(place, place.state_on(today)) for place in places],
        "is_suspended": any(not place.is_active for place in places),
        "is_student": Role.STUDENT in roles,
        "is_guardian": Role.GUARDIAN in roles,
        "is_only_here": actions.is_only_of(school, somebody),
        "guardians": [link.guardian for link in links.filter(child=somebody).select_related("guardian")],
        "children": [link.child for link in links.filter(guardian=somebody).select_related("child")],
        "enrolments": Enrolment.objects.filter(
            person=somebody, course__in=Course.objects.listed().filter(institution=school), is_active=True
        )
        .select_related("course")
        .order_by("course__title"),
        "may_run_courses": may_run_courses(me, school),
        "invitation": Invitation.objects.filter(institution=school, email=somebody.address, is_quiet=False)
        .order_by("-created_at")
        .first(),
        "lock_url": reverse("account_lock", args=[somebody.pk])
        if may_lock_accounts(me) and not somebody.stands_for
        else "",
        "name_form": NameForm(initial={"name": somebody.name}),
        "role_form": RoleForm(me, school),
        "expiry_form": ExpiryForm(initial={"expires_on": places[0].expires_on}),
        "guardian_form": LinkForm(school, Role.GUARDIAN),
        "child_form": LinkForm(school, Role.STUDENT),
        **wrong,
    }
    return render(request, "dashboard/person.html", context, status=400 if wrong else 200)


def _verb(act: Callable[..., None], done: Callable[[], str], after: str = "person") -> Any:
    """A door for a verb that needs nothing but the person."""

    @require_POST
    @login_required
    def door(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
        school, somebody = _find_changeable(request, institution_id, person_id)
        went = try_to(
            request, lambda: act(institution=school, person=somebody, by=person_of(request)), done()
        )
        if went and after == "people":
            return redirect("people", school.pk)
        return redirect("person", school.pk, somebody.pk)

    return door


suspend = _verb(
    actions.suspend_person, lambda: _("Suspended. Open pages and rooms of this person close right now.")
)
reactivate = _verb(actions.reactivate_person, lambda: _("This person may come in again."))
remove = _verb(actions.remove_person, lambda: _("Removed from the school."), after="people")


@require_POST
@login_required
def rename(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    school, somebody = _find_changeable(request, institution_id, person_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, school, somebody, name_form=form)
    name = form.cleaned_data["name"]
    try_to(
        request,
        lambda: actions.rename_person(institution=school, person=somebody, name=name, by=person_of(request)),
        _("The name is saved."),
    )
    return redirect("person", school.pk, somebody.pk)


@require_POST
@login_required
def set_expiry(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    school, somebody = _find_changeable(request, institution_id, person_id)
    form = ExpiryForm(request.POST)
    if not form.is_valid():
        return _show(request, school, somebody, expiry_form=form)
    day = form.cleaned_data["expires_on"]
    try_to(
        request,
        lambda: actions.set_expiry(
            institution=school, person=somebody, expires_on=day, by=person_of(request)
        ),
        _("The last day is saved."),
    )
    return redirect("person", school.pk, somebody.pk)


@require_POST
@login_required
def grant_role(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    return _change_role(request, institution_id, person_id, actions.grant_role, _("The role is given."))


@require_POST
@login_required
def revoke_role(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    return _change_role(request, institution_id, person_id, actions.revoke_role, _("The role is taken."))


def _change_role(
    request: HttpRequest, institution_id: UUID, person_id: UUID, act: Callable[..., None], done: str
) -> HttpResponse:
    """Only the roles that this person may grant are theirs to take."""
    school, somebody = _find_changeable(request, institution_id, person_id)
    form = RoleForm(person_of(request), school, request.POST)
    if not form.is_valid():
        return _show(request, school, somebody, role_form=form)
    role = Role(form.cleaned_data["role"])
    try_to(request, lambda: act(institution=school, person=somebody, role=role, by=person_of(request)), done)
    return redirect("person", school.pk, somebody.pk)


@require_POST
@login_required
def link_guardian(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    school, child = _find_changeable(request, institution_id, person_id)
    form = LinkForm(school, Role.GUARDIAN, request.POST)
    if form.is_valid() and _link(request, form, school, guardian=form.found, child=child):
        return redirect("person", school.pk, child.pk)
    return _show(request, school, child, guardian_form=form)


@require_POST
@login_required
def link_child(request: HttpRequest, institution_id: UUID, person_id: UUID) -> HttpResponse:
    school, guardian = _find_changeable(request, institution_id, person_id)
    form = LinkForm(school, Role.STUDENT, request.POST)
    if form.is_valid() and _link(request, form, school, guardian=guardian, child=form.found):
        return redirect("person", school.pk, guardian.pk)
    return _show(request, school, guardian, child_form=form)


def _link(request: HttpRequest, form: LinkForm, school: Institution, **ends: Person) -> bool:
    try:
        actions.link_guardian(institution=school, by=person_of(request), **ends)
    except Refused as refusal:
        form.add_error("email", say_refusal(refusal))
        return False
    return True


@require_POST
@login_required
def unlink_guardian(
    request: HttpRequest, institution_id: UUID, person_id: UUID, guardian_id: UUID
) -> HttpResponse:
    school, child = _find_changeable(request, institution_id, person_id)
    guardian = find_in(people_of(school), guardian_id)
    try_to(
        request,
        lambda: actions.unlink_guardian(
            institution=school, guardian=guardian, child=child, by=person_of(request)
        ),
        _("The link is removed."),
    )
    return redirect("person", school.pk, child.pk)
