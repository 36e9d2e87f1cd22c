"""Forms keep what was typed and name the field that is wrong."""

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Django's own sentence would name the field `email`, in English."""

    error_messages = AuthenticationForm.error_messages | {
        "invalid_login": _("User name and password do not fit together. Please try again.")
    }
