"""Who must not be in a recording, and what follows from it in the room.

Two ways, the school's choice and each lesson's: whoever lacks permission takes part without camera and
microphone; or everybody takes part with both, and only those who hold the lesson are recorded, with the board.
A Jibri films the whole room and can leave nobody out, so with Jitsi only the first way is safe.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from accounts.models import Person, RecordingAnswer
from accounts.policy import read_policy
from accounts.queries import last_answers, with_last_answer
from classroom.models import STAFF, Enrolment, Knock, Lesson, Presence, Protection, Room, Standing

# Of whom the school must know; staff and heads are recorded unless they refused.
ASKED = frozenset({Standing.STUDENT, Standing.GUEST})


@dataclass(frozen=True, slots=True)
class Shield:
    """What one person's place in a room means for them."""

    may_send: bool
    is_recorded: bool


OPEN = Shield(may_send=True, is_recorded=True)


def can_leave_people_out() -> bool:
    """Whether the recorder keeps people apart; a Jibri films the room as it is."""
    return not settings.JITSI_DOMAIN


def protection_of(lesson: Lesson) -> Protection:
    if not can_leave_people_out():
        return Protection.DEVICES
    chosen = lesson.protection or read_policy(lesson.institution.policy).recording_protection
    return Protection(chosen) if chosen in Protection.values else Protection.DEVICES


def is_permitted(answer: str | None, standing: Standing | str, lesson: Lesson) -> bool:
    """`answer`: the last word about them. What silence means says the school."""
    if answer == RecordingAnswer.REFUSED:
        return False
    if answer == RecordingAnswer.GIVEN or standing not in ASKED:
        return True
    return read_policy(lesson.institution.policy).unasked_are_recorded


def asks_guests(lesson: Lesson) -> bool:
    """Whether the door asks each guest: nobody else can answer for them, and their silence keeps them out."""
    return not read_policy(lesson.institution.policy).unasked_are_recorded


def shield_for(person: Person, room: Room, standing: Standing) -> Shield:
    (shield,) = shields_for([(person, room, standing)])
    return shield


def shields_for(asked: Sequence[tuple[Person, Room, Standing]]) -> list[Shield]:
    """The same for many at once. Breakout rooms are not recorded, so nobody is shielded there."""
    by_lesson: dict[UUID, list[int]] = defaultdict(list)
    for place, (_, room, _) in enumerate(asked):
        if not room.is_breakout:
            by_lesson[room.lesson_id].append(place)
    shields = [OPEN] * len(asked)
    for places in by_lesson.values():
        for place, shield in zip(places, _shields_in([asked[place] for place in places]), strict=True):
            shields[place] = shield
    return shields


def _shields_in(asked: Sequence[tuple[Person, Room, Standing]]) -> list[Shield]:
    """Of one lesson."""
    lesson = asked[0][1].lesson
    answers = last_answers(lesson.institution, {person.pk for person, _, _ in asked})
    permitted = [is_permitted(answers.get(person.pk), standing, lesson) for person, _, standing in asked]
    if protection_of(lesson) == Protection.DEVICES:
        return [OPEN if one else Shield(may_send=False, is_recorded=False) for one in permitted]
    others = any(standing not in STAFF for _, _, standing in asked)
    is_alone = others and bool(unpermitted_in(lesson))
    return [
        Shield(may_send=True, is_recorded=one and not (is_alone and standing not in STAFF))
        for one, (_, _, standing) in zip(permitted, asked, strict=True)
    ]


def unpermitted_in(lesson: Lesson) -> set[UUID]:
    """Those of the course, and those who were ever in this lesson, who must not be in its recording."""
    enrolled = Enrolment.objects.filter(course=lesson.course_id, is_active=True)
    came = Presence.objects.filter(room__lesson=lesson)
    standings: dict[UUID, str] = dict(enrolled.values_list("person", "standing"))
    standings |= dict(came.values_list("person", "standing"))
    answers = last_answers(lesson.institution, standings)
    return {pk for pk, standing in standings.items() if not is_permitted(answers.get(pk), standing, lesson)}


