"""What is done every few seconds with Jitsi's servers: ask, write down, bring together what is and what should be."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from classroom import actions
from classroom.jitsi.border import BorderFailure
from classroom.jitsi.bridges import Bridges
from classroom.jitsi.control import Orders, RoomControl
from classroom.jitsi.events import RoomInside
from classroom.jitsi.jicofo import Focus, Member
from classroom.jitsi.welcome import find_unwelcome
from classroom.models import Presence, Room

log = logging.getLogger(__name__)
# So many conferences at most in one look: jicofo builds the whole state of each for us.
CONFERENCES_A_LOOK = 20
LOOKS_EVERY_SECONDS = 10
HUMAN = "human"


def sweep_bridges(bridges: Bridges, urls: Sequence[str], *, now: datetime) -> None:
    """Ask each bridge whose turn it is, all at once; then judge. A bridge that hangs holds up nobody."""
    actions.register_bridges(urls=urls)
    claimed = actions.claim_bridges(now=now)
    answers = bridges.ask_all([bridge.url for bridge in claimed])
    for bridge in claimed:
        answer = answers[bridge.url]
        if isinstance(answer, BorderFailure):
            actions.note_silence(bridge=bridge, trouble=answer.code, now=now)
        else:
            actions.note_answer(bridge=bridge, stats=answer, now=now)
    settle_bridges(bridges)
    actions.judge_doors(now=now)
    actions.forget_readings(now=now)


def settle_bridges(bridges: Bridges) -> None:
    """Tell those that are not as they were wished. Whether it came to that, they say when they are asked next."""
    for bridge in actions.unsettled_bridges():
        try:
            bridges.set_drain(bridge.url, on=bool(bridge.drain_wanted))
        except BorderFailure as failure:
            log.warning("The bridge %s could not be told to drain: %s", bridge.name, failure.code)


def keep_order(control: RoomControl) -> Orders:
    """Out of Jitsi with whoever may not be in the lesson any more, whatever took the right from them; and an end
    to rooms whose lesson is over."""
    rooms = control.find_rooms().rooms
    unwelcome, over = find_unwelcome({room.room: _people(room) for room in rooms})
    nicks = [
        (name, nick)
        for room in rooms
        for name, nick, person in nicks_in(room)
        if (room.room, person) in unwelcome
    ]
    orders = Orders(put_out=nicks, end=sorted(_node(room) for room in rooms if room.room in over))
    for failure in control.carry_out(orders):
        log.warning("Somebody could not be put out of Jitsi: %s", failure.code)
    return orders


def nicks_in(room: RoomInside) -> list[tuple[str, str, UUID | None]]:
    """The room as Prosody names it, a nick there, and whose; of people alone."""
    people = [one for one in room.occupants if one.kind == HUMAN and one.nick]
    return [(_node(room), one.nick, _uuid(one.person)) for one in people]


def _node(room: RoomInside) -> str:
    """As Prosody names it, perhaps with a tenant."""
    return room.jid.partition("@")[0] or room.room


def _people(room: RoomInside) -> set[UUID]:
    found = (_uuid(one.person) for one in room.occupants if one.kind == HUMAN)
    return {one for one in found if one is not None}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def watch_media(control: RoomControl, focus: Focus, *, now: datetime) -> int:
    """Microphone and camera of those who are in the app alone, and of whom our module in Prosody did not tell them:
    no socket of ours does. How many changed."""
    untold = Presence.objects.filter(left_at__isnull=True, connection="", media_said_at__isnull=True)
    by_room: dict[str, list[Presence]] = {}
    for presence in untold.select_related("room"):
        by_room.setdefault(presence.room.name, []).append(presence)
    if not by_room:
        return 0
    rooms = [room for room in control.find_rooms().rooms if room.room in by_room and room.jid]
    chosen = take_turns(sorted(rooms, key=lambda room: room.room), now=now)
    members = focus.find_members([room.jid for room in chosen])
    changed = 0
    for room in chosen:
        answer = members[room.jid]
        if isinstance(answer, BorderFailure):
            log.warning("Jicofo did not say who is in a conference: %s", answer.code)
            continue
        changed += _note_media(room, answer, by_room[room.room], now=now)
    return changed


def take_turns(rooms: Sequence[RoomInside], *, now: datetime) -> Sequence[RoomInside]:
    """At most CONFERENCES_A_LOOK, others the next time: all of them come round, without anybody remembering."""
    if len(rooms) <= CONFERENCES_A_LOOK:
        return rooms
    look = int(now.timestamp()) // LOOKS_EVERY_SECONDS
    begins = look * CONFERENCES_A_LOOK % len(rooms)
    return (list(rooms) * 2)[begins : begins + CONFERENCES_A_LOOK]


def _note_media(
    room: RoomInside, members: Sequence[Member], presences: Sequence[Presence], *, now: datetime
) -> int:
    persons = {one.nick: _uuid(one.person) for one in room.occupants if one.kind == HUMAN}
    changed = 0
    for presence in presences:
        own = [one for one in members if persons.get(one.endpoint) == presence.person_id]
        if own:
            changed += _note_own_media(presence.room, presence, own, now=now)
    return changed


def _note_own_media(room: Room, presence: Presence, own: Sequence[Member], *, now: datetime) -> bool:
    """On two devices somebody speaks if one of them is on; what jicofo does not say stays as it was."""
    microphone = _any_on([one.microphone for one in own], presence.microphone)
    camera = _any_on([one.camera for one in own], presence.camera)
    is_said = any(one.microphone is not None and one.camera is not None for one in own)
    is_news = (microphone, camera) != (presence.microphone, presence.camera) or presence.media_at is None
    if not (is_said and is_news):
        return False
    actions.change_media(
        room=room,
        occupant=presence.occupant,
        microphone=microphone,
        camera=camera,
        screen=presence.screen,
        now=now,
    )
    return True


def _any_on(said: Sequence[bool | None], before: bool) -> bool:
    known = [one for one in said if one is not None]
    return any(known) if known else before
