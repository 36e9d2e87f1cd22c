"""What the page beside the Jitsi app says."""

from django.utils.translation import gettext as _


def companion() -> dict[str, str]:
    return {
        "companion.open_app": _("Open in the Jitsi app"),
        "companion.in_app": _("The video is in the Jitsi app"),
        "companion.moved": _("Your video is in another room now."),
        "companion.kept_here": _("No connection. What you do is saved on this phone and will be sent."),
    }
