"""Forms keep what was typed and name the field that is wrong."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common.lines import clean_line


class LineField(forms.CharField):
    """A name or a title: marks that turn or hide text are taken out, and nothing but such is nothing."""

    def to_python(self, value: Any) -> str:
        return clean_line(super().to_python(value) or "")


class SignInForm(AuthenticationForm):
    """Django's own sentence would name the field `email`, in English."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("User name and password do not fit together. Please try again.")
    }


def find_username(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str:
    """Whose wrong passwords axes counts: one account, however its address is spelt."""
    said = (credentials or request.POST).get("username") or ""
    return unicodedata.normalize("NFKC", str(said)).strip().lower()
