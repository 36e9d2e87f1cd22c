"""What the page of a live stream says."""

from django.utils.translation import gettext as _


def live() -> dict[str, str]:
    return stage() | {
        "live.replay": _("Go to the replay"),
        "live.lesson": _("Back to the lesson"),
        "live.called": _("The teacher calls on you."),
        "live.come": _("Come to the room"),
        "live.away": _("No connection. What you write waits here."),
    }


def stage() -> dict[str, str]:
    """The picture alone."""
    return {
        "live.not_started": _("The stream has not begun. It comes by itself."),
        "live.loading": _("The picture is coming …"),
        "live.live": _("Live"),
        "live.interrupted": _("Interrupted. It comes back by itself."),
        "live.over": _("This lesson is over."),
        "live.closed": _("You can no longer watch this stream."),
        "live.video": _("Live picture of the lesson"),
        "live.sound_only": _("Sound only"),
        "live.play": _("Play"),
        "live.unmute": _("Turn the sound on"),
        "live.to_live": _("To the live picture"),
        "live.unplayable": _("This browser cannot play the stream. Please use another one."),
    }
