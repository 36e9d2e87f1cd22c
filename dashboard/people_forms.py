"""People: inviting, naming, linking, importing."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, Invitation, Person, Role
from accounts.queries import addressed
from accounts.rules import may_grant_role
from common.sheets import MAX_BYTES
from dashboard.forms import LineField


class InviteForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = LineField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, person: Person, institution: Institution, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_to_grant(person, institution)  # type: ignore[attr-defined]
        self.initial.setdefault("role", Role.STUDENT)


def roles_to_grant(person: Person, institution: Institution) -> list[tuple[str, str]]:
    return [(role.value, str(role.label)) for role in Role if may_grant_role(person, institution, role)]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, person: Person, institution: Institution, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles_to_grant(person, institution)  # type: ignore[attr-defined]


class NameForm(forms.Form):
    name = LineField(label=_("Name"), max_length=200)


class ExpiryForm(forms.Form):
    expires_on = forms.DateField(
        label=_("Last day here"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class LinkForm(forms.Form):
    """The other end of a guardianship, by e-mail, among the people of this institution."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    found: Person

    def __init__(self, institution: Institution, role: Role, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = Person.objects.listed().filter(
            memberships__institution=institution, memberships__role=role
        )

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        found = self.people.filter(addressed(email)).first()
        if found is None:
            raise ValidationError(_("Nobody here with that role has this address."))
        self.found = found
        return email


class AcceptForm(forms.Form):
    name = LineField(
        label=_("Your name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least ten characters. A few words in a row are easy to keep in mind."),
    )

    def __init__(self, invitation: Invitation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation
        self.initial.setdefault("name", invitation.name)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "password" in cleaned:
            person = Person(email=self.invitation.email, name=cleaned.get("name", ""))
            try:
                validate_password(cleaned["password"], person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class UploadForm(forms.Form):
    """A file, or the same text pasted."""

    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    text = forms.CharField(
        label=_("… or paste the rows here"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "dir": "ltr"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        file, text = cleaned.get("file"), cleaned.get("text", "")
        if not self.errors and not file and not text.strip():
            self.add_error("file", _("Choose a file, or paste some rows."))
        if file and file.size > MAX_BYTES:
            self.add_error("file", _("This file is larger than 5 MB. Split it into several."))
        return cleaned

    def content(self) -> tuple[bytes, str]:
        """The bytes to import and what to call them."""
        file = self.cleaned_data["file"]
        if file:
            return file.read(), file.name
        return self.cleaned_data["text"].encode(), str(_("Pasted rows"))
