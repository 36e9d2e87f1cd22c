"""What the heatmap says."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dashboard.presence_words import STATES


def heatmap() -> dict[str, str]:
    return {
        "heatmap.title": _("Who takes part, minute by minute"),
        "heatmap.short": pgettext("panel", "Attention"),
        "heatmap.only": _("Only who needs me now"),
        "heatmap.name": _("Name"),
        "heatmap.now": pgettext("heatmap", "Now"),
        "heatmap.why": _("Needs you because"),
        "heatmap.minutes": _("Minutes"),
        "heatmap.nobody": _("Nobody needs you right now."),
        "heatmap.how_many": _("{n} of {all} may need you."),
        "heatmap.acted": _("Answered, wrote, drew or raised a hand"),
        **{f"heatmap.now.{state}": str(words) for state, words in STATES.items()},
        **{f"heatmap.need.{code}": words for code, words in needs().items()},
    }


def needs() -> dict[str, str]:
    """Why somebody needs the teacher; the same sentences stand on the page without JavaScript."""
    return {
        "hand_up": _("hand up for {minutes} min"),
        "not_here": _("not here yet"),
        "gone": _("gone for {minutes} min"),
        "rough_link": _("connection breaks again and again"),
        "hidden": _("page in the background for {minutes} min"),
        "silent": _("page tells nothing any more"),
        "idle": _("page untouched for {minutes} min"),
        "no_answer": _("has not answered the question"),
    }
