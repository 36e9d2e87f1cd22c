"""A question of the bank as a form: the fields of its kind, and nothing else. Works without a script."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.refusals import Refused
from common.sheets import Finding
from dashboard.findings import say_finding
from quizzes import tally
from quizzes.draft import MAX_CHOICES, MAX_SECONDS, MIN_SECONDS, Draft, faults_of, read_number

SPARE_CHOICES = 2
FEWEST_SHOWN = 4


class PeoplesNumberField(forms.CharField):
    """A number with a comma or a point, in any digits."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        number = read_number(text) if text else None
        if text and number is None:
            raise forms.ValidationError(_("Write a number, such as 3.5."))
        return number


def _lines(label: Any, help_text: Any = "", rows: int = 2, *, required: bool = True) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, "dir": "auto"})
    return forms.CharField(
        label=label, help_text=help_text, required=required, widget=area, max_length=10_000
    )


class QuestionForm(forms.Form):
    def __init__(self, kind: str, draft: Draft | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.places = kind, range(0)
        draft = draft or Draft(kind, "")
        self._add("text", _lines(_("Question")), draft.text)
        self._add_answers(draft)
        why = _("Shown with the right answer. May stay empty.")
        self._add("explanation", _lines(_("Explanation"), why, required=False), draft.explanation)
        tags = forms.CharField(
            label=_("Tags"), required=False, max_length=500, help_text=_("Several with commas.")
        )
        self._add("tags", tags, ", ".join(draft.tags))
        time = forms.IntegerField(label=_("Seconds to answer"), min_value=MIN_SECONDS, max_value=MAX_SECONDS)
        self._add("seconds", time, draft.seconds)

    def _add(self, name: str, field: forms.Field, value: Any) -> None:
        field.initial = value
        self.fields[name] = field

    def _add_answers(self, draft: Draft) -> None:
        if self.kind == tally.TRUE_FALSE:
            truths = [("true", _("True")), ("false", _("False"))]
            radio = forms.ChoiceField(label=_("What is right?"), choices=truths, widget=forms.RadioSelect)
            self._add("is_true", radio, "true" if draft.is_true else "false")
        elif self.kind == tally.NUMERIC:
            number = PeoplesNumberField(label=_("The right number"), max_length=40)
            off = PeoplesNumberField(label=_("How far off still counts"), max_length=40, required=False)
            self._add("number", number, "" if draft.number is None else tally.show_number(draft.number))
            self._add("tolerance", off, tally.show_number(draft.tolerance))
        elif self.kind == tally.SHORT_TEXT:
            label = _("Texts that count as right, one a line")
            self._add(
                "variants",
                _lines(label, _("Capital letters and marks at the ends do not matter."), 3),
                "\n".join(draft.variants),
            )
        else:
            self._add_choices(draft)

    def _add_choices(self, draft: Draft) -> None:
        shown = min(MAX_CHOICES, max(FEWEST_SHOWN, len(draft.choices) + SPARE_CHOICES))
        # What was sent counts too: nothing that somebody typed is lost.
        sent = sum(f"choice_{number}" in self.data for number in range(1, MAX_CHOICES + 1))
        self.places = range(1, max(shown, sent) + 1)
        for number in self.places:
            text, right = draft.choices[number - 1] if number <= len(draft.choices) else ("", False)
            field = forms.CharField(required=False, max_length=300, label=_("Choice"))
            field.widget.attrs["dir"] = "auto"
            self._add(f"choice_{number}", field, text)
            if self.kind != tally.OPINION:
                self._add(f"right_{number}", forms.BooleanField(required=False, label=_("Right")), right)

    def choice_rows(self) -> list[tuple[int, Any, Any]]:
        return [
            (
                number,
                self[f"choice_{number}"],
                self[f"right_{number}"] if self.kind != tally.OPINION else None,
            )
            for number in self.places
        ]

    def plain_fields(self) -> list[Any]:
        """Before and after the choices, as the template shows them."""
        return [field for field in self if not field.name.startswith(("choice_", "right_"))]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for name, code in faults_of(self.draft()):
                self.add_error(name if name in self.fields else None, say_finding(Finding(0, "", code)))
        return cleaned

    def refuse(self, refusal: Refused) -> None:
        self.add_error(None, say_finding(Finding(0, "", refusal.code)))

    def draft(self) -> Draft:
        said = self.cleaned_data
        choices = [(said.get(f"choice_{n}", "").strip(), bool(said.get(f"right_{n}"))) for n in self.places]
        return Draft(
            kind=self.kind,
            text=said["text"],
            choices=[one for one in choices if one[0]],
            is_true=said.get("is_true") != "false",
            number=said.get("number"),
            tolerance=said.get("tolerance") or 0.0,
            variants=[line.strip() for line in said.get("variants", "").splitlines() if line.strip()],
            tags=said["tags"].split(","),
            explanation=said["explanation"],
            seconds=said["seconds"],
        )


class QuestionFileForm(forms.Form):
    """A file, or the same text pasted."""

    form = forms.ChoiceField(
        label=_("Format"), choices=[("csv", _("CSV from a spreadsheet")), ("gift", _("GIFT from Moodle"))]
    )
    file = forms.FileField(
        label=_("File"), required=False, widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.gift"})
    )
    text = forms.CharField(
        label=_("… or paste the text here"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "dir": "auto"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not cleaned.get("file") and not cleaned.get("text", "").strip():
            self.add_error("file", _("Choose a file, or paste some text."))
        return cleaned

    def content(self) -> bytes:
        file = self.cleaned_data["file"]
        data: bytes = file.read() if file else self.cleaned_data["text"].encode()
        return data
