"""How a recording is laid out: chosen before the lesson, or composed again while the old video stays."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from classroom.rules import may_change_lesson
from common.refusals import Refused
from dashboard.doors import person_of
from dashboard.views.lessons import find_lesson, use_zone_of
from recordings import actions
from recordings.direction import look_of
from recordings.models import Look, Recording, RenditionKind

SENTENCES = {
    "being_composed": gettext_lazy("The video is being composed. Choose again when it can be watched."),
    "is_gone": gettext_lazy("There is no recording of this lesson."),
}


class LookForm(forms.Form):
    look = forms.ChoiceField(label=gettext_lazy("Layout"), choices=Look, widget=forms.RadioSelect)


@require_http_methods(["GET", "POST"])
@login_required
def recording_look(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    person = person_of(request)
    use_zone_of(person)
    lesson = find_lesson(person, lesson_id)
    if not may_change_lesson(person, lesson):
        raise PermissionDenied
    recording: Recording | None = getattr(lesson, "recording", None)
    if recording is None:
        raise Http404
    form = LookForm(request.POST if request.method == "POST" else None, initial={"look": look_of(recording)})
    if request.method == "POST" and form.is_valid():
        look = Look(form.cleaned_data["look"])
        try:
            again = actions.choose_look(recording=recording, look=look, by=person, now=timezone.now())
        except Refused as refusal:
            form.add_error("look", SENTENCES[refusal.code])
        else:
            said = _("The video is being composed again. Until then the old one stays.")
            messages.success(request, said if again else _("Saved."))
            return redirect("recording_look", lesson_id=lesson.pk)
    making = recording.renditions.filter(kind=RenditionKind.LAYOUT).first()
    context = {"form": form, "lesson": lesson, "recording": recording, "making": making}
    return render(request, "dashboard/recording_look.html", context, status=400 if form.errors else 200)
