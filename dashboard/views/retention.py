"""How long the school keeps what, and what goes within the next thirty days."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from accounts.models import Institution
from dashboard.doors import person_of
from dashboard.views.audit import find_school
from housekeeping import actions
from housekeeping.queries import kept_facts, kept_recordings, recordings_until
from housekeeping.retention import LONGEST, SHORTEST, Periods, read_periods, what_is_due
from housekeeping.rules import may_keep_house

PAGE_SIZE = 20
AHEAD = timedelta(days=30)


class RetentionForm(forms.Form):
    """Fewer days may mean that something goes within the hour: that needs a second look."""

    retention_days = forms.IntegerField(
        label=gettext_lazy("Days that recordings are kept"), min_value=SHORTEST, max_value=LONGEST
    )
    originals_days = forms.IntegerField(
        label=gettext_lazy("Days that the recorders’ own files are kept beside a published video"),
        min_value=SHORTEST,
        max_value=LONGEST,
        required=False,
    )
    facts_days = forms.IntegerField(
        label=gettext_lazy("Days that attendance is kept"), min_value=SHORTEST, max_value=LONGEST
    )
    confirmed = forms.BooleanField(label=gettext_lazy("Yes, delete these now"), required=False)

    def __init__(self, institution: Institution, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.institution = institution
        self.goes_now = ""
        for name in ("retention_days", "originals_days", "facts_days"):
            self.fields[name].widget.attrs["inputmode"] = "numeric"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"retention_days", "facts_days"} <= cleaned.keys() and not cleaned.get("confirmed"):
            self._look_twice(Periods(cleaned["retention_days"], cleaned["facts_days"]))
        return cleaned

    def _look_twice(self, policy: Periods) -> None:
        before, now = read_periods(self.institution.policy), timezone.now()
        recordings, lessons = _due(self.institution, policy, now)
        if (policy.retention_days < before.retention_days and recordings) or (
            policy.facts_days < before.facts_days and lessons
        ):
            self.goes_now = _("With these days, %(recordings)s and %(lessons)s go within the hour.") % {
                "recordings": ngettext("%(n)s recording", "%(n)s recordings", recordings) % {"n": recordings},
                "lessons": ngettext(
                    "the attendance of %(n)s lesson", "the attendance of %(n)s lessons", lessons
                )
                % {"n": lessons},
            }
            self.add_error("confirmed", _("Please confirm, or choose more days."))


def _due(institution: Institution, policy: Periods, until: Any) -> tuple[int, int]:
    """How many recordings, and the attendance of how many lessons, are due by then."""
    recordings = kept_recordings(institution, until - policy.recordings)
    facts = kept_facts(institution, until - policy.facts)
    return (
        len(what_is_due(recordings, policy.recordings, now=until)),
        len(what_is_due(facts, policy.facts, now=until)),
    )


@require_http_methods(["GET", "POST"])
@login_required
def retention(request: HttpRequest, school: str) -> HttpResponse:
    person = person_of(request)
    institution = find_school(person, school, may_keep_house)
    policy = read_periods(institution.policy)
    days = asdict(policy)
    form = RetentionForm(institution, request.POST or None, initial=days)
    if request.method == "POST" and form.is_valid():
        wanted = {name: form.cleaned_data[name] or kept for name, kept in days.items()}
        actions.change_retention(institution=institution, by=person, **wanted)
        messages.success(request, _("Saved. What is due goes within the hour."))
        return redirect("retention", school=school)
    context = _preview(request, institution, policy) | {"form": form, "school": institution}
    return render(request, "dashboard/retention.html", context, status=400 if form.errors else 200)


def _preview(request: HttpRequest, institution: Institution, policy: Periods) -> dict[str, Any]:
    """The recordings one by one, with the day they go; attendance as a number."""
    until = timezone.now() + AHEAD
    rows = recordings_until(institution, until - policy.recordings)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    going = [
        {"lesson": row.lesson, "goes_at": row.over_at + policy.recordings, "is_held": row.is_held}
        for row in page.object_list
    ]
    return {
        "page_obj": page,
        "asked": "",
        "going": going,
        "attendance_of": _due(institution, policy, until)[1],
    }
