"""Why a register says what it says: every minute of a lesson with the facts that it came from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from attendance.activity import ACT_SECONDS, Act, Activity, Claim, Stretch
from attendance.presence import Event, Visit

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
) -> list[Span]:
    """All minutes from `starts_at` to `ends_at`, neighbours with the same answer together."""
    spans: list[Span] = []
    for number, (begin, end) in enumerate(minutes(starts_at, ends_at)):
        state = state_in(told, begin, end)
        facts = _facts(state, seen, claims, acts, begin, end)
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
    state: str, seen: Sequence[Visit], claims: Sequence[Claim], acts: Sequence[Act], begin: float, end: float
) -> tuple[str, ...]:
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


def _around(seen: Sequence[Visit], begin: float, end: float) -> tuple[str, ...]:
    events = sorted((event for visit in seen for event in visit.events), key=lambda event: event.at)
    gone = [event for event in events if event.kind == "left" and event.at <= end][-1:]
    coming = [event for event in events if event.kind == "joined" and event.at >= begin][:1]
    return tuple(event.key for event in _once([*gone, *coming]) if event.key)


def _once(events: Iterable[Event]) -> list[Event]:
    return list({event.key: event for event in events}.values())