def who_may_be(knocks: Sequence[Knock]) -> dict[UUID, str]:
    """Of guests at one lesson's door who do not ask to be left out: the pupil of its course whose family refused
    recording, and whose name theirs resembles. A guess for whoever decides at the door: nothing follows from it."""
    guests = [one for one in knocks if one.is_guest and one.recording_answer != RecordingAnswer.REFUSED]
    if not guests:
        return {}
    lesson = guests[0].lesson
    rows = Enrolment.objects.filter(course=lesson.course_id, is_active=True, standing=Standing.STUDENT)
    pupils = with_last_answer(Person.objects.filter(pk__in=rows.values("person")), lesson.institution)
    refused = [one.name for one in pupils.order_by("name") if one.answer == RecordingAnswer.REFUSED]
    alike = ((one.pk, next((name for name in refused if is_like(one.name, name)), "")) for one in guests)
    return {pk: name for pk, name in alike if name}


def is_like(one: str, other: str) -> bool:
    """Whether each word of the shorter name is one of the other's, in any order, or the first letter of one; accents and
    capitals aside. One letter alone is no name."""
    shorter, longer = sorted((_words_of(one), _words_of(other)), key=len)
    if not any(len(word) > 1 for word in shorter):
        return False
    for word in shorter:
        match = next((own for own in longer if own == word or _begins(own, word)), None)
        if match is None:
            return False
        longer.remove(match)
    return True


def _begins(one: str, other: str) -> bool:
    """One of them is only a letter, with which the other begins."""
    return 1 in (len(one), len(other)) and one[0] == other[0]


def _words_of(name: str) -> list[str]:
    """The longest first, so that a letter takes no word from a whole one."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    return sorted(re.findall(r"\w+", plain.casefold()), key=len, reverse=True)


def left_out_of(lesson: Lesson) -> frozenset[UUID]:
    """Whose tracks no recording of this lesson shows or plays, whatever lies in its folders."""
    unpermitted = unpermitted_in(lesson)
    if not unpermitted or protection_of(lesson) == Protection.DEVICES:
        return frozenset(unpermitted)
    return frozenset(unpermitted | _not_staff(lesson))


def _not_staff(lesson: Lesson) -> set[UUID]:
    came = Presence.objects.filter(room__lesson=lesson).exclude(standing__in=STAFF)
    return set(came.values_list("person", flat=True))


def occupants_of(lesson: Lesson, people: Iterable[UUID]) -> frozenset[str]:
    """As files of the built-in recorder may name them: by person, and by the tab that they came with."""
    ids = set(people)
    tabs = Presence.objects.filter(room__lesson=lesson, person__in=ids).values_list("occupant", flat=True)
    return frozenset(map(str, (*ids, *tabs)))


def receive_only(sdp: str) -> str:
    """A description whose sender says that they send nothing: the other side then takes nothing from them.

    Written anew for each line of media, because what is not said means both ways, and browsers read more
    spellings than one.
    """
    head, *sections = re.split(r"(?m)^(?=m=)", "\n".join(sdp.splitlines()) + "\n")
    told = [_without_directions(head)[0], *map(_silent, sections)]
    return "".join(told).replace("\n", "\r\n")


def _silent(section: str) -> str:
    rest, directions = _without_directions(section)
    if not section.startswith(("m=audio", "m=video")):
        return section
    hears = "a=sendonly" not in directions and "a=inactive" not in directions
    return f"{rest}a={'recvonly' if hears else 'inactive'}\n"


def _without_directions(text: str) -> tuple[str, set[str]]:
    lines = text.splitlines()
    found = {line.strip().lower() for line in lines} & _DIRECTIONS
    kept = [line for line in lines if line and line.strip().lower() not in _DIRECTIONS]
    return "".join(f"{line}\n" for line in kept), found


_DIRECTIONS = {"a=sendrecv", "a=sendonly", "a=recvonly", "a=inactive"}
