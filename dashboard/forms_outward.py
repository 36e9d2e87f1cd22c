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
from common.outward import check_stream_url, check_url
from common.refusals import Refused
from dashboard.forms import LineField
from recordings.actions import MOST_VIEWERS

LONGEST_HOURS = 24 * 31

SENTENCES = {
    "url_needs_https": _("The address must begin with https://."),
    "url_with_user": _("The address must not hold a user name or a password."),
    "url_port": _("Only the ports 443 and 8443 are allowed."),
    "url_private": _("This address lies in a private network. Webhooks only go to public addresses."),
    "url_unreadable": _("This is not an address that we can read. International names need their xn-- form."),
}


STREAM_SENTENCES = SENTENCES | {
    "url_needs_rtmp": _("The address must begin with rtmps:// or rtmp://."),
    "url_port": _("Only the ports 443, 1935 and 1936 are allowed."),
    "url_private": _("This address lies in a private network. Streams only go to public addresses."),
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


class DestinationForm(forms.Form):
    """Where a stream is also sent. The key goes in and never comes out again."""

    address = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "rtmps://", "dir": "ltr", "inputmode": "url"}),
    )
    key = forms.CharField(
        label=_("Stream key"),
        max_length=300,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )

    def clean_address(self) -> str:
        try:
            address: str = self.cleaned_data["address"]
            return check_stream_url(address, allow_private=settings.WEBHOOK_ALLOW_PRIVATE)
        except Refused as refusal:
            raise forms.ValidationError(STREAM_SENTENCES[refusal.code]) from refusal


class StreamLinkForm(forms.Form):
    """A new address for viewers outside; everything has a default, so that one press makes one."""

    label = LineField(label=_("For whom (only staff sees this)"), max_length=80, required=False)
    password = forms.CharField(
        label=_("Password"),
        min_length=6,
        max_length=100,
        required=False,
        help_text=_("Empty: whoever has the address may watch."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "ltr"}),
    )
    most_viewers = forms.IntegerField(
        label=_("How many viewers"), min_value=1, max_value=MOST_VIEWERS, initial=200, required=False
    )
    hours = forms.IntegerField(
        label=_("Works for so many hours"),
        min_value=1,
        max_value=LONGEST_HOURS,
        required=False,
        help_text=_("Empty: until an hour after the lesson."),
    )

    def said(self, now: datetime) -> dict[str, Any]:
        """As `recordings.actions.create_stream_link` takes it."""
        data = self.cleaned_data
        until = now + timedelta(hours=data["hours"]) if data["hours"] else None
        most = data["most_viewers"] or self.fields["most_viewers"].initial
        return {
            "label": data["label"],
            "password": data["password"],
            "most_viewers": most,
            "expires_at": until,
        }


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
