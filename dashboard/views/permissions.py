"""Who may be in recordings: the head's list of all pupils, and a guardian's page about their own children."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import decide_recording
from accounts.models import (
    AnswerSource,
    Guardianship,
    Institution,
    Person,
    RecordingAnswer,
    RecordingPermission,
    Role,
)
from accounts.policy import read_policy
from accounts.queries import containing, with_last_answer
from accounts.rules import may_decide_for_child, may_keep_permissions
from classroom.protection import can_leave_people_out
from classroom.queries import children_of
from dashboard.doors import page_of, person_of
from dashboard.views.audit import find_school
from dashboard.views.lessons import use_zone_of

PAGE_SIZE = 50
HISTORY = 5


class AnswersForm(forms.Form):
    """Those who were ticked, and what holds for them from now on."""

    answer = forms.ChoiceField(choices=RecordingAnswer.choices)
    person = forms.ModelMultipleChoiceField(Person.objects.none())

    def __init__(self, pupils: QuerySet[Person], data: Any) -> None:
        super().__init__(data)
        self.fields["person"].queryset = pupils  # type: ignore[attr-defined]
        self.fields["person"].error_messages["required"] = _("Tick at least one name.")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def permissions(request: HttpRequest, school: str) -> HttpResponse:
    person = person_of(request)
    institution = find_school(person, school, may_keep_permissions)
    pupils = pupils_of(institution)
    form = AnswersForm(pupils, request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        changed = decide_recording(
            institution=institution,
            people=form.cleaned_data["person"],
            answer=RecordingAnswer(form.cleaned_data["answer"]),
            source=AnswerSource.HEAD,
            by=person,
            now=timezone.now(),
        )
        told = ngettext("%(n)s decision was written down.", "%(n)s decisions were written down.", changed)
        messages.success(request, told % {"n": changed})
        return redirect(request.get_full_path())
    return _show(request, institution, pupils, form)


def _show(
    request: HttpRequest, institution: Institution, pupils: QuerySet[Person, Any], form: AnswersForm | None
) -> HttpResponse:
    asked = {name: request.GET.get(name, "").strip()[:80] for name in ("q", "answer")}
    found = pupils.filter(containing(asked["q"])) if asked["q"] else pupils
    if asked["answer"] in RecordingAnswer.values:
        found = found.filter(Q(answer=asked["answer"]))
    context = {
        "school": institution,
        "asked": asked,
        "answers": RecordingAnswer.choices,
        "page_obj": page_of(request, found.prefetch_related(_history_at(institution)), PAGE_SIZE),
        "form": form,
        "policy": read_policy(institution.policy),
        "can_leave_people_out": can_leave_people_out(),
    }
    return render(request, "dashboard/permissions.html", context, status=400 if form else 200)


def pupils_of(institution: Institution) -> QuerySet[Person, Any]:
    """Those for whom a school needs an answer, with the last one."""
    here = Person.objects.listed().filter(
        memberships__institution=institution, memberships__role=Role.STUDENT, memberships__is_active=True
    )
    return with_last_answer(here.distinct().order_by("name", "pk"), institution)


def _history_at(institution: Institution) -> "Prefetch[str]":
    lines = RecordingPermission.objects.filter(institution=institution).select_related("decided_by")
    return Prefetch("recording_permissions", queryset=lines, to_attr="said")


@require_safe
@login_required
def children(request: HttpRequest) -> HttpResponse:
    """A guardian's children at each school, and what holds for them."""
    person = person_of(request)
    use_zone_of(person)
    links = children_of(person).select_related("child", "institution").order_by("child__name", "pk")
    said = _decisions_about(links)
    context = {"rows": [_row(link, said) for link in links], "can_leave_people_out": can_leave_people_out()}
    return render(request, "dashboard/children_recordings.html", context)


def _decisions_about(links: Iterable[Guardianship]) -> dict[tuple[UUID, UUID], list[RecordingPermission]]:
    """By school and child, the youngest first."""
    children = [link.child_id for link in links]
    found: dict[tuple[UUID, UUID], list[RecordingPermission]] = {}
    for line in RecordingPermission.objects.filter(person__in=children):
        found.setdefault((line.institution_id, line.person_id), []).append(line)
    return found


def _row(link: Guardianship, said: dict[tuple[UUID, UUID], list[RecordingPermission]]) -> dict[str, Any]:
    history = said.get((link.institution_id, link.child_id), [])[:HISTORY]
    policy = read_policy(link.institution.policy)
    return {
        "link": link,
        "answer": history[0].answer if history else str(RecordingAnswer.UNKNOWN),
        "history": history,
        "may_decide": policy.guardians_decide_recording,
        "policy": policy,
    }


@require_POST
@login_required
def decide(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """For one child, at the school that the form names."""
    me = person_of(request)
    links = children_of(me).filter(child=person_id).select_related("child", "institution")
    link = next((one for one in links if str(one.institution_id) == request.POST.get("school")), None)
    if link is None:
        link = links.first() if "school" not in request.POST else None
    if link is None:
        raise Http404
    if not may_decide_for_child(me, link.child, link.institution):
        raise PermissionDenied
    answer = request.POST.get("answer", "")
    if answer not in RecordingAnswer.values:
        messages.error(request, _("Choose yes or no."))
        return redirect("children_recordings")
    now = timezone.now()
    decide_recording(
        institution=link.institution,
        people=[link.child],
        answer=RecordingAnswer(answer),
        source=AnswerSource.GUARDIAN,
        by=me,
        now=now,
    )
    messages.success(request, _("It was written down, and holds from now on."))
    return redirect("children_recordings")
