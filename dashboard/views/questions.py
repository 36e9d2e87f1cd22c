"""The question bank of a course."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom.models import Course
from common.refusals import Refused
from common.sheets import write_sheet
from dashboard.doors import find_in, page_of, person_of, posted, try_to
from dashboard.findings import say_finding, say_refusal
from dashboard.question_forms import QuestionFileForm, QuestionForm
from dashboard.views.courses import find_course
from quizzes import actions, gift, sheet
from quizzes.models import Kind, Question
from quizzes.queries import as_draft, questions_of, tags_of
from quizzes.rules import may_keep_questions

PAGE_SIZE, PREVIEW_SIZE = 25, 100


@require_safe
@login_required
def questions(request: HttpRequest, course_id: UUID) -> HttpResponse:
    course = _find_course(request, course_id)
    query, tag = request.GET.get("q", "").strip(), request.GET.get("tag", "")
    archived = request.GET.get("state") == "archived"
    found = questions_of(course, query, tag=tag, archived=archived)
    context = {
        "course": course,
        "q": query,
        "tag": tag,
        "tags": tags_of(course),
        "archived": archived,
        "kinds": Kind.choices,
        "page_obj": page_of(request, found, PAGE_SIZE),
    }
    return render(request, "dashboard/questions.html", context)


def _find_course(request: HttpRequest, course_id: UUID) -> Course:
    return find_course(request, course_id, may_keep_questions)


def _find(request: HttpRequest, course_id: UUID, question_id: UUID) -> Question:
    course = _find_course(request, course_id)
    return find_in(Question.objects.filter(course=course).select_related("course__institution"), question_id)


@require_http_methods(["GET", "POST"])
@login_required
def question_new(request: HttpRequest, course_id: UUID) -> HttpResponse:
    course = _find_course(request, course_id)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Kind.values else Kind.SINGLE.value
    return _write(request, course, QuestionForm(kind, None, posted(request)), None)


@require_http_methods(["GET", "POST"])
@login_required
def question(request: HttpRequest, course_id: UUID, question_id: UUID) -> HttpResponse:
    found = _find(request, course_id, question_id)
    form = QuestionForm(found.kind, as_draft(found), posted(request))
    return _write(request, found.course, form, found)


def _write(request: HttpRequest, course: Course, form: QuestionForm, found: Question | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_question(course=course, draft=form.draft(), by=person_of(request), question=found)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The question is saved."))
            return redirect("questions", course.pk)
    context = {
        "course": course,
        "form": form,
        "question": found,
        "kind": Kind(form.kind),
        "kinds": Kind.choices,
    }
    return render(request, "dashboard/question.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def question_archive(request: HttpRequest, course_id: UUID, question_id: UUID) -> HttpResponse:
    found, by = _find(request, course_id, question_id), person_of(request)
    done = _("The question is in the archive; results stay as they are.")
    try_to(request, lambda: actions.archive_question(question=found, now=timezone.now(), by=by), done)
    return redirect("questions", found.course_id)


@require_POST
@login_required
def question_restore(request: HttpRequest, course_id: UUID, question_id: UUID) -> HttpResponse:
    found, by = _find(request, course_id, question_id), person_of(request)
    try_to(request, lambda: actions.restore_question(question=found, by=by), _("The question is back."))
    return redirect("questions", found.course_id)


@require_safe
@login_required
def questions_export(request: HttpRequest, course_id: UUID) -> HttpResponse:
    course = _find_course(request, course_id)
    drafts = [as_draft(one) for one in questions_of(course).order_by("created_at", "pk")]
    if request.GET.get("as") == "gift":
        text, kind, name = gift.write_questions(drafts), "text/plain", "questions.gift"
    else:
        text, kind, name = write_sheet(sheet.rows_of(drafts)), "text/csv", "questions.csv"
    response = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
@login_required
def questions_import(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The file, then the dry run, then the import: what was checked comes back as text, so nothing is kept between."""
    course = _find_course(request, course_id)
    form = QuestionFileForm(posted(request), request.FILES or None)
    context: dict[str, Any] = {"course": course, "form": form, "columns": sheet.COLUMNS}
    if request.method == "POST" and form.is_valid():
        data, kind = form.content(), form.cleaned_data["form"]
        if "confirm" in request.POST:
            return _import(request, course, data, kind)
        context |= _try(data, kind)
    return render(request, "dashboard/questions_import.html", context, status=400 if form.errors else 200)


def _import(request: HttpRequest, course: Course, data: bytes, kind: str) -> HttpResponse:
    try:
        number = actions.import_questions(course=course, data=data, form=kind, by=person_of(request))
    except Refused as refusal:
        messages.error(request, say_refusal(refusal))
        return redirect("questions_import", course.pk)
    messages.success(request, _("Questions added: %(number)s") % {"number": number})
    return redirect("questions", course.pk)


def _try(data: bytes, kind: str) -> dict[str, Any]:
    drafts, findings = actions.try_import(data=data, form=kind)
    if findings:
        told = [{"row": one.row, "column": one.column, "text": say_finding(one)} for one in findings]
        return {"findings": told[:PREVIEW_SIZE], "wrong": len(findings)}
    shown = [{"row": row, "text": one.text, "kind": Kind(one.kind).label} for row, one in drafts]
    checked = write_sheet(sheet.rows_of(draft for _, draft in drafts))
    return {"drafts": shown[:PREVIEW_SIZE], "number": len(shown), "checked": checked}
