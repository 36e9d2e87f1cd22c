"""One group of a course: its name and its students."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classroom import actions
from classroom.models import Group
from common.refusals import Refused
from dashboard.course_forms import GroupForm
from dashboard.doors import find_in, person_of, posted, try_to
from dashboard.findings import say_refusal
from dashboard.views.courses import find_course, may_run


def _find(request: HttpRequest, course_id: UUID, group_id: UUID) -> Group:
    course = find_course(request, course_id, may_run)
    return find_in(Group.objects.filter(course=course).select_related("course__institution"), group_id)


@require_http_methods(["GET", "POST"])
@login_required
def group(request: HttpRequest, course_id: UUID, group_id: UUID) -> HttpResponse:
    found = _find(request, course_id, group_id)
    inside = list(found.members.values_list("person_id", flat=True))
    form = GroupForm(found, posted(request), initial={"title": found.title, "people": inside})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_group(group=found, by=person_of(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("title", say_refusal(refusal))
        else:
            messages.success(request, _("The group is saved."))
            return redirect("course", found.course_id)
    context = {"group": found, "course": found.course, "school": found.course.institution, "form": form}
    return render(request, "dashboard/group.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def group_delete(request: HttpRequest, course_id: UUID, group_id: UUID) -> HttpResponse:
    found = _find(request, course_id, group_id)
    try_to(
        request,
        lambda: actions.delete_group(group=found, by=person_of(request)),
        _("The group is gone; its students stay in the course."),
    )
    return redirect("course", found.course_id)
