"""Forms around signing in: one's own account, passwords, and a school's identity providers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.core.validators import ProhibitNullCharactersValidator
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _

from accounts import actions
from accounts.models import IdentityProvider, Person, Role
from accounts.models.identity import SECRET_ENV_PREFIX
from accounts.oidc.border import BorderError, check_address
from accounts.oidc.check import say
from accounts.oidc.tokens import ASYMMETRIC
from accounts.queries import managed_institutions
from accounts.rules import may_vouch_for_providers
from dashboard.forms import LineField

if TYPE_CHECKING:  # Django's own classes take no brackets while they run
    PersonForm = forms.ModelForm[Person]
    IdentityProviderForm = forms.ModelForm[IdentityProvider]
    SetPersonsPasswordForm = SetPasswordForm[Person]
else:
    PersonForm = IdentityProviderForm = forms.ModelForm
    SetPersonsPasswordForm = SetPasswordForm


class AccountForm(PersonForm):
    """What people may say of themselves."""

    name = LineField(label=_("Name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("The language of my school")), *settings.LANGUAGES],
        required=False,
    )

    class Meta:
        model = Person
        fields = ["name", "language"]


class PasswordForgottenForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )


class NewPasswordForm(SetPersonsPasswordForm):
    """Behind the link in the letter."""

    def save(self, commit: bool = True) -> Person:
        actions.change_password(person=self.user, password=self.cleaned_data["new_password1"])
        return self.user


def _without_nul(text: str) -> str:
    """Django looks for NUL in texts only, and PostgreSQL holds none in JSON either."""
    ProhibitNullCharactersValidator()(text)
    return text


class ClaimsField(forms.JSONField):
    """Thousands of brackets in each other are a mistake like any other, not a server error."""

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return InvalidJSONInput(data)

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise forms.ValidationError(self.error_messages["invalid"], params={"value": ""}) from error


class WordsField(forms.CharField):
    """A list of words in one line, kept as a list."""

    def prepare_value(self, value: Any) -> Any:
        return " ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return _without_nul(super().to_python(value) or "").replace(",", " ").split()


class PairsField(forms.CharField):
    """Lines of `word = role`, kept as a dict. A word may hold spaces and equals signs."""

    widget = forms.Textarea(attrs={"rows": 4, "dir": "ltr", "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return (
            "\n".join(f"{word} = {role}" for word, role in value.items())
            if isinstance(value, dict)
            else value
        )

    def to_python(self, value: Any) -> Any:
        pairs = {}
        for number, line in enumerate(_without_nul(super().to_python(value) or "").splitlines(), start=1):
            if not line.strip():
                continue
            word, equals, role = (part.strip() for part in line.rpartition("="))
            if not equals or not word or role not in Role.values:
                sentence = _("Line %(number)s: write “group = role”; the roles are %(roles)s.")
                roles = ", ".join(Role.values)
                raise forms.ValidationError(sentence % {"number": number, "roles": roles})
            pairs[word] = role
        return pairs


LTR = {"dir": "ltr", "spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}


def _words(label: Any, help_text: Any = "") -> WordsField:
    return WordsField(label=label, help_text=help_text, required=False, widget=forms.TextInput(attrs=LTR))


class ProviderForm(IdentityProviderForm):
    """One identity provider; `secret` is written and never shown."""

    secret = forms.CharField(
        label=_("Client secret"),
        required=False,
        widget=forms.PasswordInput(attrs={**LTR, "autocomplete": "new-password"}),
        help_text=_("Kept encrypted and never shown again. Empty: what was kept before stays."),
    )
    label = LineField(label=_("Name on the button"), max_length=100)
    scopes = _words(_("Scopes"))
    audiences = _words(_("Audiences of API tokens"), _("The “aud” of bearer tokens to our API. Empty: none."))
    accepted_policies = _words(_("Accepted policies"), _("“tfp” or “acr” in the token. Empty: any."))
    accepted_tenants = _words(_("Accepted tenants"), _("“tid” in the token. Empty: any."))
    accepted_clients = _words(_("Accepted API clients"), _("“azp” or “appid” in API tokens. Empty: any."))
    email_domains = _words(_("E-mail domains"), _("Addresses that belong to this provider: school.org"))
    algs = forms.MultipleChoiceField(
        label=_("Signatures"),
        choices=[(alg, alg) for alg in sorted(ASYMMETRIC)],
        widget=forms.CheckboxSelectMultiple,
    )
    role_map = PairsField(
        label=_("Roles"),
        required=False,
        help_text=_(
            "One line for each group of the provider: “teachers = teacher”. “*” stands for everybody else."
        ),
    )
    claim_map = ClaimsField(
        label=_("Names of claims"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, **LTR}),
        help_text=_("JSON; only where the provider’s names are unusual."),
    )

    MAIN = ("institution", "label", "slug", "issuer", "discovery_url", "client_id", "secret")
    PEOPLE = ("jit", "role_map")
    PLATFORM = ("email_domains", "trusts_email", "secret_env")
    FINE = (
        *("scopes", "claim_map", "algs", "accepted_policies", "accepted_tenants", "reset_policy"),
        *("audiences", "accepted_clients", "accepts_id_tokens", "logout_url", "logs_out_locally"),
    )

    class Meta:
        model = IdentityProvider
        fields = [
            *("institution", "label", "slug", "issuer", "discovery_url", "client_id", "jit", "role_map"),
            *("email_domains", "trusts_email", "secret_env", "scopes", "claim_map", "algs"),
            *("accepted_policies", "accepted_tenants", "reset_policy", "audiences", "accepted_clients"),
            *("accepts_id_tokens", "logout_url", "logs_out_locally", "is_active"),
        ]
        labels = {
            "institution": _("School"),
            "slug": _("Word in its address"),
            "issuer": _("Issuer"),
            "discovery_url": _("Discovery address"),
            "client_id": _("Client ID"),
            "jit": _("Make people at their first sign-in"),
            "trusts_email": _("This provider proves that an address is the person’s own"),
            "secret_env": _("Environment variable with the client secret"),
            "reset_policy": _("Policy for forgotten passwords"),
            "accepts_id_tokens": _("ID tokens may be used at the API"),
            "logout_url": _("Sign-out address"),
            "logs_out_locally": _("Sign out here only"),
            "is_active": _("People can sign in with this"),
        }
        help_texts = {
            "slug": _("Small letters, digits and hyphens: /sign-in/word"),
            "issuer": _(
                "Exactly as the provider writes it in its tokens, with or without a slash at the end."
            ),
            "logout_url": _("Empty: as the provider says."),
            "secret_env": _("Its name begins with OIDC_SECRET_. Instead of a secret that is kept here."),
        }
        widgets = {
            name: forms.TextInput(attrs=LTR)
            for name in (
                *("slug", "issuer", "discovery_url", "client_id"),
                *("secret_env", "reset_policy", "logout_url"),
            )
        }

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        institutions = managed_institutions(person)
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  a foreign key's
        field.queryset, field.empty_label = institutions, None
        if not self.instance._state.adding:
            field.disabled = True  # its people's identities would move into another school
        if not may_vouch_for_providers(person):
            for name in self.PLATFORM:
                del self.fields[name]

    def clean_claim_map(self) -> dict[str, Any]:
        value = self.cleaned_data["claim_map"] or {}
        is_map = isinstance(value, dict) and all(_is_names(names) for names in value.values())
        if not is_map or "\\u0000" in json.dumps(value):
            example = json.dumps({"email": ["mail"], "roles": ["groups"]})
            raise forms.ValidationError(_("Write it like this: %(example)s") % {"example": example})
        return value

    def clean_issuer(self) -> str:
        return self._filled_in("issuer")

    def clean_discovery_url(self) -> str:
        return self._address("discovery_url", _("The discovery document"))

    def clean_logout_url(self) -> str:
        return self._address("logout_url", _("The sign-out page")) if self.cleaned_data["logout_url"] else ""

    def clean_secret_env(self) -> str:
        name: str = self.cleaned_data["secret_env"].strip()
        if name and not name.startswith(SECRET_ENV_PREFIX):
            raise forms.ValidationError(_("The name must begin with OIDC_SECRET_."))
        return name

    def _filled_in(self, name: str) -> str:
        value: str = self.cleaned_data[name].strip()
        if "{" in value or "}" in value:
            raise forms.ValidationError(_("Put your own value where the braces are."))
        return value

    def _address(self, name: str, what: Any) -> str:
        """Whether the host exists and answers is for the check to say, which comes after saving."""
        value = self._filled_in(name)
        try:
            check_address(value)
        except BorderError as error:
            if error.code in {"not_https", "bad_address"}:
                raise forms.ValidationError(say(error, str(what))) from error
        return value

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields as the page shows them: heading and fields; the last group is folded away."""
        named = [
            ("", self.MAIN),
            (_("People"), self.PEOPLE),
            (_("Only for the platform"), self.PLATFORM),
        ]
        groups = [(title, [self[name] for name in names if name in self.fields]) for title, names in named]
        return [(title, fields) for title, fields in groups if fields]

    def fine(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FINE]

    def has_fine_errors(self) -> bool:
        return any(field.errors for field in self.fine())


def _is_names(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value))
