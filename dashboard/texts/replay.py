"""What the player says, and what becomes of a recording."""

from django.utils.translation import gettext as _

from recordings.models import EndCause, Reason


def player() -> dict[str, str]:
    return {
        "player.play": _("Play"),
        "player.pause": _("Pause"),
        "player.back": _("Back 10 seconds"),
        "player.forward": _("Forward 10 seconds"),
        "player.mute": _("Sound off"),
        "player.unmute": _("Sound on"),
        "player.speed": _("Speed"),
        "player.fullscreen": _("Full screen"),
        "player.timeline": _("Position"),
        "player.at_of": _("{at} of {of}"),
        "player.chapters": _("Chapters"),
        "gap.missing": _("Missing here: {length}"),
        **{f"gap.{cause.value}": str(cause.label) for cause in EndCause if cause.value},
        "gap.late_start": _("The recorder came late."),
        "gap.early_end": _("The recorder ended early."),
        "gap.unknown": _("The recorder was interrupted."),
        "player.resumed": _("You go on from {at}"),
        "player.recovering": _("The connection was lost. Loading again…"),
    }


def progress() -> dict[str, str]:
    return {
        "progress.title": _("The recording is in the making"),
        "progress.waiting": _("The recording comes after the lesson"),
        "progress.failed": _("There is no recording"),
        "progress.percent": _("Done: {n} %."),
        "progress.step.captured": _("Picked up"),
        "progress.step.composing": _("Put together"),
        "progress.step.storing": _("Stored safely"),
        "progress.step.published": _("Ready to watch"),
    }


def states() -> dict[str, str]:
    """A sentence for each state of a recording, and for each step that the pipeline names."""
    return {
        "state.expected": _("This lesson will be recorded."),
        "state.starting": _("The recorder is starting."),
        "state.recording": _("The lesson is being recorded right now."),
        "state.lost_recorder": _("The recorder was lost and is starting again."),
        "state.no_recorder": _("No recorder has come. The administrator has been told."),
        "state.captured": _("The lesson was captured and will be put together in a moment."),
        "state.composing": _("Board, voices and pictures are being put together."),
        "state.storing": _("The recording is being stored."),
        "state.published": _("The recording is ready."),
        "state.failed": _("Nothing of this lesson could be recorded."),
        "state.expiring": _("The recording’s time is over; it is being deleted."),
        "state.expired": _("The recording was deleted when its time was over."),
        "step.waiting": _("Waiting for its turn."),
        "step.probing": _("Looking at what was captured."),
        "step.drawing": _("Drawing the board again."),
        "step.composing": _("Putting the pictures together."),
        "step.mixing": _("Mixing the voices."),
        "step.joining": _("Joining the parts."),
        "step.uploading": _("Storing the recording."),
        "step.verifying": _("Checking that everything was stored."),
    }


def reasons() -> dict[str, str]:
    """Why a recording failed, in the words of the recording itself."""
    said = {f"reason.{reason.value}": str(reason.label) for reason in Reason}
    return said | {
        "reason.unknown": _("Something went wrong. The school has been told."),
    }
