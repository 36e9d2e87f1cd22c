"""Courses, who is in them, and their groups."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Person
from classroom.models import Course, Group, Standing
from classroom.queries import students_of
from dashboard.forms import LineField

STANDINGS = [
    (one.value, one.label)
    for one in (Standing.STUDENT, Standing.TEACHER, Standing.CO_TEACHER, Standing.OBSERVER)
]


class CourseForm(forms.Form):
    title = LineField(label=_("Title"), max_length=200)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class StandingForm(forms.Form):
    standing = forms.ChoiceField(label=_("Role in this course"), choices=STANDINGS)


class EnrolForm(StandingForm):
    """Anybody of the course's institution."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("Person"))

    def __init__(self, course: Course, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Person.objects.listed().filter(memberships__institution=course.institution_id).distinct()
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class NewGroupForm(forms.Form):
    title = LineField(label=_("Name of the group"), max_length=100)


class GroupForm(NewGroupForm):
    """The title, and exactly these students of the course."""

    people = forms.ModelMultipleChoiceField(
        Person.objects.none(), label=_("Students"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, group: Group, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = students_of(group.course)  # type: ignore[attr-defined]
