"""Reports: ordered, listed, read, downloaded, and opened by the link of a letter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Person
from accounts.queries import institutions_of
from attendance import actions
from attendance.models import Report, ReportKind, ReportState
from attendance.queries import reports_for
from attendance.rules import may_read_report
from common.refusals import Refused
from common.sheets import write_sheet
from dashboard.doors import find_in, page_of, person_of, posted
from dashboard.family_letters import read_report_link
from dashboard.findings import say_refusal
from dashboard.printing import print_pdf, printer
from dashboard.report_forms import EVERY, OrderForm, period_at, subject_of, subjects_for
from dashboard.report_sheets import Sheet, for_paper, sheet_of, span_of, title_of
from dashboard.views.lessons import use_zone_of

PAGE_SIZE, ROWS_A_PAGE = 20, 100


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reports(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    subjects = subjects_for(person)
    form = OrderForm(subjects, posted(request)) if subjects or request.method == "POST" else None
    if form and request.method == "POST" and form.is_valid():
        return _order(request, person, form)
    query = request.GET.get("q", "").strip()
    page = page_of(request, _found(person, query), PAGE_SIZE)
    plans = person.report_plans.select_related("institution", "course", "person").order_by("begun_at")
    context = {
        "form": form,
        "q": query,
        "page_obj": page,
        "rows": [{"report": one, "title": title_of(one), "span": span_of(one)} for one in page],
        "plans": [_titled(plan) for plan in plans],
    }
    status = 400 if form and form.errors else 200
    return render(request, "dashboard/reports.html", context, status=status)


def _found(person: Person, query: str) -> Any:
    own = reports_for(person)
    named = ("lesson__title", "course__title", "person__name")
    matches = Q()
    for name in named:
        matches |= Q(**{f"{name}__icontains": query})
    whole = Q(institution__name__icontains=query, kind=ReportKind.INSTITUTION)
    return own.filter(matches | whole) if query else own


def _titled(plan: Any) -> Any:
    plan.title = title_of(
        Report(kind=plan.kind, course=plan.course, person=plan.person, institution=plan.institution)
    )
    return plan


def _order(request: HttpRequest, person: Person, form: OrderForm) -> HttpResponse:
    subject = subject_of(form.cleaned_data["about"], person)
    if subject is None:
        raise Http404
    try:
        return _carry_out(request, person, subject, form.cleaned_data["when"])
    except Refused as refusal:
        raise PermissionDenied from refusal


def _carry_out(request: HttpRequest, person: Person, subject: actions.Subject, when: str) -> HttpResponse:
    now = timezone.now()
    if when in EVERY:
        actions.plan_report(subject=subject, every=EVERY[when], reader=person, now=now)
        messages.success(request, _("You get it by e-mail as a link, each time."))
        return redirect("reports")
    period = period_at(when, subject, now)
    made = actions.order_report(subject=subject, period=period, reader=person, now=now)
    return redirect("report", made.pk)


@require_safe
@login_required
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    found = _find(request, report_id)
    context: dict[str, Any] = {"report": found, "title": title_of(found), "span": span_of(found)}
    if found.state == ReportState.READY:
        sheet = _read(request, found, "page")
        page = page_of(request, sheet.tables[-1].rows, ROWS_A_PAGE)
        sheet.tables[-1].rows[:] = list(page)
        context |= {"sheet": sheet, "page_obj": page, "can_print": printer() is not None}
    return render(request, "dashboard/report.html", context)


@require_safe
@login_required
def report_csv(request: HttpRequest, report_id: UUID) -> HttpResponse:
    found = _find_ready(request, report_id)
    table = _read(request, found, "csv").tables[-1]
    response = HttpResponse(write_sheet([table.columns, *table.rows]), content_type="text/csv; charset=utf-8")
    return _named(response, found, "csv")


@require_safe
@login_required
def report_pdf(request: HttpRequest, report_id: UUID) -> HttpResponse:
    found = _find_ready(request, report_id)
    if printer() is None:
        raise Http404
    try:
        paper = print_report(found, _read(request, found, "pdf"))
    except Refused as refusal:
        messages.error(request, say_refusal(refusal))
        return redirect("report", found.pk)
    return _named(HttpResponse(paper), found, "pdf")


def print_report(found: Report, sheet: Sheet) -> bytes:
    """In the language and the zone that are active now."""
    context = {"report": found, "sheet": for_paper(sheet), "school": found.institution}
    return print_pdf(render_to_string("dashboard/report_print.html", context))


@require_POST
@login_required
def report_cancel(request: HttpRequest, report_id: UUID) -> HttpResponse:
    found = _find(request, report_id)
    actions.cancel_report(report=found)
    return redirect("report", found.pk)


@require_POST
@login_required
def report_plan_end(request: HttpRequest, plan_id: UUID) -> HttpResponse:
    person = person_of(request)
    plan = find_in(person.report_plans.select_related("institution"), plan_id)
    actions.end_report_plan(plan=plan, by=person)
    return redirect("reports")


@require_safe
@login_required
def report_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link names a report for some days and opens it to its reader alone, who signs in as always."""
    report_id, is_old = read_report_link(token)
    if report_id is None:
        raise Http404
    found = _find(request, report_id)
    if is_old:
        return render(request, "dashboard/report_link_old.html", status=410)
    return redirect("report", found.pk)


def _find(request: HttpRequest, report_id: UUID) -> Report:
    """Everybody's own, in schools to which they belong: of another there is none. 403 once its reader may no longer
    read it."""
    person = person_of(request)
    found = find_in(reports_for(person).filter(institution__in=institutions_of(person)), report_id)
    use_zone_of(person)
    if not may_read_report(person, found):
        raise PermissionDenied
    return found


def _find_ready(request: HttpRequest, report_id: UUID) -> Report:
    found = _find(request, report_id)
    if found.state != ReportState.READY:
        raise Http404
    return found


def _read(request: HttpRequest, found: Report, way: str) -> Sheet:
    actions.note_report_read(report=found, by=person_of(request), way=way)
    return sheet_of(found)


def _named(response: HttpResponse, found: Report, ending: str) -> HttpResponse:
    name = slugify(title_of(found)) or "report"
    response["Content-Disposition"] = f'attachment; filename="{name}-{found.since_on}.{ending}"'
    if ending == "pdf":
        response["Content-Type"] = "application/pdf"
    return response
