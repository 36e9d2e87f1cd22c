"""What the page beside the Jitsi app says."""

from django.utils.translation import gettext as _


def companion() -> dict[str, str]:
    return {
        "companion.open_app": _("Open in the Jitsi app"),
        "companion.in_app": _("The video is in the Jitsi app"),
        "companion.moved": _("Your video is in another room now."),
        "companion.show_board": _("Show the board"),
        "companion.board_once": _(
            "It is loaded once, because it is larger than all the rest; from then on it opens by itself."
        ),
        "companion.board_away": _("The board could not be loaded. Try again in a moment."),
        "companion.kept_here": _("No connection. What you do is saved on this phone and will be sent."),
    }
