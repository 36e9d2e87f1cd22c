"""Importing a roster: upload, dry run, confirmation."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Institution
from classroom import actions
from classroom.models import RosterUpload
from classroom.roster import COLUMNS, EXAMPLE, REQUIRED, Plan
from classroom.rules import may_run_courses
from common.refusals import Refused
from common.sheets import write_sheet
from dashboard.doors import find_administered, page_of, person_of, posted
from dashboard.findings import CHANGES, say_finding, say_refusal
from dashboard.people_forms import UploadForm

PAGE_SIZE = 100


@require_http_methods(["GET", "POST"])
@login_required
def roster_import(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id, may_run_courses)
    form = UploadForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content, name = form.content()
        upload = actions.upload_roster(
            institution=school, content=content, file_name=name, by=person_of(request)
        )
        return redirect("roster_check", school.pk, upload.pk)
    context = {"school": school, "form": form, "columns": _columns(), "languages": _languages()}
    return render(request, "dashboard/roster_import.html", context, status=400 if form.errors else 200)


def _columns() -> list[dict[str, Any]]:
    texts = {
        "email": _("Names the person; the same address is the same person."),
        "name": _("As it is shown to the class."),
        "role": _("student, teacher or guardian"),
        "course": _("The title of a course of your school."),
        "standing": _("teacher, co_teacher, student or observer; empty: as the role says"),
        "group": _("A group of that course; students only."),
        "recording": _("Whether they may be in recordings: yes, no, or unknown; empty changes nothing."),
        "guardian_email": _("A guardian of this student, at your school or in this file."),
        "language": _("A code such as en; the pages then speak it."),
    }
    return [{"name": name, "text": texts[name], "required": name in REQUIRED} for name in COLUMNS]


def _languages() -> str:
    return ", ".join(code for code, _name in settings.LANGUAGES)


@require_safe
@login_required
def roster_example(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    find_administered(request, institution_id, may_run_courses)
    response = HttpResponse(write_sheet(EXAMPLE), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="example.csv"'
    return response


@require_http_methods(["GET", "POST"])
@login_required
def roster_check(request: HttpRequest, institution_id: UUID, upload_id: UUID) -> HttpResponse:
    """The dry run, and its confirmation; only for the one who uploaded the file."""
    school = find_administered(request, institution_id, may_run_courses)
    upload = _find_upload(request, school, upload_id)
    if request.method == "POST":
        invite = request.POST.get("invite") == "on"
        try:
            actions.import_roster(upload=upload, by=person_of(request), invite=invite)
        except Refused as refusal:
            messages.error(request, say_refusal(refusal))
        return redirect("roster_check", school.pk, upload.pk)
    if upload.imported_at:
        return render(request, "dashboard/roster_done.html", {"school": school, "upload": upload})
    context = {"school": school, "upload": upload, **_plan_context(request, actions.try_roster(upload))}
    return render(request, "dashboard/roster_check.html", context)


def _find_upload(request: HttpRequest, school: Institution, upload_id: UUID) -> RosterUpload:
    mine = RosterUpload.objects.filter(institution=school, uploaded_by=person_of(request), pk=upload_id)
    upload = mine.select_related("institution", "uploaded_by").first()
    if upload is None or (upload.imported_at is None and upload.expires_at <= timezone.now()):
        raise Http404
    return upload


def _plan_context(request: HttpRequest, plan: Plan) -> dict[str, Any]:
    if plan.findings:
        page = page_of(request, plan.findings, PAGE_SIZE)
        rows: list[dict[str, Any]] = [
            {"row": one.row, "column": one.column, "text": say_finding(one)} for one in page.object_list
        ]
    else:
        page = page_of(request, [one for one in plan.outcomes if one.changes], PAGE_SIZE)
        rows = [
            {"kind": one.kind, "row": one.row, "texts": [CHANGES[change] for change in one.changes]}
            for one in page.object_list
        ]
    wrong_rows = len({one.row for one in plan.findings})
    return {
        "page_obj": page,
        "rows": rows,
        "findings": len(plan.findings),
        "wrong_rows": wrong_rows,
        "counts": plan.counts,
        "changing": plan.counts["new"] + plan.counts["changed"],
        "new_accounts": len(plan.new_people),
    }
