"""Who came to the lessons of the last weeks, and how: the demo's past as a table. Pure."""

from __future__ import annotations

from dataclasses import dataclass

ABSENT, EXCUSED, LATE, LEFT, BREAKS, QUIET = "-", "x", "l", "e", "b", "q"
# Of a week, counted from its first; the last week is yesterday's, and its one lesson is on yesterday's day.
DAYS = (0, 2, 4)
UNITS = (
    "Whole numbers",
    "Factors",
    "Shapes",
    "Angles",
    "Measuring",
    "Sharing equally",
    "Halves and quarters",
)


@dataclass(frozen=True, slots=True)
class Habit:
    """`came` has a letter a lesson, a space between weeks: there, late, left early, on a connection that breaks, there
    and quiet (slow answers, no lines, the page behind another), excused, absent. `seconds` an answer, `lines` a lesson."""

    name: str
    came: str
    seconds: int
    lines: int

    @property
    def letters(self) -> str:
        return self.came.replace(" ", "")


# Dmitri drifts away, with an excuse for one lesson; Kofi is late again and again; Hassan only has a bad connection.
HABITS = (
    Habit("Amina Yusuf", ".. .l .. .. .. ... .", 8, 2),
    Habit("Bilal Noor", ".- .. .. .. .. ... .", 11, 2),
    Habit("Chen Wei", ".. .. .. .. .. ... .", 6, 3),
    Habit("Dmitri Orlov", ".. .. .. .. .q -qx q", 9, 4),
    Habit("Élodie Martin", ".. .. .x .. .. ... .", 9, 1),
    Habit("Farah Aziz", "-. .. .. .. .. ..- .", 12, 2),
    Habit("Gabriela Cruz", ".. .e .. .. .. ... .", 7, 1),
    Habit("Hassan Omar", ".. .b .. b. .. .b. .", 14, 2),
    Habit("Inès Laurent", ".. .. .e .. .. ..- .", 10, 2),
    Habit("ليلى حسن", ".. .. .. .. .. ... .", 8, 2),
    Habit("Kofi Mensah", ".. .l .. l. .l ll. l", 9, 2),
    Habit("Lucía Torres", ".. .- .. .. .. ... .", 13, 1),
)
# Who did not come yesterday.
MISSED_YESTERDAY = frozenset({"Dmitri Orlov"})


def stays_of(letter: str, place: int, minutes: int) -> list[tuple[float, float]]:
    """When they were inside, in minutes from the beginning; `place` makes no two come at once."""
    early = -2.0 + place * 0.25
    if letter in (ABSENT, EXCUSED):
        return []
    if letter == LATE:
        return [(8.0 + place % 5, minutes)]
    if letter == LEFT:
        return [(early, minutes - 11.0)]
    if letter == BREAKS:
        edges = (early, 9.0, 9.5, 17.0, 17.7, 26.0, 26.4, minutes)
        return list(zip(edges[::2], edges[1::2], strict=True))
    return [(early, minutes)]
