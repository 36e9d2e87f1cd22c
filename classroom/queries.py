"""Reads of the classroom that more than one door needs."""

from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import Person, Role
from accounts.queries import active_memberships
from classroom.models import (
    STAFF,
    Enrolment,
    GuestLink,
    Knock,
    KnockState,
    Lesson,
    Presence,
    Room,
    Standing,
)
from common.ids import fingerprint


def standing_in(person: Person, lesson: Lesson) -> Standing | None:
    """What `person` is in `lesson` today: by enrolment, as head of the institution, or as a guest who
    was let in; None for a stranger.
    """
    roles = set(
        active_memberships(person).filter(institution_id=lesson.institution_id).values_list("role", flat=True)
    )
    if not roles:
        return _guest_standing(person, lesson)
    enrolment = Enrolment.objects.filter(course_id=lesson.course_id, person=person, is_active=True).first()
    if enrolment:
        return Standing(enrolment.standing)
    return Standing.OBSERVER if Role.HEAD in roles else None


def _guest_standing(person: Person, lesson: Lesson) -> Standing | None:
    """An admission is all that a guest's right consists of, and it is for one lesson."""
    if not getattr(person, "is_guest", False):
        return None
    admitted = Knock.objects.filter(lesson=lesson, person=person, state=KnockState.ADMITTED)
    return Standing.GUEST if admitted.exists() else None


def guest_behind(knock_id: UUID | str, browser: str) -> Person | None:
    """The admitted guest of this knock, if `browser` is the secret that asked."""
    knock = Knock.objects.filter(pk=knock_id, browser=fingerprint(browser), state=KnockState.ADMITTED)
    found = knock.select_related("person").first() if browser else None
    return found.person if found else None


def link_of(secret: str) -> GuestLink | None:
    """The link with this secret, if it opens anything today; see `GuestLink.is_open_at`."""
    related = ("lesson__institution", "lesson__course", "lesson__room", "created_by")
    return GuestLink.objects.select_related(*related).filter(fingerprint=fingerprint(secret)).first()


def waiting_at(lesson: Lesson) -> list[Knock]:
    """Who stands at the door, in the order in which they came."""
    waiting = Knock.objects.filter(lesson=lesson, state=KnockState.WAITING)
    return list(waiting.select_related("lesson__institution", "lesson__room").order_by("asked_at", "pk"))


def lessons_for(person: Person) -> QuerySet[Lesson]:
    """Lessons that `person` may see: of their courses, all of the institution for a head, of their children."""
    active = active_memberships(person)
    headed = active.filter(role=Role.HEAD).values("institution")
    mine = active.values("institution")
    enrolled = Q(course__enrolments__person=person, course__enrolments__is_active=True, institution__in=mine)
    children = Q(
        course__enrolments__person__guardian_links__guardian=person,
        course__enrolments__is_active=True,
        institution__in=active.filter(role=Role.GUARDIAN).values("institution"),
    )
    seen = Lesson.objects.filter(Q(institution__in=headed) | enrolled | children)
    return (
        Lesson.objects.filter(pk__in=seen.values("pk"))
        .select_related("course", "institution", "room")
        .prefetch_related(
            Prefetch(
                "course__enrolments",
                Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
                to_attr="staff",
            )
        )
    )


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )
