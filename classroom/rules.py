"""Who may do what around a lesson; `standing` comes from `queries.standing_in`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from accounts.callers import Caller
from accounts.models import Institution, Person, Role
from accounts.queries import has_role
from accounts.rules import runs_platform
from classroom.models import (
    STAFF,
    Course,
    Enrolment,
    Knock,
    KnockState,
    Lesson,
    Lobby,
    Presence,
    Room,
    Standing,
)
from classroom.queries import (
    count_written,
    lessons_for,
    put_out_of,
    seats_among,
    standing_in,
    standing_of_caller,
    standings_in,
)

# Of one person in the chat, in the whole house: as much as the bucket of one process holds and fills in that time.
WRITTEN_WITHIN = timedelta(seconds=10)
MOST_WRITTEN, MOST_WRITTEN_BY_STAFF = 15, 70


def may_see_lesson(person: Person, lesson: Lesson) -> bool:
    return lessons_for(person).filter(pk=lesson.pk).exists()


def may_schedule(person: Person, course: Course) -> bool:
    if has_role(person, course.institution_id, Role.HEAD):
        return True
    enrolled = Enrolment.objects.filter(course=course, person=person, is_active=True, standing__in=STAFF)
    return has_role(person, course.institution_id, Role.TEACHER) and enrolled.exists()


def may_change_lesson(person: Person, lesson: Lesson) -> bool:
    """Whoever plans the course; a substitute holds the lesson but does not plan it."""
    return may_schedule(person, lesson.course)


def may_plan_holidays(person: Person, institution: Institution) -> bool:
    return has_role(person, institution.pk, Role.HEAD)


def may_enter_room(person: Person, lesson: Lesson) -> Standing | None:
    """The standing with which `person` would enter, or None. Whether the doors are open is `doors_are_open`."""
    (standing,) = may_enter_each([(person, lesson)])
    return standing


def may_enter_each(asked: Sequence[tuple[Person, Lesson]]) -> list[Standing | None]:
    """The same for many at once."""
    out, standings = put_out_of(asked), standings_in(asked)
    pairs = zip(asked, standings, strict=True)
    return [None if (one.pk, lesson.pk) in out else standing for (one, lesson), standing in pairs]


def may_go_into(person: Person, room: Room) -> Standing | None:
    """The same for one of the lesson's rooms: a breakout is for those who sit in it and for those who hold the lesson."""
    (standing,) = may_go_into_each([(person, room)])
    return standing


def may_go_into_each(asked: Sequence[tuple[Person, Room]]) -> list[Standing | None]:
    """The same for many at once: sockets that come together are looked at together."""
    standings = may_enter_each([(person, room.lesson) for person, room in asked])
    free = [
        standing is None or standing in STAFF or not room.is_breakout
        for (_, room), standing in zip(asked, standings, strict=True)
    ]
    seats = seats_among([one for one, is_free in zip(asked, free, strict=True) if not is_free])
    return [
        standing if is_free or (person.pk, room.pk) in seats else None
        for (person, room), standing, is_free in zip(asked, standings, free, strict=True)
    ]


def may_divide(standing: Standing | None) -> bool:
    """Plan, open, change and close breakouts, and go into each of them: those who hold the lesson."""
    return standing in STAFF


def is_put_out(person: Person, lesson: Lesson) -> bool:
    """Of a lesson that goes on; what is left of it afterwards is theirs as before."""
    return bool(put_out_of([(person, lesson)]))


def may_moderate(standing: Standing | None) -> bool:
    """Put people out and let them back in: those who hold the lesson."""
    return standing in STAFF


def may_run_fleet(person: Person) -> bool:
    """The bridges belong to no school."""
    return runs_platform(person)


def doors_are_open(lesson: Lesson, *, now: datetime) -> bool:
    return not lesson.is_over and now >= lesson.doors_open_at


def may_enter_now(standing: Standing | None, lesson: Lesson, *, now: datetime) -> bool:
    """Staff may come early, to prepare."""
    if standing in STAFF:
        return not lesson.is_over
    return standing is not None and doors_are_open(lesson, now=now)


