"""Attendance and engagement in words: states, facts, signals, signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from classroom.models import Fact

STATES: Mapping[str, str | Promise] = {
    "active": _("There and active"),
    "unmeasured": _("There, by the app or the live stream"),
    "silent": _("There, page tells nothing"),
    "idle": _("There, page untouched"),
    "hidden": _("There, page in the background"),
    "disconnected": _("Connection lost"),
    "away": _("Not there"),
}
# Type and, where it matters, door or activity of a fact.
FACTS: Mapping[tuple[str, str], str | Promise] = {
    ("participant.joined", "page"): _("Opened the room’s page"),
    ("participant.left", "page"): _("Closed the room’s page, or the connection was lost"),
    ("participant.joined", "jitsi"): _("Came into the video room"),
    ("participant.left", "jitsi"): _("Left the video room"),
    ("participant.joined", "hls"): _("Opened the live stream"),
    ("participant.left", "hls"): _("Closed the live stream"),
    ("activity.changed", "hidden"): _("The page said that it went to the background"),
    ("activity.changed", "idle"): _("The page said that nobody had touched it for two minutes"),
    ("activity.changed", "active"): _("The page said that it was used"),
    ("answer.submitted", ""): _("Answered a question"),
    ("hand.raised", ""): _("Raised a hand"),
}
INFERRED = _("Was no longer seen in the video room")
TIMED_OUT = _("The video room lost the connection")
# By door: nobody closed it, but nothing more came.
FELL_SILENT: Mapping[str, str | Promise] = {
    "page": _("The room’s page was heard of for the last time: the connection was lost"),
    "hls": _("The live stream’s page was heard of for the last time: it counts as closed from here"),
}

SIGNALS: Mapping[str, str | Promise] = {
    "presence": pgettext_lazy("signal", "Presence"),
    "participation": pgettext_lazy("signal", "Answers given"),
    "speed": pgettext_lazy("signal", "Speed of answers"),
    "voice": pgettext_lazy("signal", "Chat and raised hands"),
    "board": pgettext_lazy("signal", "Board"),
    "attention": pgettext_lazy("signal", "Page in front and used"),
    "camera": pgettext_lazy("signal", "Camera"),
}
REASONS: Mapping[str, str | Promise] = {
    "measured": _("Time there, of the whole lesson, as the server saw it"),
    "counted": _("Questions answered, of those that were asked while they were there"),
    "own_usual": _("Compared with what they usually do themselves"),
    "claimed": _("As their own device says"),
    "own_word": _("Of the time there, as their own page says; does not count"),
    "not_there": _("They were not there"),
    "no_page": _("They took part by app or stream; this cannot be seen there and does not count"),
    "no_quiz": _("Nothing was asked; does not count"),
    "no_answers": _("There was no answer to measure; does not count"),
    "rough_link": _("The connection was bad; does not count"),
    "no_usual": _("Too few lessons to know what is usual for them; does not count"),
    "not_usual": _("They do this rarely; does not count"),
    "not_allowed": _("This was not open to the class; does not count"),
    "never_counted": _("A camera is never required and never counts"),
}
RULES: Mapping[str, str | Promise] = {
    "attendance_falling": _("Comes less often"),
    "answers_slower": _("Answers more slowly"),
    "board_silent": _("No longer draws on the board"),
    "late_again": _("Comes late again and again"),
}
EVIDENCE: Mapping[str, str | Promise] = {
    "attendance_fell": _("Came to %(now)s %% of the lessons of the last two weeks, before to %(before)s %%."),
    "week_after_week": _("Both weeks were below what is usual for them."),
    "class_fell_too": _("The whole class came less often: %(now)s %% instead of %(before)s %%."),
    "was_excused": _("Was excused in these weeks; times: %(times)s."),
    "few_lessons": _("There were few lessons to judge by: %(lessons)s."),
    "answers_took": _("Answers took %(now)s seconds in the middle, before %(before)s."),
    "few_answers": _("There were few answers to judge by."),
    "board_was": _("Used to draw about %(before)s things a week; in the last two weeks none."),
    "came_late": _("Came late to %(times)s of %(lessons)s lessons of the last two weeks."),
    "rough_link": _("The connection was bad in some lessons: %(times)s."),
}


def say_state(state: str) -> str:
    return str(STATES[state])


def say_fact(fact: Fact) -> str:
    if fact.data.get("inferred"):
        return str(INFERRED)
    if fact.type == "participant.left" and fact.data.get("reason") == "timeout":
        return str(TIMED_OUT)
    if fact.data.get("reason") == "silence":
        return str(FELL_SILENT[fact.data.get("door", "page")])
    which = ""
    if fact.type in {"participant.joined", "participant.left"}:
        which = fact.data.get("door", "page")
    elif fact.type == "activity.changed":
        which = fact.data["activity"]
    return str(FACTS.get((fact.type, which), fact.type))


def say_acts(kind: str, times: int) -> str:
    """Of acts that are rows and no facts; so many of one kind on end. Never what was written or drawn."""
    if kind == "message":
        said = ngettext("Wrote a message in the chat", "Wrote %(times)s messages in the chat", times)
    else:
        said = ngettext("Worked on the board", "Worked on the board, %(times)s times", times)
    return said % {"times": times}


def say_signal(signal: Mapping[str, Any]) -> dict[str, Any]:
    value = signal["value"]
    return {
        "name": SIGNALS.get(signal["kind"], signal["kind"]),
        "percent": None if value is None else round(100 * value),
        "reason": REASONS.get(signal["reason"], signal["reason"]),
        "counts": signal["available"] and signal["weight"] > 0,
    }


def say_sign(sign: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rule": RULES.get(sign["rule"], sign["rule"]),
        "stands": sign["stands"],
        "speaks_for": [say_evidence(one) for one in sign["speaks_for"]],
        "speaks_against": [say_evidence(one) for one in sign["speaks_against"]],
    }


def say_evidence(evidence: Mapping[str, Any]) -> str:
    sentence = str(EVIDENCE[evidence["code"]])
    return sentence % dict(evidence["numbers"])
