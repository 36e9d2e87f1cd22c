"""What is said about networks, in the room and by the connection test."""

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def network() -> dict[str, str]:
    return profiles() | {
        "network.name": _("Network"),
        "network.chosen": _("Network: {profile}"),
        "network.test": _("Test the connection"),
        "network.reload": _("Load the video anew"),
        "network.reloading": _("The video lost its connection and is loading again."),
        "network.weak": _("Your connection is weak right now."),
        "network.offer": _("Change to “{profile}”"),
        "network.stay": _("Leave it as it is"),
        "network.app": _("Open in the Jitsi app"),
        "network.code": _("QR code for phones"),
        "network.close": _("Close"),
        "network.no_code": _("The code could not be loaded. Try again in a moment."),
    }


def profiles() -> dict[str, str]:
    return {
        "profile.normal": pgettext("network", "Normal"),
        "profile.normal.means": _("Sound and pictures."),
        "profile.saver": pgettext("network", "Save data"),
        "profile.saver.means": _("Sound, and small pictures of the one or two who speak."),
        "profile.audio_only": pgettext("network", "Sound only"),
        "profile.audio_only.means": _("No pictures, neither yours nor the others’."),
        "profile.board_only": pgettext("network", "Board only"),
        "profile.board_only.means": _("Board without sound; the recording has everything later."),
    }


def connection() -> dict[str, str]:
    """The connection test; the verdicts are those of frontend/src/connection/verdict.ts."""
    return {
        "connection.devices": _("Camera and microphone"),
        "connection.devices_note": _("Say something: the bar moves. You can also join without them."),
        "connection.ask": _("Try camera and microphone"),
        "connection.network": _("Network"),
        "connection.running": _("Measuring…"),
        "connection.again": _("Test again"),
        "connection.round_trip": _("Way to the school and back"),
        "connection.download": _("Speed towards you"),
        "connection.lost": _("Lost on the way"),
        "connection.video": _("Video connections"),
        "connection.relay": _("Help through strict networks"),
        "connection.ms": _("{n} ms"),
        "connection.kbit": _("{n} kbit/s"),
        "connection.percent": _("{n} %"),
        "connection.unmeasured": _("not measured"),
        "connection.works": _("works"),
        "connection.fails": _("does not work"),
        "connection.no_relay": _("none is set up"),
        "connection.verdict.normal": _("Your connection is good: sound and pictures will work."),
        "connection.verdict.saver": _(
            "Your connection is fair: sound will work, pictures should stay small."
        ),
        "connection.verdict.audio_only": _("Your connection is weak: sound should work, pictures would not."),
        "connection.verdict.board_only": _(
            "Your connection is very weak: follow the board, and watch the recording later."
        ),
        "connection.why.slow": _("Little data arrives in a second."),
        "connection.why.late": _("Words take long to us and back."),
        "connection.why.lossy": _("Some of what is sent gets lost."),
        "connection.why.blocked": _("This browser or network lets no video connection through."),
        "connection.why.unreachable": _("The live connection to the school could not be opened."),
        "connection.why.saving": _("This device is set to save data."),
        "connection.recommended": _("Recommended"),
        "connection.choose": _("This device joins with"),
        "connection.kept": _("It is remembered on this device. You can change it in the room at any time."),
    }
