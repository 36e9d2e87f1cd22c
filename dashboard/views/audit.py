"""The audit log: the head's page, everybody's own, the platform's; as CSV, and checked."""

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import find_broken_seal, record_audit
from accounts.models import AuditEvent, Institution, Person
from accounts.queries import audit_acts, audit_lines, institutions_of
from accounts.rules import may_administer, may_read_audit, may_read_platform_audit
from classroom.queries import audit_lines_about
from common.sheets import write_sheet
from dashboard.doors import person_of
from dashboard.sentences import Line, lines_of, sentence_of
from dashboard.views.lessons import use_zone_of
from housekeeping.queries import people_of

PAGE_SIZE = 50
CSV_LINES = 10_000


def find_school(
    person: Person, slug: str, rule: Callable[[Person, Institution], bool] = may_administer
) -> Institution:
    """The 404 of a school that does not exist for strangers; PermissionDenied inside without the right."""
    institution = institutions_of(person).filter(slug=slug).first()
    if institution is None:
        raise Http404
    if not rule(person, institution):
        raise PermissionDenied
    timezone.activate(ZoneInfo(institution.time_zone))
    return institution


class AuditFilter(forms.Form):
    """A part of a name finds the first person that bears it; an id exactly that one."""

    q = forms.CharField(label=gettext_lazy("Person"), required=False, max_length=200)
    act = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    first = forms.DateField(
        label=pgettext_lazy("first day", "From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    last = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, institution: Institution, data: QueryDict) -> None:
        super().__init__(data)
        self.institution = institution
        acts = [(act, sentence_of(act)) for act in audit_acts(institution)]
        self.fields["act"].choices = [("", _("Everything")), *acts]  # type: ignore[attr-defined]

    def found(self) -> QuerySet[AuditEvent]:
        """Nothing while a field is wrong: the page says which."""
        if not self.is_valid():
            return AuditEvent.objects.none()
        data = self.cleaned_data
        person = self._person(data["q"])
        if data["q"] and person is None:
            return AuditEvent.objects.none()
        return audit_lines(
            self.institution, person=person, act=data["act"], first=data["first"], last=data["last"]
        )

    def _person(self, query: str) -> UUID | None:
        return people_of(self.institution, query).values_list("pk", flat=True).first() if query else None


@require_safe
@login_required
def audit(request: HttpRequest, school: str) -> HttpResponse:
    institution = find_school(person_of(request), school, may_read_audit)
    form = AuditFilter(institution, request.GET)
    context = _page(request, form.found()) | {"form": form, "school": institution}
    return render(request, "dashboard/audit.html", context, status=400 if form.errors else 200)


def _page(request: HttpRequest, events: QuerySet[AuditEvent]) -> dict[str, Any]:
    page = Paginator(events, PAGE_SIZE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    return {"lines": lines_of(page.object_list), "page_obj": page, "asked": asked.urlencode()}


@require_safe
@login_required
def audit_csv(request: HttpRequest, school: str) -> HttpResponse:
    person = person_of(request)
    institution = find_school(person, school, may_read_audit)
    lines = lines_of(AuditFilter(institution, request.GET).found()[:CSV_LINES])
    with transaction.atomic():
        target, told = f"institution:{institution.pk}", {"lines": len(lines)}
        record_audit("audit.exported", institution=institution, by=person, target=target, detail=told)
    head = [_("Number"), _("When"), _("Who"), _("What"), _("Whom")]
    response = HttpResponse(write_sheet([head, *map(_cells, lines)]), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


def _cells(line: Line) -> list[object]:
    return [
        line.seq,
        timezone.localtime(line.at).isoformat(timespec="seconds"),
        line.who,
        line.act,
        line.whom,
    ]


@require_POST
@login_required
def audit_check(request: HttpRequest, school: str) -> HttpResponse:
    person = person_of(request)
    institution = find_school(person, school, may_read_audit)
    with transaction.atomic():
        target = f"institution:{institution.pk}"
        record_audit("audit.checked", institution=institution, by=person, target=target)
        seq = find_broken_seal(institution)
    if seq is None:
        messages.success(request, _("The chain is whole: no line was changed, removed or put in."))
    else:
        messages.error(request, _("The chain is broken at line %(number)s.") % {"number": seq})
    return redirect("audit", school=school)


@require_safe
@login_required
def own_audit(request: HttpRequest) -> HttpResponse:
    """Who looked at or changed what is kept of me and of my children."""
    person = person_of(request)
    use_zone_of(person)
    return render(request, "dashboard/own_audit.html", _page(request, audit_lines_about(person)))


@require_safe
@login_required
def platform_audit(request: HttpRequest) -> HttpResponse:
    """Acts on institutions only; what happens in them is for their heads."""
    if not may_read_platform_audit(person_of(request)):
        raise PermissionDenied
    return render(request, "dashboard/platform_audit.html", _page(request, audit_lines(None)))
