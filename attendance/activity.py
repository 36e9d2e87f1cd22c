"""What somebody did while inside: stretches of time, each with one activity. Pure.

Whoever is connected counts as active until their own page says that it is hidden or that nobody touches it: what a
client tells can only take away. What the server saw itself - an answer, a message, a line on the board - gives it back
for a while. Beside the app or a stream there is no page that could tell, and nothing is taken away: as long as the
server sees them in the app or at the stream. A page that only says that it lies beside the app is a page like any other.

Pages tell of themselves all the time. One that has told nothing for `silent_after` seconds, of somebody who has done
nothing either, is no proof that they are active: what a tampered page keeps to itself gives it nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from attendance.presence import GAP_SECONDS, PAGE, Interval, Visit, merge

# For so long an act proves that somebody was there.
ACT_SECONDS = 60.0


class Activity(StrEnum):
    ACTIVE = "active"
    UNMEASURED = "unmeasured"
    SILENT = "silent"
    IDLE = "idle"
    HIDDEN = "hidden"
    DISCONNECTED = "disconnected"


# Of several pages the one that says most counts.
RANK = {one: place for place, one in enumerate(Activity)}
# The time that counts as taken part in. A break that was so short that it was closed belongs to it: nobody is less
# active for a bad connection.
NOT_AWAY = frozenset({Activity.ACTIVE, Activity.UNMEASURED, Activity.DISCONNECTED})


@dataclass(frozen=True, slots=True)
class Claim:
    """What the page `occupant` says of itself, from `at` on."""

    occupant: str
    at: float
    activity: Activity
    key: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that only somebody who is there does, as the server saw it."""

    at: float
    kind: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """`doors`, once `name_doors` has found them: by which they were inside at any time of it, in alphabetical order."""

    starts_at: float
    ends_at: float
    activity: Activity
    doors: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.ends_at - self.starts_at

    def until(self, moment: float) -> Stretch:
        return self if self.ends_at <= moment else replace(self, ends_at=moment)


@dataclass(slots=True)
class _Hand:
    """What is known at one moment, going from mark to mark."""

    pages: dict[str, Activity]
    companions: dict[str, Activity]
    silent_after: float
    acts: int = 0
    # In how many apps and streams they are.
    elsewhere: int = 0
    # Until when it is believed that a page is looked at: each by its word, all by what was done, and by the first coming.
    by_word: dict[str, float] = field(default_factory=dict)
    by_deed: float = -math.inf

    def read(self, at: float) -> Activity:
        if self.acts:
            return Activity.ACTIVE
        if len(self.pages) == 1 and not self.companions:
            return self._weigh(*next(iter(self.pages.items())), at)
        beside = [self._weigh(page, said, at) for page, said in self.companions.items()]
        if self.elsewhere:
            # A companion that nobody looks at says nothing about whoever listens to the app.
            beside = [one for one in beside if one == Activity.ACTIVE]
        told = [*(self._weigh(page, said, at) for page, said in self.pages.items()), *beside]
        return min(told, key=RANK.__getitem__, default=Activity.UNMEASURED)

    def _weigh(self, page: str, said: Activity, at: float) -> Activity:
        if said != Activity.ACTIVE or at < self.by_deed or at < self.by_word.get(page, -math.inf):
            return said
        return Activity.SILENT


# (at, order within the instant, what happens, whose, what)
_Mark = tuple[float, int, str, str, Activity]


def stretches(
    stays: Sequence[Interval],
    seen: Sequence[Visit],
    claims: Iterable[Claim],
    acts: Iterable[Act],
    silent_after: float = math.inf,
) -> list[Stretch]:
    """The stays, divided by activity. `stays` are those between which gaps are still open; `close` comes after."""
    companions = {visit.occupant for visit in seen if visit.is_companion}
    told = [*_of_visits(seen), *_of_claims(claims), *_of_acts(acts)]
    marks = [*told, *_of_silence(told, silent_after), *_of_stays(stays)]
    if companions:
        marks += _of_elsewhere(seen)
    marks.sort()
    hand, inside, said = _Hand({}, {}, silent_after), 0, dict[str, Activity]()
    parts: list[tuple[float, float, Activity]] = []
    before = 0.0
    for at, _, what, whose, activity in marks:
        if inside and at > before:
            parts.append((before, at, hand.read(before)))
        before = at
        if what == "stay":
            inside += 1 if activity == Activity.ACTIVE else -1
        else:
            _apply(hand, said, (at, what, whose, activity), is_companion=whose in companions)
    return list(_joined(parts))


def _apply(
    hand: _Hand, said: dict[str, Activity], mark: tuple[float, str, str, Activity], *, is_companion: bool
) -> None:
    at, what, whose, activity = mark
    pages = hand.companions if is_companion else hand.pages
    if what == "claim":
        said[whose] = activity
        hand.by_word[whose] = at + hand.silent_after
        if whose in pages:
            pages[whose] = activity
    elif what == "open":
        pages[whose] = said.get(whose, Activity.ACTIVE)
        # Who only comes again and again, and says nothing, has done nothing.
        hand.by_deed = at + hand.silent_after if hand.by_deed == -math.inf else hand.by_deed
    elif what == "close":
        pages.pop(whose, None)
    elif what == "elsewhere":
        hand.elsewhere += 1 if activity == Activity.ACTIVE else -1
    elif what == "act":
        hand.acts += 1 if activity == Activity.ACTIVE else -1
    elif what == "deed":
        hand.by_deed = at + hand.silent_after


