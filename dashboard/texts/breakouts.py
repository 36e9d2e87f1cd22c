"""What the panel and the banner of breakout rooms say."""

from django.utils.translation import gettext as _


def breakouts() -> dict[str, str]:
    return for_everybody() | {
        "breakouts.how": _("Who goes where"),
        "breakouts.how.random": _("By chance"),
        "breakouts.how.groups": _("By the groups of the course"),
        "breakouts.how.hand": _("By hand"),
        "breakouts.how.plan": _("As saved"),
        "breakouts.rooms": _("Rooms"),
        "breakouts.plan": _("Saved division"),
        "breakouts.prepare": _("Prepare the rooms"),
        "breakouts.again": _("Prepare anew"),
        "breakouts.minutes": _("Minutes"),
        "breakouts.no_end": _("Empty: until you close them."),
        "breakouts.open": _("Open the rooms"),
        "breakouts.drop": _("Do not divide"),
        "breakouts.close": _("Close the rooms"),
        "breakouts.more_time": _("5 minutes more"),
        "breakouts.visit": _("Visit"),
        "breakouts.here": _("You are here"),
        "breakouts.note": _("Note to all rooms"),
        "breakouts.send": _("Send"),
        "breakouts.name": _("Name of this division"),
        "breakouts.save": _("Save the division"),
        "breakouts.saved": _("Saved for this course."),
        "breakouts.move": _("Move {name} to"),
        "breakouts.drop_here": _("Let go on a room:"),
        "breakouts.nowhere": _("Not in a room yet"),
        "breakouts.nobody": _("Nobody yet"),
        "breakouts.asks": _("asks for help"),
        "breakouts.overfull": _(
            "Without Jitsi only {count} people and a teacher see and hear each other in a room. Too many in: {rooms}"
        ),
        "breakouts.board": _("The board of {room}"),
        "breakouts.no_picture": _("No picture of the board at the moment"),
        "breakouts.old_picture": _("This picture of the board may be old"),
        "breakouts.recorded": _(
            "The recording goes on in the main room. What happens in breakout rooms is not recorded."
        ),
    }


def for_everybody() -> dict[str, str]:
    return {
        "breakouts.title": _("Breakout rooms"),
        "breakouts.back": _("Back to the main room"),
        "breakouts.in": _("You are in {room}"),
        "breakouts.divided": _("The class is in breakout rooms"),
        "breakouts.left": _("Time left"),
        "breakouts.minute_left": _("One minute left, then everybody comes back."),
        "breakouts.ask": _("Ask for help"),
        "breakouts.asked": _("Help is on its way"),
        "breakouts.over": _("Everybody is back in the main room."),
    } | left_behind()


def left_behind() -> dict[str, str]:
    return {
        "left.title": _("Not sent"),
        "left.closed": _("{room} was closed; this was not sent:"),
        "left.over": _("The lesson was over; this was not sent:"),
        "left.answers": _("Answers to its quiz: {n}"),
        "left.drawn": _("Drawn on its board: {n}"),
        "left.yours": _("Copy it, or write it here. It is not kept any longer."),
        "left.copy_it": _("Copy it if you need it. It is not kept any longer."),
        "left.copy": _("Copy"),
        "left.copied": _("Copied"),
        "left.write": _("Write it in the chat here"),
        "left.close": _("Close"),
    }
