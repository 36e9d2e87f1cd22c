"""Forms for what leaves the house: webhooks, and letters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import EventType, Institution
from accounts.queries import institutions_of
from accounts.rules import may_administer
from classroom.models import LetterSettings, ReminderChoice
from common.outward import check_url
from common.refusals import Refused

SENTENCES = {
    "url_needs_https": _("The address must begin with https://."),
    "url_with_user": _("The address must not hold a user name or a password."),
    "url_port": _("Only the ports 443 and 8443 are allowed."),
    "url_private": _("This address lies in a private network. Webhooks only go to public addresses."),
    "url_unreadable": _("This is not an address that we can read. International names need their xn-- form."),
}


class WebhookForm(forms.Form):
    """Address and events; the institution is asked for only where there is a choice."""

    institution = forms.ModelChoiceField(Institution.objects.none(), label=_("School"))
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("An https address of the other platform, reachable from the internet."),
        widget=forms.URLInput(attrs={"placeholder": "https://", "dir": "ltr"}),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Events"), choices=EventType.choices, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.BooleanField(label=_("Turned on"), required=False)

    def __init__(self, headed: list[Institution], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = Institution.objects.filter(pk__in=[one.pk for one in headed]).order_by("name")
        self.fields["institution"].queryset = choices  # type: ignore[attr-defined]
        self.fields["institution"].required = len(headed) > 1
        self.only = headed[0] if len(headed) == 1 else None

    def clean_institution(self) -> Institution:
        chosen: Institution = self.only or self.cleaned_data["institution"]
        return chosen

    def clean_url(self) -> str:
        try:
            return check_url(self.cleaned_data["url"], allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
        except Refused as refusal:
            raise forms.ValidationError(SENTENCES[refusal.code]) from refusal


def headed_by(person: Any) -> list[Institution]:
    return [one for one in institutions_of(person) if may_administer(person, one)]


class ReplayForm(forms.Form):
    """From when on to send again what was lost; events are kept for 30 days."""

    since = forms.DateTimeField(
        label=_("Since"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_since(self) -> datetime:
        since: datetime = self.cleaned_data["since"]
        if since < timezone.now() - timedelta(days=31):
            raise forms.ValidationError(_("Events are kept for 30 days. Choose a later day."))
        return since


class LetterForm(forms.Form):
    """Reminders and invitations by e-mail."""

    reminders = forms.ChoiceField(label=_("Remind me by e-mail"), required=False, widget=forms.RadioSelect)
    wants_invitations = forms.BooleanField(
        label=_("Write to me when lessons are scheduled, changed or cancelled"), required=False
    )

    def __init__(self, own: LetterSettings, data: Any = None) -> None:
        initial = {"reminders": own.reminders, "wants_invitations": own.wants_invitations}
        super().__init__(data, initial=initial)
        choices = [("", _("As my school does")), *ReminderChoice.choices]
        self.fields["reminders"].choices = choices  # type: ignore[attr-defined]
