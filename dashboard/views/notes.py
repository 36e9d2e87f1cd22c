"""Notes about attendance: what one was told and how one wants it; for heads the rules, the words, and what became
of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Institution, Person
from attendance import actions
from attendance.models import FamilyNote, Measure, NoteRule
from attendance.queries import notes_for, notes_of_school, way_of, wordings_of
from attendance.rules import may_manage_notes
from attendance.thresholds import USUAL
from attendance.wording import PLACES
from classroom.models import LetterState
from dashboard.doors import find_administered, page_of, person_of, posted
from dashboard.family_letters import words_for, write_out
from dashboard.note_forms import HoursForm, RuleForm, WishForm, WordsForm
from dashboard.views.lessons import use_zone_of

PAGE_SIZE = 25


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def notes(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    form = WishForm(posted(request), initial={"way": way_of(person)})
    if request.method == "POST" and form.is_valid():
        actions.wish_notes(person=person, way=form.cleaned_data["way"])
        messages.success(request, _("Saved."))
        return redirect("notes")
    query = request.GET.get("q", "").strip()
    found = notes_for(person)
    found = found.filter(person__name__icontains=query) if query else found
    context = {"page_obj": page_of(request, found, PAGE_SIZE), "q": query, "form": form}
    return render(request, "dashboard/notes.html", context, status=400 if form.errors else 200)


@require_safe
@login_required
def school_notes(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id, may_manage_notes)
    query, state = request.GET.get("q", "").strip(), request.GET.get("state", "")
    found = notes_of_school(school, query=query, state=state)
    context = {
        "school": school,
        "page_obj": page_of(request, found, PAGE_SIZE),
        "q": query,
        "state": state,
        "states": LetterState.choices,
    }
    return render(request, "dashboard/school_notes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def note_rules(request: HttpRequest, institution_id: UUID) -> HttpResponse:
    school = find_administered(request, institution_id, may_manage_notes)
    known = {rule.measure: rule for rule in NoteRule.objects.filter(institution=school)}
    forms = [RuleForm(measure, known.get(measure), posted(request)) for measure in Measure]
    hours = HoursForm(school, posted(request))
    # Each is asked, so that each shows what is wrong with it.
    is_good = not [form for form in (*forms, hours) if not form.is_valid()]
    if request.method == "POST" and is_good:
        actions.set_note_rules(
            institution=school,
            rules={form.measure: form.wish() for form in forms},
            by=person_of(request),
            now=timezone.now(),
            **hours.cleaned_data,
        )
        messages.success(request, _("Saved."))
        return redirect("note_rules", school.pk)
    context = {"school": school, "forms": forms, "hours": hours, "language": school.language}
    return render(
        request, "dashboard/note_rules.html", context, status=400 if request.method == "POST" else 200
    )


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def note_words(request: HttpRequest, institution_id: UUID, measure: str, language: str) -> HttpResponse:
    school = find_administered(request, institution_id, may_manage_notes)
    if measure not in Measure.values or language not in dict(settings.LANGUAGES):
        raise Http404
    sample = _sample(school, measure, language)
    form = WordsForm(posted(request), initial={"subject": sample.words[0], "text": sample.words[1]})
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        by = person_of(request)
        actions.word_note(institution=school, measure=measure, language=language, by=by, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("note_words", school.pk, measure, language)
    typed = form.cleaned_data if form.is_bound and form.is_valid() else form.initial
    context = _words_context(school, measure, language) | {
        "form": form,
        "preview": sample.preview(typed["subject"], typed["text"]),
        "is_own": sample.is_own,
    }
    return render(request, "dashboard/note_words.html", context, status=400 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Sample:
    """A note about nobody, to look at words with."""

    note: FamilyNote
    language: str
    words: tuple[str, str]
    is_own: bool

    def preview(self, subject: str, text: str) -> dict[str, Any]:
        with translation.override(self.language):
            own = {self.note.rule.measure: (subject, text)} if subject and text else {}
            title, body = write_out(self.note, own)
            greeting = _("Hello %(name)s,") % {"name": self.note.reader.name}
        parts = [part for part in body.split("\n\n") if part.strip()]
        return {"subject": title, "greeting": greeting, "paragraphs": parts}


def _sample(school: Institution, measure: str, language: str) -> Sample:
    today, limit = timezone.localdate(), USUAL[measure]
    own = wordings_of(school, language)
    words = {name: (row.subject, row.text) for name, row in own.items()}
    with translation.override(language):
        student, reader = _("Amina"), _("Hodan")
        said = words_for(measure, words)
    note = FamilyNote(
        rule=NoteRule(institution=school, measure=measure, limit=limit),
        person=Person(name=student),
        reader=Person(name=reader),
        since_on=today - timedelta(days=7),
        until_on=today,
        number=limit,
        limit=limit,
        lessons=5,
    )
    return Sample(note, language, said, measure in own)


def _words_context(school: Institution, measure: str, language: str) -> dict[str, Any]:
    return {
        "school": school,
        "measure": Measure(measure),
        "measures": Measure.choices,
        "language": get_language_info(language),
        "languages": settings.LANGUAGES,
        "places": [f"{{{name}}}" for name in PLACES],
    }
