"""Legal holds, copies of one person's data, and erasure."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Institution, Person, Role
from accounts.queries import active_memberships, institutions_of
from classroom.models import Lesson
from common.refusals import Refused
from common.storage import FolderStorage
from dashboard.doors import person_of
from dashboard.views.audit import find_school
from dashboard.views.lessons import use_zone_of
from housekeeping import actions, queries, rules
from housekeeping.belongings import BELONGINGS, Fate
from housekeeping.models import DataRequest, Hold, Kind
from recordings.api.player import stream
from recordings.storage import storage_for

PAGE_SIZE = 20
FOUND = 10
DOWNLOAD_SECONDS = 60
REFUSALS = {
    "already_gone": gettext_lazy("The recording of this lesson is already being deleted."),
    "already_running": gettext_lazy("There is one under way already."),
    "being_erased": gettext_lazy("This person is being erased already."),
    "held": gettext_lazy("A legal hold keeps this person’s data. Release it first."),
    "held_already": gettext_lazy("There is a legal hold already."),
    "name_differs": gettext_lazy("This is not the person’s name. Type it as it stands above."),
    "not_here": gettext_lazy("This does not belong to your school."),
    "oneself": gettext_lazy("You cannot erase yourself. Another head can."),
    "reason_missing": gettext_lazy("Please give a reason."),
    "sole_head": gettext_lazy("This is the only head. Name another one first."),
}


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class ErasureForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Type the name to confirm"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


# Holds


@require_http_methods(["GET", "POST"])
@login_required
def holds(request: HttpRequest, school: str) -> HttpResponse:
    """Find a person or a lesson, hold it; below, everything that is held."""
    person = person_of(request)
    institution = find_school(person, school, rules.may_keep_house)
    target = _hold_target(request, institution)
    form = HoldForm(request.POST or None)
    if (
        request.method == "POST"
        and target
        and form.is_valid()
        and _set_hold(form, institution, person, target)
    ):
        messages.success(request, _("Held. Nothing of it is deleted until the hold is released."))
        return redirect("holds", school=school)
    context = _hold_context(request, institution) | {"form": form, "target": target, "school": institution}
    return render(request, "dashboard/holds.html", context, status=400 if form.errors else 200)


def _hold_target(request: HttpRequest, institution: Institution) -> dict[str, Any]:
    """`{person: …}` or `{lesson: …}` as the address names it; the 404 of nothing for another school's."""
    if (pk := _uuid(request.GET.get("person"))) is not None:
        return {"person": _person_here(institution, pk)}
    if (pk := _uuid(request.GET.get("lesson"))) is not None:
        lesson = Lesson.objects.filter(institution=institution, pk=pk).first()
        if lesson is None:
            raise Http404
        return {"lesson": lesson}
    return {}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Http404 from error


def _person_here(institution: Institution, person_id: UUID) -> Person:
    person = queries.subjects_of(institution).filter(pk=person_id).first()
    if person is None:
        raise Http404
    return person


def _set_hold(form: HoldForm, institution: Institution, by: Person, target: dict[str, Any]) -> bool:
    reason = form.cleaned_data["reason"]
    try:
        actions.set_hold(institution=institution, reason=reason, by=by, now=timezone.now(), **target)
    except Refused as refusal:
        form.add_error("reason", REFUSALS[refusal.code])
        return False
    return True


def _hold_context(request: HttpRequest, institution: Institution) -> dict[str, Any]:
    query = request.GET.get("q", "").strip()
    lessons = Lesson.objects.filter(institution=institution, title__icontains=query).order_by("-starts_at")
    rows = Hold.objects.filter(institution=institution).select_related(
        "lesson", "person", "set_by", "released_by"
    )
    ordered = rows.order_by(F("released_at").desc(nulls_first=True), "-set_at", "pk")  # active ones on top
    return {
        "q": query,
        "people": queries.subjects_of(institution, query)[:FOUND] if query else [],
        "lessons": lessons[:FOUND] if query else [],
        "page_obj": Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page")),
        "asked": "",
    }


@require_POST
@login_required
def release_hold(request: HttpRequest, school: str, hold_id: UUID) -> HttpResponse:
    person = person_of(request)
    institution = find_school(person, school, rules.may_keep_house)
    hold = Hold.objects.filter(institution=institution, pk=hold_id).first()
    if hold is None:
        raise Http404
    actions.release_hold(hold=hold, by=person, now=timezone.now())
    messages.success(request, _("Released."))
    return redirect("holds", school=school)


# Requests


@require_safe
@login_required
def data_requests(request: HttpRequest, school: str) -> HttpResponse:
    """The head's list of copies and erasures, and a search for the person of the next one."""
    institution = find_school(person_of(request), school, rules.may_keep_house)
    query = request.GET.get("q", "").strip()
    context = {
        "school": institution,
        "q": query,
        "people": queries.subjects_of(institution, query)[:FOUND] if query else [],
        "page_obj": Paginator(queries.requests_of(institution), PAGE_SIZE).get_page(request.GET.get("page")),
        "asked": "",
        "changing": queries.requests_of(institution).filter(state__in=("queued", "running")).exists(),
    }
    return render(request, "dashboard/data_requests.html", context)