def _of_visits(seen: Sequence[Visit]) -> Iterable[_Mark]:
    """Of one without any length the closing would be read before the opening."""
    for visit in seen:
        if visit.door == PAGE and visit.starts_at < visit.ends_at:
            yield visit.starts_at, 1, "open", visit.occupant, Activity.ACTIVE
            yield visit.ends_at, 0, "close", visit.occupant, Activity.DISCONNECTED


def _of_elsewhere(seen: Iterable[Visit]) -> Iterable[_Mark]:
    for stay in merge(_elsewhere(seen)):
        yield stay.starts_at, 1, "elsewhere", "", Activity.ACTIVE
        yield stay.ends_at, 1, "elsewhere", "", Activity.DISCONNECTED


def _elsewhere(seen: Iterable[Visit]) -> Iterator[Interval]:
    """When the server saw them in the app or at a stream, and so long before and after as coming and going may take."""
    for visit in seen:
        if visit.door != PAGE:
            yield Interval(visit.starts_at - GAP_SECONDS, visit.ends_at + GAP_SECONDS)


def has_told(seen: Sequence[Visit]) -> bool:
    """Whether there was a page by whose word they were measured: one that was not beside the app all the time."""
    pages = [visit for visit in seen if visit.door == PAGE]
    if any(not page.is_companion for page in pages):
        return True
    elsewhere = merge(_elsewhere(seen))
    return any(
        not any(one.starts_at <= page.starts_at and page.ends_at <= one.ends_at for one in elsewhere)
        for page in pages
    )


def _of_claims(claims: Iterable[Claim]) -> Iterable[_Mark]:
    return ((claim.at, 2, "claim", claim.occupant, claim.activity) for claim in claims)


def _of_acts(acts: Iterable[Act]) -> Iterable[_Mark]:
    """Of those of which each still proves what the next one does, only the first and the last are marked."""
    done = sorted(act.at for act in acts)
    for number, at in enumerate(done):
        if number == 0 or at > done[number - 1] + ACT_SECONDS:
            yield at, 2, "act", "", Activity.ACTIVE
        if number + 1 == len(done) or done[number + 1] > at + ACT_SECONDS:
            yield at, 2, "deed", "", Activity.ACTIVE
            yield at + ACT_SECONDS, 3, "act", "", Activity.DISCONNECTED


def _of_silence(told: Iterable[_Mark], silent_after: float) -> Iterable[_Mark]:
    """When what made somebody be believed is too long ago, unless something else was told since: a word or a coming,
    and the last of what was done."""
    if silent_after == math.inf:
        return
    for at, _, what, whose, activity in told:
        if what in {"open", "deed"} or (what == "claim" and activity == Activity.ACTIVE):
            yield at + silent_after, 5, "silence", whose, activity


def _of_stays(stays: Iterable[Interval]) -> Iterable[_Mark]:
    for stay in stays:
        yield stay.starts_at, 4, "stay", "", Activity.ACTIVE
        yield stay.ends_at, 4, "stay", "", Activity.DISCONNECTED


def _joined(parts: Iterable[tuple[float, float, Activity]]) -> Iterator[Stretch]:
    """Neighbours with the same activity are one."""
    since, until, held = 0.0, -math.inf, Activity.DISCONNECTED
    for starts_at, ends_at, activity in parts:
        if starts_at == until and activity == held:
            until = ends_at
            continue
        if until > -math.inf:
            yield Stretch(since, until, held)
        since, until, held = starts_at, ends_at, activity
    if until > -math.inf:
        yield Stretch(since, until, held)


def close(told: Sequence[Stretch], closed: Iterable[Interval]) -> list[Stretch]:
    """With what was closed of a stay, also before a connection that only came and went, as time without one."""
    gaps = [gap for stay in closed for gap in _uncovered(stay, told)]
    return sorted([*told, *gaps], key=lambda one: one.starts_at)


def _uncovered(stay: Interval, told: Sequence[Stretch]) -> Iterator[Stretch]:
    """`told` in its order."""
    at = stay.starts_at
    for one in told:
        if one.starts_at >= stay.ends_at:
            break
        if one.starts_at > at:
            yield Stretch(at, one.starts_at, Activity.DISCONNECTED)
        at = max(at, one.ends_at)
    if at < stay.ends_at:
        yield Stretch(at, stay.ends_at, Activity.DISCONNECTED)


def name_doors(told: Iterable[Stretch], seen: Sequence[Visit]) -> list[Stretch]:
    """`told` in its order, with the doors of the visits that cover it; time without a connection has none."""
    visits = sorted((one.starts_at, one.ends_at, one.door) for one in seen if one.starts_at < one.ends_at)
    named, near = list[Stretch](), list[tuple[float, str]]()
    place = 0
    for one in told:
        while place < len(visits) and visits[place][0] < one.ends_at:
            near.append(visits[place][1:])
            place += 1
        near = [visit for visit in near if visit[0] > one.starts_at]
        if one.activity != Activity.DISCONNECTED:
            one = Stretch(one.starts_at, one.ends_at, one.activity, tuple(sorted({door for _, door in near})))
        named.append(one)
    return named


def clip(told: Iterable[Stretch], starts_at: float, ends_at: float) -> list[Stretch]:
    """What of it lies within the lesson."""
    return [
        one
        if starts_at <= one.starts_at and one.ends_at <= ends_at
        else replace(one, starts_at=max(one.starts_at, starts_at), ends_at=min(one.ends_at, ends_at))
        for one in told
        if one.ends_at > starts_at and one.starts_at < ends_at and one.starts_at < one.ends_at
    ]


def sum_of(told: Iterable[Stretch], kinds: frozenset[Activity]) -> float:
    return sum(one.seconds for one in told if one.activity in kinds)
