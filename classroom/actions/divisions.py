"""Who would sit where: by chance, by groups, by hand, or as somebody saved it for the course."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Person
from classroom.actions.dividing import audit_division, lock_main_room, seat_people, tell_staff
from classroom.models import (
    Breakout,
    BreakoutPlan,
    BreakoutState,
    Division,
    Group,
    GroupMember,
    Lesson,
    Standing,
)
from classroom.queries import breakout_of, people_to_divide
from classroom.seating import FEWEST_ROOMS, MOST_ROOMS, deal, fill, rooms_for
from common.refusals import Refused

MOST_PLANS = 30


@dataclass(frozen=True, slots=True)
class Wish:
    """How to divide: `rooms` or `per_room` for chance and by hand, `plan` for a saved one."""

    division: Division
    rooms: int | None = None
    per_room: int | None = None
    plan: UUID | None = None
    seed: int | None = None


@transaction.atomic
def plan_breakouts(*, lesson: Lesson, wish: Wish, by: Person) -> Breakout:
    """A division that only staff sees until it opens; it replaces one that was planned before.

    Raises Refused("breakouts_open") while rooms are open, Refused("bad_data") for too few or too many rooms,
    Refused("not_found") for a plan of another course.
    """
    lock_main_room(lesson)
    living = breakout_of(lesson)
    if living is not None and living.state == BreakoutState.OPEN:
        raise Refused("breakouts_open")
    if living is not None:
        living.delete()
    seed = secrets.randbits(31) if wish.seed is None else wish.seed
    titles, seated = _divide(lesson, wish, seed)
    breakout = Breakout.objects.create(
        lesson=lesson, planned_by=by, division=wish.division, seed=seed, titles=titles
    )
    seat_people(breakout, seated)
    tell_staff(breakout, "breakouts.planned")
    return breakout


def _divide(lesson: Lesson, wish: Wish, seed: int) -> tuple[list[str], dict[UUID, int]]:
    """The rooms' titles, and who sits in which."""
    people = people_to_divide(lesson)
    inside, guests = set(people), {pk for pk, person in people.items() if person.is_guest}
    if wish.division in (Division.GROUPS, Division.PLAN):
        titles, wanted = _of_groups(lesson) if wish.division == Division.GROUPS else _of_plan(lesson, wish)
        _check_count(len(titles))
        numbers, away = range(1, len(titles) + 1), set(wanted) - inside
        left_over = fill(wanted, inside - set(wanted), numbers, seed=seed, guests=guests, away=away)
        return titles, wanted | left_over
    count = wish.rooms or rooms_for(len(inside), per_room=wish.per_room or 0)
    _check_count(count)
    return _numbered(lesson, count), (
        deal(inside, count, seed=seed, guests=guests) if wish.division == Division.RANDOM else {}
    )


def _check_count(rooms: int) -> None:
    if not FEWEST_ROOMS <= rooms <= MOST_ROOMS:
        raise Refused("bad_data")


def _numbered(lesson: Lesson, count: int) -> list[str]:
    """Everybody reads the same title, so it is in the course's language."""
    with translation.override(lesson.course.language):
        return [_("Room %(number)s") % {"number": number} for number in range(1, count + 1)]


def _of_groups(lesson: Lesson) -> tuple[list[str], dict[UUID, int]]:
    """Whoever is in several groups sits in the first."""
    groups = list(Group.objects.filter(course=lesson.course_id).order_by("title", "pk"))
    numbers = {group.pk: number for number, group in enumerate(groups, 1)}
    members = GroupMember.objects.filter(
        group__in=groups, person__enrolments__course=lesson.course_id, person__enrolments__is_active=True
    )
    seated: dict[UUID, int] = {}
    for group, person in members.order_by("group__title", "group_id").values_list("group_id", "person_id"):
        seated.setdefault(person, numbers[group])
    return [group.title[:80] for group in groups], seated


def _of_plan(lesson: Lesson, wish: Wish) -> tuple[list[str], dict[UUID, int]]:
    """Of those who may still come: whoever has left the course since is left out."""
    plans = BreakoutPlan.objects.filter(course=lesson.course_id)
    plan = plans.filter(pk=wish.plan).first() if wish.plan is not None else None
    if plan is None:
        raise Refused("not_found")
    seated = {UUID(one): number for number, room in enumerate(plan.rooms, 1) for one in room["people"]}
    enrolled = lesson.course.enrolments.filter(
        is_active=True, standing=Standing.STUDENT, person__in=seated
    ).values_list("person", flat=True)
    return [room["title"] for room in plan.rooms], {person: seated[person] for person in enrolled}


@transaction.atomic
def save_plan(*, lesson: Lesson, name: str, by: Person) -> BreakoutPlan:
    """The division as it is now, for the course; the same name again replaces it.

    Raises Refused("not_found") without a division, Refused("bad_data") without a name or with too many plans.
    """
    breakout = breakout_of(lesson)
    name = name.strip()[:80]
    if breakout is None:
        raise Refused("not_found")
    plans = BreakoutPlan.objects.filter(course=lesson.course_id)
    known = plans.filter(name__iexact=name).first()
    if not name or (known is None and plans.count() >= MOST_PLANS):
        raise Refused("bad_data")
    enrolled = lesson.course.enrolments.filter(standing=Standing.STUDENT).values("person")
    rooms: list[dict[str, Any]] = [{"title": title, "people": []} for title in breakout.titles]
    for seat in breakout.seats.filter(person__in=enrolled).order_by("pk"):
        rooms[seat.number - 1]["people"].append(str(seat.person_id))
    plan = known or BreakoutPlan(course=lesson.course, name=name)
    plan.rooms = rooms
    plan.save()
    audit_division("breakouts.saved", breakout, by)
    return plan