def is_kept_waiting(person: Person, lesson: Lesson, standing: Standing | None) -> bool:
    """Whether the lobby still stands between this member and the room. Guests were let in one by one already,
    and whoever has been inside is not asked again."""
    if lesson.lobby != Lobby.EVERYBODY or standing != Standing.STUDENT:
        return False
    admitted = Knock.objects.filter(lesson=lesson, person=person, state=KnockState.ADMITTED)
    return not (admitted.exists() or Presence.objects.filter(room__lesson=lesson, person=person).exists())


def may_decide_at_the_door(standing: Standing | None) -> bool:
    return standing in STAFF or standing == Standing.OBSERVER


def may_read_audience(standing: Standing | None) -> bool:
    """Who watches the stream, by name: those who hold the lesson, and the head who looks on."""
    return standing in STAFF or standing == Standing.OBSERVER


def may_start_meeting(person: Person, institution: Institution) -> bool:
    return has_role(person, institution.pk, Role.TEACHER, Role.HEAD)


def talk_standing(person: Person, lesson: Lesson, standing: Standing | None) -> Standing | None:
    """As what somebody writes and listens, in the room or beside it, whose `may_go_into` is `standing`; None for who
    may not see the room."""
    if standing is None or is_kept_waiting(person, lesson, standing):
        return None
    return None if standing == Standing.GUEST and lesson.is_over else standing


def may_read_chat(person: Person, lesson: Lesson) -> bool:
    """All that was written in a lesson, on its page."""
    standing = standing_in(person, lesson)
    return standing in STAFF or standing == Standing.OBSERVER


def may_write_more(author: Person, standing: Standing, *, now: datetime) -> bool:
    """Of one person, whichever web processes their tabs reach: what one process alone would let through."""
    most = MOST_WRITTEN_BY_STAFF if standing in STAFF else MOST_WRITTEN
    return count_written(author, since=now - WRITTEN_WITHIN) < most


def may_read_concerns(person: Person, institution: Institution) -> bool:
    """Not the teachers: a concern may be about one of them."""
    return has_role(person, institution.pk, Role.HEAD)


def may_end_lesson(standing: Standing | None) -> bool:
    return standing in STAFF or standing == Standing.OBSERVER


def may_read_register(person: Person, lesson: Lesson) -> bool:
    standing = standing_in(person, lesson)
    return standing in STAFF or standing == Standing.OBSERVER


def may_run_courses(person: Person, institution: Institution) -> bool:
    """Make courses and say who is in them; the platform's admins see no lessons and run no courses."""
    return has_role(person, institution.pk, Role.HEAD)


def may_read_roster(person: Person, course: Course) -> bool:
    """Who is in the course: for the head, and for those who teach it."""
    return may_schedule(person, course)


def caller_may_run_courses(caller: Caller, institution: Institution) -> bool:
    """Open courses and decide who takes part in them."""
    return caller.is_client_of(institution.pk) or caller.has_role(institution.pk, Role.HEAD)


def may_change_course(caller: Caller, course: Course) -> bool:
    """Its name and its timetable: those who run courses, and its own teachers."""
    if caller_may_run_courses(caller, course.institution):
        return True
    return (
        caller.person is not None
        and caller.reaches(course.institution_id)
        and may_schedule(caller.person, course)
    )


def caller_may_read_roster(caller: Caller, course: Course) -> bool:
    """The class itself and those who run it; a guardian sees the course, not the other children."""
    if caller_may_run_courses(caller, course.institution):
        return True
    enrolled = Enrolment.objects.filter(course=course, person=caller.person, is_active=True)
    return caller.person is not None and enrolled.exists()


def may_read_addresses(caller: Caller, course: Course) -> bool:
    """Classmates see names, teachers also e-mail addresses."""
    return may_change_course(caller, course)


def may_link_in(caller: Caller, lesson: Lesson, person_id: UUID) -> bool:
    """A join link signs somebody in: for oneself, or by the system that the school trusts with it."""
    return caller.is_client_of(lesson.institution_id) or (
        caller.person is not None and caller.person.pk == person_id
    )


def may_manage_join_links(caller: Caller, lesson: Lesson) -> bool:
    """See whom links let into a lesson, and revoke one: heads, and the systems that make them for others."""
    return caller_may_run_courses(caller, lesson.institution)


def may_fetch_register(caller: Caller, lesson: Lesson) -> bool:
    standing = standing_of_caller(caller, lesson)
    return standing in STAFF or standing == Standing.OBSERVER
