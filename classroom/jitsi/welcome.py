"""Who is in a Jitsi room and may not be, asked of the database for all rooms at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from django.db.models import Q

from accounts.models import Person, Role
from accounts.queries import counting_memberships
from classroom.models import STAFF, BreakoutSeat, Enrolment, Expulsion, Knock, KnockState, Lesson, Room
from classroom.queries import SUBSTITUTES


def find_unwelcome(inside: Mapping[str, Collection[UUID]]) -> tuple[set[tuple[str, UUID]], set[str]]:
    """Of who is in which Jitsi room (its name → ids of people): those who may not be there, and the rooms whose
    lesson is over. What `rules.may_enter_room` says, for all at once: six questions, however many people.

    Rooms and people that we do not know are not ours to judge.
    """
    found = list(Room.objects.filter(name__in=inside).select_related("lesson"))
    rooms = {room.name: room.lesson for room in found}
    over = {room.name for room in found if room.lesson.is_over or room.closed_at is not None}
    going_on = {name: lesson for name, lesson in rooms.items() if name not in over}
    named = {person for name in going_on for person in inside[name]}
    known = set(Person.objects.filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    if not known:
        return set(), over
    welcome = _welcome_pairs(list(going_on.values()), known)
    unwelcome = {
        (name, person)
        for name, lesson in going_on.items()
        for person in inside[name]
        if person in known and (lesson.pk, person) not in welcome
    }
    divided = [room for room in found if room.is_breakout and room.name in going_on]
    return unwelcome | _in_wrong_rooms(divided, inside, known), over


def _in_wrong_rooms(
    rooms: list[Room], inside: Mapping[str, Collection[UUID]], known: Collection[UUID]
) -> set[tuple[str, UUID]]:
    """In a breakout without a seat there; those who hold the lesson go where they like. What `rules.may_go_into` says."""
    if not rooms:
        return set()
    seats = set(BreakoutSeat.objects.filter(room__in=rooms).values_list("room", "person"))
    courses = {room.lesson.course_id for room in rooms}
    staff = set(
        Enrolment.objects.filter(course__in=courses, is_active=True, standing__in=STAFF).values_list(
            "course", "person"
        )
    )
    return {
        (room.name, person)
        for room in rooms
        for person in inside[room.name]
        if person in known
        and (room.pk, person) not in seats
        and (room.lesson.course_id, person) not in staff
        and person != room.lesson.substitute_id
    }


def _welcome_pairs(lessons: list[Lesson], people: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """(lesson, person) wherever `standing_in` would find something and nobody was put out."""
    places = counting_memberships().filter(
        institution__in={lesson.institution_id for lesson in lessons},
        person__in=people,
        person__is_active=True,
    )
    roles: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
    for institution, person, role in places.values_list("institution", "person", "role"):
        roles[institution, person].add(role)
    courses = {lesson.course_id for lesson in lessons}
    enrolled = set(
        Enrolment.objects.filter(course__in=courses, person__in=people, is_active=True).values_list(
            "course", "person"
        )
    )
    here = Q(lesson__in=lessons, person__in=people)
    guests = Knock.objects.filter(here, state=KnockState.ADMITTED, person__is_guest=True)
    let_in = set(guests.values_list("lesson", "person"))
    put_out = set(Expulsion.objects.filter(here).values_list("lesson", "person"))

    def belongs(lesson: Lesson, person: UUID) -> bool:
        own = roles.get((lesson.institution_id, person), set())
        if not own:
            return (lesson.pk, person) in let_in
        stands_in = lesson.substitute_id == person and bool(own & SUBSTITUTES)
        return stands_in or (lesson.course_id, person) in enrolled or Role.HEAD in own

    pairs = {(lesson.pk, person) for lesson in lessons for person in people if belongs(lesson, person)}
    return pairs - put_out
