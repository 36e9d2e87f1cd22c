"""Why a register says what it says: every minute of a lesson with the facts that it came from. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attendance.activity import ACT_SECONDS, Act, Activity, Claim, Stretch
from attendance.presence import PAGE, Event, Visit

MINUTE_SECONDS = 60.0
AWAY = "away"


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes `first` to `last` (both counted from 0) that have the same answer.

    `state` is an activity, or "away". `facts` are keys of what the answer was made of: who is inside is so by what
    opened and closed the visits of that minute; who is away, by the last leaving before and the next coming after.
    """

    first: int
    last: int
    state: str
    facts: tuple[str, ...]


def trace(
    told: Sequence[Stretch],
    seen: Sequence[Visit],
    claims: Sequence[Claim],
    acts: Sequence[Act],
    starts_at: float,
    ends_at: float,
    silent_after: float = math.inf,
) -> list[Span]:
    """All minutes from `starts_at` to `ends_at`, neighbours with the same answer together. `silent_after` is what
    `told` was reckoned with, in seconds."""
    spans: list[Span] = []
    for number, (begin, end) in enumerate(minutes(starts_at, ends_at)):
        state = state_in(told, begin, end)
        facts = _facts(state, seen, claims, acts, (begin, end), silent_after)
        if spans and (spans[-1].state, spans[-1].facts) == (state, facts):
            spans[-1] = Span(spans[-1].first, number, state, facts)
        else:
            spans.append(Span(number, number, state, facts))
    return spans


def minutes(starts_at: float, ends_at: float) -> Iterable[tuple[float, float]]:
    count = max(0, -int(-(ends_at - starts_at) // MINUTE_SECONDS))
    for number in range(count):
        begin = starts_at + number * MINUTE_SECONDS
        yield begin, min(begin + MINUTE_SECONDS, ends_at)


def state_in(told: Iterable[Stretch], begin: float, end: float) -> str:
    """What took most of this time."""
    held: dict[str, float] = {AWAY: end - begin}
    for one in told:
        seconds = min(one.ends_at, end) - max(one.starts_at, begin)
        if seconds > 0:
            held[one.activity] = held.get(one.activity, 0.0) + seconds
            held[AWAY] -= seconds
    return max(held, key=lambda state: held[state])


def _facts(
    state: str,
    seen: Sequence[Visit],
    claims: Sequence[Claim],
    acts: Sequence[Act],
    minute: tuple[float, float],
    silent_after: float,
) -> tuple[str, ...]:
    begin, end = minute
    during = [visit for visit in seen if visit.starts_at <= end and visit.ends_at >= begin]
    if state == AWAY or not during:
        return _around(seen, begin, end)
    keys = [event.key for visit in during for event in visit.events]
    if state in {Activity.HIDDEN, Activity.IDLE}:
        before = [claim for claim in claims if claim.at <= end and claim.activity == state]
        keys += [claim.key for claim in before[-1:]]
    if state == Activity.SILENT:
        keys += _last_word(claims, acts, begin)
    if state == Activity.ACTIVE:
        keys += _proofs(claims, acts, begin, end)
        if not any(begin <= act.at < end for act in acts):
            keys += _word(seen, claims, acts, minute, silent_after)
    return tuple(dict.fromkeys(key for key in keys if key))


def _last_word(claims: Sequence[Claim], acts: Sequence[Act], begin: float) -> list[str]:
    """Since when nothing was told: the last that was said or done."""
    told = [*((one.at, one.key) for one in claims), *((one.at, one.key) for one in acts)]
    last = max((one for one in told if one[0] <= begin), default=None)
    return [] if last is None else [last[1]]


def _proofs(claims: Sequence[Claim], acts: Sequence[Act], begin: float, end: float) -> list[str]:
    """What was done in this time; of a page that was away by its own word, also what was done shortly before, which
    still proves that somebody was there."""
    is_away = any(claim.activity != Activity.ACTIVE for claim in claims if claim.at < end)
    since = begin - ACT_SECONDS if is_away else begin
    done = [act for act in acts if since < act.at < end or act.at == begin]
    inside = [act for act in done if act.at >= begin]
    return [act.key for act in inside or done[-1:]]


def _word(
    seen: Sequence[Visit],
    claims: Sequence[Claim],
    acts: Sequence[Act],
    minute: tuple[float, float],
    silent_after: float,
) -> list[str]:
    """The last that an open page said of being looked at, where that is why it is believed: it had said otherwise
    before, or what was done, or coming, was too long ago."""
    begin, end = minute
    pages = [visit for visit in seen if visit.door == PAGE and visit.starts_at < visit.ends_at]
    is_open = {page.occupant for page in pages if page.starts_at < end and page.ends_at > begin}
    said = [claim for claim in claims if claim.occupant in is_open and claim.at < end]
    standing = [claim for claim in said if _stands(claim, said, begin) and claim.at + silent_after > begin]
    last = max(standing, key=lambda claim: claim.at, default=None)
    if last is None:
        return []
    done = [act.at for act in acts if act.at <= begin]
    proven_until = max([min(page.starts_at for page in pages), *done]) + silent_after
    came_back = any(_contradicts(claim, last) and claim.at < last.at for claim in said)
    return [last.key] if came_back or end > proven_until else []


def _stands(claim: Claim, said: Iterable[Claim], begin: float) -> bool:
    """It says that the page is looked at, and had not been taken back when the minute began."""
    taken_back = any(_contradicts(other, claim) and claim.at <= other.at <= begin for other in said)
    return claim.activity == Activity.ACTIVE and not taken_back


def _contradicts(claim: Claim, word: Claim) -> bool:
    return claim.occupant == word.occupant and claim.activity != Activity.ACTIVE


def _around(seen: Sequence[Visit], begin: float, end: float) -> tuple[str, ...]:
    events = sorted((event for visit in seen for event in visit.events), key=lambda event: event.at)
    gone = [event for event in events if event.kind == "left" and event.at <= end][-1:]
    coming = [event for event in events if event.kind == "joined" and event.at >= begin][:1]
    return tuple(event.key for event in _once([*gone, *coming]) if event.key)


def _once(events: Iterable[Event]) -> list[Event]:
    return list({event.key: event for event in events}.values())
