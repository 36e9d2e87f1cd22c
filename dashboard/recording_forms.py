"""Forms about a recording: what its chapters are called, and captions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from common.refusals import Refused
from dashboard.findings import say_refusal
from recordings.languages import LANGUAGES
from recordings.models import Chapter, Recording
from recordings.vtt import MOST_BYTES


class ChaptersForm(forms.Form):
    """A field a chapter, by its position; an empty one brings the automatic name back."""

    def __init__(self, recording: Recording, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.chapters: list[Chapter] = list(recording.chapters.all())
        for row in self.chapters:
            self.fields[f"title_{row.position}"] = forms.CharField(
                max_length=200, required=False, initial=row.title, widget=forms.TextInput({"dir": "auto"})
            )

    def rows(self) -> Iterator[tuple[Chapter, forms.BoundField]]:
        return ((row, self[f"title_{row.position}"]) for row in self.chapters)

    def titles(self) -> dict[int, str]:
        """Of those that came with the form."""
        given = {row.position: f"title_{row.position}" for row in self.chapters}
        return {at: self.cleaned_data[name] for at, name in given.items() if name in self.data}


class CaptionsForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=())
    file = forms.FileField(
        label=_("File"),
        help_text=_("WebVTT (.vtt) or SubRip (.srt), at most 2 MB."),
        widget=forms.FileInput({"accept": ".vtt,.srt,text/vtt"}),
        error_messages={"required": _("Choose a file.")},
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        cast(forms.ChoiceField, self.fields["language"]).choices = [*LANGUAGES.items()]

    def content(self) -> bytes:
        return bytes(self.cleaned_data["file"].read(MOST_BYTES + 1))

    def refuse(self, refusal: Refused) -> None:
        self.add_error("file", say_refusal(refusal))