@require_safe
@login_required
def my_data(request: HttpRequest) -> HttpResponse:
    """What is kept of me, by school; my copies; and the way to the log about me."""
    person = person_of(request)
    use_zone_of(person)
    headed = active_memberships(person).filter(role=Role.HEAD).values("institution")
    page = Paginator(queries.exports_of(person), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "schools": institutions_of(person),
        "headed": institutions_of(person).filter(pk__in=headed),
        "page_obj": page,
        "asked": "",
        "changing": any(row.is_open for row in page.object_list),
    }
    return render(request, "dashboard/my_data.html", context)


@require_POST
@login_required
def request_export(request: HttpRequest, school: str, person_id: UUID) -> HttpResponse:
    """For oneself, or by the head when a guardian asks."""
    asker = person_of(request)
    institution = find_school(asker, school, lambda _person, _institution: True)
    is_own = person_id == asker.pk
    person = asker if is_own else _person_here(institution, person_id) if _keeps(asker, institution) else None
    if person is None or not rules.may_request_export(asker, person, institution):
        raise PermissionDenied
    try:
        actions.request_export(institution=institution, person=person, by=asker, now=timezone.now())
        messages.success(request, _("The copy is being made. It can be downloaded here for seven days."))
    except Refused as refusal:
        messages.error(request, REFUSALS[refusal.code])
    return redirect("my_data") if is_own else redirect("data_requests", school=school)


def _keeps(asker: Person, institution: Institution) -> bool:
    return rules.may_keep_house(asker, institution)


def _find_request(asker: Person, request_id: UUID) -> DataRequest:
    found = (
        DataRequest.objects.select_related("institution", "person")
        .filter(pk=request_id, kind=Kind.EXPORT)
        .first()
    )
    if found is None or not rules.may_follow_request(asker, found):
        raise Http404
    return found


@require_POST
@login_required
def cancel_request(request: HttpRequest, request_id: UUID) -> HttpResponse:
    asker = person_of(request)
    found = _find_request(asker, request_id)
    if actions.cancel_request(request=found, by=asker, now=timezone.now()):
        messages.success(request, _("Cancelled."))
    is_own = found.person_id == asker.pk
    return redirect("my_data") if is_own else redirect("data_requests", school=found.institution.slug)


@require_safe
@login_required
def download_export(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    """On to a link that works for a minute; from a folder, the bytes themselves."""
    asker = person_of(request)
    found = _find_request(asker, request_id)
    if not found.is_ready:
        raise Http404
    actions.note_download(request=found, by=asker)
    filename = f"data-{found.requested_at:%Y-%m-%d}.zip"
    store = storage_for(found.institution)
    if isinstance(store, FolderStorage):
        response = stream(store.open_range(found.key), found.key, partial=False)
        response["Content-Disposition"] = f'attachment; filename="{filename}"'
        response["Cache-Control"] = "private, no-store"
        return response
    return redirect(store.url(found.key, expires_seconds=DOWNLOAD_SECONDS, filename=filename))


# Erasure


@require_http_methods(["GET", "POST"])
@login_required
def erase_person(request: HttpRequest, school: str, person_id: UUID) -> HttpResponse:
    """What goes, what stays, and the name to type."""
    asker = person_of(request)
    institution = find_school(asker, school, rules.may_keep_house)
    person = _person_here(institution, person_id)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _start_erasure(form, institution, person, asker):
        messages.success(request, _("The erasure has begun."))
        return redirect("data_requests", school=school)
    code = actions.why_not_erase(person=person, institution=institution, by=asker)
    context = {
        "school": institution,
        "someone": person,
        "form": form,
        "refusal": REFUSALS[code] if code else "",
        "goes": _counts(person, institution, Fate.GOES),
        "stays": _counts(person, institution, Fate.STAYS),
        "elsewhere": queries.belongs_elsewhere(person, institution.pk),
    }
    return render(request, "dashboard/erase_person.html", context, status=400 if form.errors else 200)


def _start_erasure(form: ErasureForm, institution: Institution, person: Person, by: Person) -> bool:
    typed = form.cleaned_data["name"]
    try:
        actions.start_erasure(
            institution=institution, person=person, by=by, typed_name=typed, now=timezone.now()
        )
    except Refused as refusal:
        form.add_error("name", REFUSALS[refusal.code])
        return False
    return True


def _counts(person: Person, institution: Institution, fate: Fate) -> list[dict[str, Any]]:
    return [
        {"label": belonging.label, "rows": belonging.rows(person, institution).count()}
        for belonging in BELONGINGS
        if belonging.fate == fate
    ]
