"""Courses and who is in them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Person
from accounts.queries import containing, counting_memberships, people_of
from accounts.rules import may_see_institution
from classroom import actions
from classroom.models import Course, Standing
from classroom.queries import courses_of, roster_of
from classroom.roster import COLUMNS
from classroom.rules import may_read_roster, may_run_courses
from common.refusals import Refused
from dashboard.course_forms import STANDINGS, CourseForm, EnrolForm, NewGroupForm, StandingForm
from dashboard.doors import find_administered, find_in, page_of, person_of, posted, try_to
from dashboard.findings import say_refusal
from dashboard.views.people_list import csv_response

PAGE_SIZE, FOUND_SIZE = 50, 20


@require_http_methods(["GET", "POST"])
@login_required
def courses(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id, may_run_courses)
    form = CourseForm(posted(request), initial={"language": school.language})
    if request.method == "POST" and form.is_valid():
        made = actions.create_course(institution=school, by=person_of(request), **form.cleaned_data)
        return redirect("course", made.pk)
    query, archived = request.GET.get("q", "").strip(), request.GET.get("state") == "archived"
    found = courses_of(school).filter(title__icontains=query, archived_at__isnull=not archived)
    context = {
        "school": school,
        "form": form,
        "q": query,
        "archived": archived,
        "page_obj": page_of(request, found, PAGE_SIZE),
    }
    return render(request, "dashboard/courses.html", context, status=400 if form.errors else 200)


@require_safe
@login_required
def course(request: HttpRequest, course_id: UUID) -> HttpResponse:
    return show_course(request, find_course(request, course_id, may_read_roster))


def find_course(request: HttpRequest, course_id: UUID, rule: Callable[[Person, Course], bool]) -> Course:
    """404 for another school's course, 403 for one of the own school without the right."""
    found = Course.objects.select_related("institution").filter(pk=course_id).first()
    if found is None or not may_see_institution(person_of(request), found.institution):
        raise Http404
    if not rule(person_of(request), found):
        raise PermissionDenied
    return found


def may_run(person: Person, course: Course) -> bool:
    return may_run_courses(person, course.institution)


def show_course(request: HttpRequest, course: Course, **wrong: forms.Form) -> HttpResponse:
    """The page; `wrong` are forms that came back with an error."""
    runs, find = may_run(person_of(request), course), request.GET.get("find", "").strip()
    context: dict[str, Any] = {
        "course": course,
        "school": course.institution,
        "may_run": runs,
        "page_obj": page_of(request, roster_of(course), PAGE_SIZE),
        "groups": course.groups.annotate(size=Count("members")).order_by("title"),
        "standings": STANDINGS,
        "find": find,
        "found": list(_not_enrolled(course, find)[:FOUND_SIZE]) if runs and find else [],
        "course_form": CourseForm(initial={"title": course.title, "language": course.language}),
        "group_form": NewGroupForm(),
        **wrong,
    }
    return render(request, "dashboard/course.html", context, status=400 if wrong else 200)


def _not_enrolled(course: Course, query: str) -> Any:
    places = counting_memberships().filter(institution=course.institution_id).exclude(role="guardian")
    enrolled = course.enrolments.filter(is_active=True)
    people = people_of(course.institution).filter(containing(query), pk__in=places.values("person"))
    return people.exclude(pk__in=enrolled.values("person"))


@require_POST
@login_required
def course_change(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    form = CourseForm(request.POST)
    if not form.is_valid():
        return show_course(request, found, course_form=form)
    try_to(
        request,
        lambda: actions.update_course(course=found, by=person_of(request), **form.cleaned_data),
        _("The course is saved."),
    )
    return redirect("course", found.pk)


@require_POST
@login_required
def course_archive(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    try_to(
        request,
        lambda: actions.archive_course(course=found, by=person_of(request)),
        _("The course is in the archive. Nothing is lost."),
    )
    return redirect("courses", found.institution_id)


@require_POST
@login_required
def course_restore(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    try_to(
        request,
        lambda: actions.restore_course(course=found, by=person_of(request)),
        _("The course is back from the archive."),
    )
    return redirect("course", found.pk)


@require_POST
@login_required
def enrol(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    form = EnrolForm(found, request.POST)
    if not form.is_valid():
        return show_course(request, found, enrol_form=form)
    somebody, standing = form.cleaned_data["person"], Standing(form.cleaned_data["standing"])
    try_to(
        request,
        lambda: actions.enrol(course=found, person=somebody, standing=standing, by=person_of(request)),
        _("%(name)s is in the course.") % {"name": somebody.name},
    )
    return redirect("course", found.pk)


@require_POST
@login_required
def unenrol(request: HttpRequest, course_id: UUID, person_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    somebody = find_in(Person.objects.filter(enrolments__course=found), person_id)
    try_to(
        request,
        lambda: actions.unenrol(course=found, person=somebody, by=person_of(request)),
        _("%(name)s has left the course; open rooms close right now.") % {"name": somebody.name},
    )
    return redirect("course", found.pk)


@require_POST
@login_required
def standing(request: HttpRequest, course_id: UUID, person_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    enrolled = found.enrolments.filter(is_active=True)
    somebody = find_in(Person.objects.filter(enrolments__in=enrolled), person_id)
    form = StandingForm(request.POST)
    if not form.is_valid():
        return show_course(request, found, standing_form=form)
    wanted = Standing(form.cleaned_data["standing"])
    try_to(
        request,
        lambda: actions.enrol(course=found, person=somebody, standing=wanted, by=person_of(request)),
        _("The role in the course is saved."),
    )
    return redirect("course", found.pk)


@require_safe
@login_required
def course_csv(request: HttpRequest, course_id: UUID) -> HttpResponse:
    """The roster as an import reads it: one row for each person and group."""
    found = find_course(request, course_id, may_run)
    rows: list[tuple[object, ...]] = [COLUMNS]
    for place in roster_of(found).prefetch_related("person__memberships"):
        one = place.person
        roles = {m.role for m in one.memberships.all() if m.institution_id == found.institution_id}
        role = next((r for r in (place.standing, "teacher", "head", "student") if r in roles), "")
        titles = [member.group.title for member in one.here] or [""]  # type: ignore[attr-defined]
        first, last = (one.address, one.name, role, found.title, place.standing), ("", one.language)
        rows += [(*first, title, *last) for title in titles]
    return csv_response(rows, "roster")


@require_POST
@login_required
def group_new(request: HttpRequest, course_id: UUID) -> HttpResponse:
    found = find_course(request, course_id, may_run)
    form = NewGroupForm(request.POST)
    if form.is_valid():
        try:
            made = actions.create_group(course=found, by=person_of(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("title", say_refusal(refusal))
        else:
            return redirect("group", found.pk, made.pk)
    return show_course(request, found, group_form=form)
