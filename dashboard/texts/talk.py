"""What chat, hands, reactions and the pulse say."""

from django.utils.translation import gettext as _


def talk() -> dict[str, str]:
    return _chat() | _hands() | _reactions()


def _chat() -> dict[str, str]:
    return {
        "chat.title": _("Chat"),
        "chat.mode": _("Who may write to whom"),
        "chat.mode.open": _("Everybody writes to everybody"),
        "chat.mode.questions": _("Questions to the teacher only"),
        "chat.mode.closed": _("Only teachers write"),
        "chat.mode.open.means": _("Everybody writes to everybody."),
        "chat.mode.questions.means": _("What you write is read by the teachers only."),
        "chat.mode.closed.means": _("Only teachers write at the moment."),
        "chat.earlier": _("Earlier messages"),
        "chat.empty": _("Nobody has written yet."),
        "chat.write": _("Write a message"),
        "chat.send": _("Send"),
        "chat.you": _("You"),
        "chat.to_staff": _("to the teachers"),
        "chat.more": _("More about the message of {name}"),
        "chat.delete": _("Delete for everybody"),
        "chat.deleted": _("This message was deleted."),
        "chat.waits": _("Will be sent"),
        "chat.waits_here": _("You are offline. What you write is kept on this device and will be sent."),
        "chat.unsent": _("Not sent. {reason}"),
        "talk.gone": _("That is not there any more."),
        "concern.title": _("Report a concern"),
        "concern.sentence": _(
            "It goes to the contact of your school. Nobody in the room sees it, teachers neither. "
            "The school sees that it was you."
        ),
        "concern.text": _("What worries you?"),
        "concern.send": _("Report"),
        "concern.sent": _("Thank you. It was reported to your school."),
    }


def _hands() -> dict[str, str]:
    return {
        "hands.title": _("Hands"),
        "hands.empty": _("No hand is up."),
        "hands.call_next": _("Call on the next"),
        "hands.lower_all": _("Lower all"),
        "hands.call": _("Call on"),
        "hands.call_on": _("Call on {name}"),
        "hands.lower": _("Lower"),
        "hands.lower_of": _("Lower the hand of {name}"),
        "hands.raise": _("Raise your hand"),
        "hands.mine": _("Lower your hand; your place in the queue is {n}"),
        "hands.called": _("{name} is called on."),
        "hands.called_you": _("It is your turn: you are called on."),
    }


def _reactions() -> dict[str, str]:
    return {
        "reactions.title": _("Reactions"),
        "reactions.clap": _("Applause"),
        "reactions.thumbs_up": _("Thumbs up"),
        "reactions.heart": _("Heart"),
        "reactions.laugh": _("Laughter"),
        "reactions.surprised": _("Surprise"),
        "reactions.celebrate": _("Celebration"),
        "pulse.title": _("How the class finds the pace"),
        "pulse.ask": _("How is the pace? Only teachers see how many say so."),
        "pulse.too_fast": _("Too fast"),
        "pulse.too_slow": _("Too slow"),
        "pulse.got_it": _("Got it"),
        "pulse.counted": _("{pulse}: {n}"),
    }
