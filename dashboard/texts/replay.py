"""What the player says, and what becomes of a recording."""

from django.utils.translation import gettext as _

from recordings.models import Reason, gap_texts


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
        **gap_texts(),
        "player.resumed": _("You go on from {at}"),
        "player.recovering": _("The connection was lost. Loading again…"),
    }


def beside() -> dict[str, str]:
    """The board beside the video, captions, and what is looked for."""
    return {
        "player.captions": _("Captions"),
        "player.captions_off": _("No captions"),
        "player.automatic": _("{language} (automatic)"),
        "replay.board": _("The board at this moment"),
        "replay.page": _("Page {n} of {of}: {title}"),
        "replay.zoom_in": _("Larger"),
        "replay.zoom_out": _("Smaller"),
        "replay.view": _("View"),
        "replay.view.both": _("Video and board"),
        "replay.view.video": _("Video only"),
        "replay.view.board": _("Board only"),
        "replay.swap": _("Board first"),
        "replay.size": _("Data use"),
        "replay.size.auto": _("Automatic"),
        "replay.size.full": _("Full picture"),
        "replay.size.low": _("Small picture"),
        "replay.size.audio": _("Sound only"),
        "replay.search": _("Search chapters and captions"),
        "replay.nothing_found": _("Nothing was found."),
        "replay.early": _("As it was filmed"),
    }


def notes() -> dict[str, str]:
    return {
        "notes.title": _("My notes"),
        "notes.write": _("Write a note here (key N)"),
        "notes.save": _("Save"),
        "notes.save_at": _("Save at {at}"),
        "notes.take_along": _("Download as text"),
        "notes.not_saved": _("That was not saved. Try again."),
        "notes.not_loaded": _("Your notes could not be loaded."),
        "notes.go_to": _("Go to {at}"),
        "notes.change": _("Change the note at {at}"),
        "notes.remove": _("Remove the note at {at}"),
    }


def pack() -> dict[str, str]:
    return {
        "pack.title": _("Light pack"),
        "pack.about": _(
            "Sound, board, chapters and captions in one small file that opens without a network."
        ),
        "pack.ask": _("Make the light pack"),
        "pack.making": _("The light pack is being made."),
        "pack.cancel": _("Cancel"),
        "pack.download": _("Download ({mb} MB)"),
        "pack.no_board": _("Nothing was drawn in this lesson."),
        "pack.failed": _("That did not work. Try again."),
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
        "step.waiting_for_disk": _(
            "The server’s disk is full. The administrator has been told; the original is kept, and it goes on by itself."
        ),
        "step.waiting_for_store": _(
            "The storage does not answer. The original is kept, and it goes on by itself."
        ),
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
