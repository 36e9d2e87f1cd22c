"""What every verb about breakout rooms does: lock, seat, tell, audit."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from accounts.actions import record_audit
from accounts.models import Person
from classroom import facts, live, timeline
from classroom.actions.rooms import lock_room_of
from classroom.models import Breakout, BreakoutSeat, BreakoutState, Lesson, Room
from classroom.queries import breakout_of, picture_of
from common.refusals import Refused


def lock_main_room(lesson: Lesson, *, even_when_over: bool = False) -> Room:
    main = lock_room_of(lesson)
    if main.lesson.is_over and not even_when_over:
        raise Refused("lesson_over")
    return main


def open_breakout_of(lesson: Lesson) -> Breakout:
    breakout = breakout_of(lesson)
    if breakout is None or breakout.state != BreakoutState.OPEN:
        raise Refused("not_found")
    return breakout


def seat_people(breakout: Breakout, seated: dict[UUID, int], rooms: dict[int, Room] | None = None) -> None:
    BreakoutSeat.objects.bulk_create(
        BreakoutSeat(
            breakout=breakout, person_id=person, number=number, room=rooms[number] if rooms else None
        )
        for person, number in seated.items()
    )


def note_move(
    breakout: Breakout, person: Person, number: int | None, *, by: Person | None, now: datetime
) -> None:
    """`number`: None for whose seat was taken back."""
    timeline.record(
        breakout.lesson,
        facts.SEAT_MOVED,
        at=now,
        source="room",
        key=f"{facts.SEAT_MOVED}:{secrets.token_hex(8)}",
        person=person,
        data={"session": str(breakout.pk), "number": number, "by": str(by.pk) if by else None},
    )


def audit_division(act: str, breakout: Breakout, by: Person) -> None:
    record_audit(
        act,
        institution=breakout.lesson.institution,
        by=by,
        target=f"lesson:{breakout.lesson_id}",
        detail={"session": str(breakout.pk), "rooms": len(breakout.titles)},
    )


def tell_class(main: Room, breakout: Breakout, type_: str) -> None:
    """Everybody in the main room hears of it, each their own part."""
    live.tell_breakouts(main, type_, picture_of(breakout), seq=live.next_seq(main))


def tell_staff(breakout: Breakout, type_: str, *people: UUID) -> None:
    """And those whom it concerns. Without `seq`: the others, who do not hear of it, must not see a gap."""
    picture, ids = picture_of(breakout), [str(person) for person in people]
    live.tell_breakouts(breakout.lesson.room, type_, picture, seq=None, people=ids)
