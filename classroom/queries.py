"""Reads of the classroom that more than one door needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from accounts.callers import Caller
from accounts.models import AuditEvent, Guardianship, Institution, Membership, Person, Role
from accounts.queries import (
    COUNTS_TODAY,
    active_memberships,
    institutions_where,
    is_spent_key,
    people_here,
)
from classroom.models import (
    STAFF,
    Course,
    Door,
    Enrolment,
    EventState,
    Group,
    GroupMember,
    GuestLink,
    HookEvent,
    JoinLink,
    Knock,
    KnockState,
    Lesson,
    LessonStatus,
    Letter,
    LetterKind,
    NoticeKind,
    Presence,
    PutAside,
    Room,
    Standing,
)
from classroom.models.join_links import GRACE, LONGEST_STAY
from classroom.roster import Known, KnownPerson
from common.ids import fingerprint

SUBSTITUTES = frozenset({Role.TEACHER, Role.HEAD})


def standing_in(person: Person, lesson: Lesson) -> Standing | None:
    """What `person` is in `lesson` today; None for a stranger.

    As its substitute, by enrolment, as head of the institution, in this order; or as a guest who was let in.
    """
    roles = set(
        active_memberships(person).filter(institution_id=lesson.institution_id).values_list("role", flat=True)
    )
    if not roles:
        return _guest_standing(person, lesson)
    if lesson.substitute_id == person.pk and roles & SUBSTITUTES:
        return Standing.TEACHER
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


def link_holds(link_id: UUID | str, lesson_id: UUID, *, now: datetime) -> bool:
    """Whether what came by this join link is still good in that lesson: not after its end, nor after that of the key."""
    link = JoinLink.objects.select_related("lesson").filter(pk=link_id, lesson=lesson_id).first()
    return link is not None and link.holds_at(now) and not is_spent_key(link.made_by, now=now)


def open_join_links(lesson: Lesson, *, now: datetime) -> QuerySet[JoinLink]:
    """Those that still let somebody in, or keep them in."""
    links = JoinLink.objects.filter(lesson=lesson, revoked_at__isnull=True)
    if now >= lesson.ends_at + GRACE:
        return links.none()
    return links.filter(Q(used_at__isnull=True, expires_at__gt=now) | Q(used_at__gt=now - LONGEST_STAY))


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


def lessons_seen_by(person: Person) -> QuerySet[Lesson]:
    """Lessons that `person` may see, bare: of the institution for a head, of their courses and their
    children's, and those in which they stand in for a teacher.

    Whole courses are chosen first, by key: joining the rosters would multiply every lesson by its class.
    """
    if not (person.is_authenticated and person.is_active):
        return Lesson.objects.none()
    return Lesson.objects.filter(
        Q(institution__in=institutions_where(person, Role.HEAD))
        | Q(course__in=_own_courses(person))
        | Q(substitute=person, institution__in=institutions_where(person, *SUBSTITUTES))
    )


def lessons_for(person: Person) -> QuerySet[Lesson]:
    """The same with all that a page about a lesson shows."""
    return with_staff(lessons_seen_by(person))


def with_staff(lessons: QuerySet[Lesson]) -> QuerySet[Lesson]:
    """With course, institution, room and substitute; `.course.staff` are the enrolments of its teachers."""
    return lessons.select_related("course", "institution", "room", "substitute").prefetch_related(
        Prefetch(
            "course__enrolments",
            Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person"),
            to_attr="staff",
        )
    )


def courses_for(person: Person) -> QuerySet[Course]:
    """Courses whose lessons `person` may see."""
    if not (person.is_authenticated and person.is_active):
        return Course.objects.none()
    headed = institutions_where(person, Role.HEAD)
    return Course.objects.listed().filter(Q(institution__in=headed) | Q(pk__in=_own_courses(person)))


def people_for(person: Person) -> QuerySet[Person]:
    """Whom `person` may look up: a head everybody of the institution, staff their whole courses, everybody
    else the staff of their courses; a guardian also their children."""
    if not (person.is_authenticated and person.is_active):
        return Person.objects.none()
    here = Membership.objects.filter(institution__in=institutions_where(person, Role.HEAD), is_active=True)
    taught = Enrolment.objects.filter(
        person=person,
        is_active=True,
        standing__in=STAFF,
        course__institution__in=institutions_where(person),
    )
    mates = Enrolment.objects.filter(course__in=taught.values("course"), is_active=True)
    staff = Enrolment.objects.filter(course__in=_own_courses(person), is_active=True, standing__in=STAFF)
    return Person.objects.listed().filter(
        Q(pk__in=here.values("person"))
        | Q(pk__in=mates.values("person"))
        | Q(pk__in=staff.values("person"))
        | Q(pk__in=children_of(person).values("child"))
    )


def children_of(person: Person) -> QuerySet[Guardianship]:
    """The links of a guardian whose membership counts today."""
    guarding = active_memberships(person).filter(role=Role.GUARDIAN).values("institution")
    return Guardianship.objects.filter(guardian=person, institution__in=guarding)


_OWN_COURSES = f"""
SELECT enrolment.course_id FROM classroom_enrolment enrolment
JOIN classroom_course course ON course.id = enrolment.course_id
JOIN accounts_membership membership ON membership.institution_id = course.institution_id
WHERE enrolment.person_id = %s AND enrolment.is_active AND membership.person_id = %s AND {COUNTS_TODAY}
UNION ALL
SELECT enrolment.course_id FROM accounts_guardianship link
JOIN accounts_membership membership
  ON membership.institution_id = link.institution_id AND membership.person_id = link.guardian_id
JOIN classroom_enrolment enrolment ON enrolment.person_id = link.child_id
JOIN classroom_course course ON course.id = enrolment.course_id
WHERE link.guardian_id = %s AND course.institution_id = link.institution_id AND enrolment.is_active
  AND membership.role = 'guardian' AND {COUNTS_TODAY}
"""  # noqa: S608  constants


def _own_courses(person: Person) -> RawSQL:
    """Courses in which `person` or a child of theirs is enrolled, in institutions that still count them."""
    key, today = person.pk, timezone.localdate()
    return RawSQL(_OWN_COURSES, (key, key, today, key, today))  # noqa: S611  nothing but keys and a day go in


def courses_scheduled_by(person: Person) -> QuerySet[Course]:
    """Those of the courses for which `rules.may_schedule` says yes that still go on."""
    if not (person.is_authenticated and person.is_active):
        return Course.objects.none()
    taught = Enrolment.objects.filter(person=person, is_active=True, standing__in=STAFF)
    return (
        Course.objects.listed()
        .filter(archived_at__isnull=True)
        .filter(
            Q(institution__in=institutions_where(person, Role.HEAD))
            | Q(pk__in=taught.values("course"), institution__in=institutions_where(person, Role.TEACHER))
        )
        .select_related("institution")
        .order_by("title", "pk")
    )


def possible_substitutes(institution: Institution) -> QuerySet[Person]:
    """Who may stand in for a teacher: the teachers and heads of today."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    there = Membership.objects.filter(
        unexpired, institution=institution, role__in=SUBSTITUTES, is_active=True
    )
    return (
        Person.objects.listed().filter(is_active=True, pk__in=there.values("person")).order_by("name", "pk")
    )


def lessons_open_to(caller: Caller) -> QuerySet[Lesson]:
    """What a caller of the API may see: a client all of its institution."""
    if caller.person is None:
        return with_staff(Lesson.objects.filter(institution=caller.institution))
    lessons = lessons_for(caller.person)
    return lessons.filter(institution=caller.institution) if caller.institution else lessons


def courses_open_to(caller: Caller) -> QuerySet[Course]:
    """All of the institution for a client and a head, one's own and one's children's for the others."""
    if caller.person is None:
        return Course.objects.listed().filter(institution=caller.institution)
    courses = courses_for(caller.person)
    return courses.filter(institution=caller.institution) if caller.institution else courses


def standing_of_caller(caller: Caller, lesson: Lesson) -> Standing | None:
    """As `standing_in`; a client of the institution looks on like its head."""
    if caller.is_client_of(lesson.institution_id):
        return Standing.OBSERVER
    if caller.person is None or not caller.reaches(lesson.institution_id):
        return None
    return standing_in(caller.person, lesson)


def open_presences(room: Room) -> QuerySet[Presence]:
    return (
        Presence.objects.filter(room=room, left_at__isnull=True)
        .select_related("person")
        .order_by("joined_at", "pk")
    )


def shown_presences(room: Room) -> list[Presence]:
    """As the room's list shows them: whoever has the page open is not shown once more for their Jitsi."""
    inside = list(open_presences(room))
    at_page = {presence.person_id for presence in inside if presence.door == Door.PAGE}
    return [one for one in inside if one.door == Door.PAGE or one.person_id not in at_page]


ABOUT = timedelta(hours=2)


def has_rooms_in_use(*, now: datetime) -> bool:
    """Whether somebody may be in a Jitsi room: a lesson runs or is about to, or somebody is still believed inside."""
    near = Lesson.objects.filter(starts_at__lt=now + ABOUT, ends_at__gt=now - ABOUT)
    if near.filter(status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE)).exists():
        return True
    return Presence.objects.filter(door=Door.JITSI, left_at__isnull=True).exists()


def events_put_aside(search: str = "") -> QuerySet[HookEvent]:
    """What changed nothing and waits for somebody to look at it, newest first; found by room, type or reason."""
    rows = HookEvent.objects.filter(state=EventState.QUARANTINED).select_related("delivery")
    if search:
        reasons = [code for code, label in PutAside.choices if search.casefold() in str(label).casefold()]
        rows = rows.filter(Q(room__icontains=search) | Q(type__icontains=search) | Q(reason__in=reasons))
    return rows.order_by("-received_at", "pk")


def living_enrolments() -> QuerySet[Enrolment]:
    """Enrolments of whomever that count today: active, of active people whose membership has not expired."""
    unexpired = Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate())
    member = Membership.objects.filter(
        unexpired,
        institution=OuterRef("course__institution"),
        person=OuterRef("person"),
        is_active=True,
    )
    living = Enrolment.objects.filter(Exists(member), is_active=True, person__is_active=True)
    return living.exclude(person__email="")


def lessons_of_letter(letter: Letter, *, now: datetime) -> list[tuple[Lesson, NoticeKind]]:
    """What there still is to say, earliest first: lessons to come, of courses in which the reader still is."""
    courses = living_enrolments().filter(person=letter.person_id).values("course")
    lessons = Lesson.objects.filter(course__in=courses, starts_at__gt=now).select_related(
        "course", "institution", "calendar_entry"
    )
    if letter.kind == LetterKind.REMINDER:
        found = lessons.filter(reminders__letter=letter, status=LessonStatus.SCHEDULED)
        return [(lesson, NoticeKind.NEW) for lesson in found]
    told = dict(letter.notices.values_list("lesson_id", "kind"))
    shown = lessons.filter(pk__in=told).order_by("starts_at", "pk")
    return [(lesson, NoticeKind(told[lesson.pk])) for lesson in shown]


def courses_with_calendar(person: Person) -> QuerySet[Course]:
    """Courses whose lessons `lessons_for` shows to `person`, whether they have any yet or not."""
    active = active_memberships(person)
    headed = Q(institution__in=active.filter(role=Role.HEAD).values("institution"))
    mine = Course.objects.filter(
        enrolments__person=person, enrolments__is_active=True, institution__in=active.values("institution")
    )
    children = Course.objects.filter(
        enrolments__person__guardian_links__guardian=person,
        enrolments__is_active=True,
        institution__in=active.filter(role=Role.GUARDIAN).values("institution"),
    )
    return Course.objects.listed().filter(
        headed | Q(pk__in=mine.values("pk")) | Q(pk__in=children.values("pk"))
    )


def lessons_in_feed(
    person: Person, *, course_id: UUID | None, since: datetime, until: datetime
) -> QuerySet[Lesson]:
    """What a calendar feed holds, earliest first; cancelled ones too, so that calendars take them out."""
    lessons = lessons_for(person).prefetch_related(None).select_related(None)
    if course_id is not None:
        lessons = lessons.filter(course=course_id)
    within = lessons.filter(starts_at__gte=since, starts_at__lt=until)
    return within.select_related("course", "calendar_entry").order_by("starts_at", "pk")


LOOKS_AT_A_LESSON = ("register.read", "register.exported")


def audit_lines_about(person: Person) -> QuerySet[AuditEvent]:
    """Who looked at or changed what is kept of `person` and of their children, where they belong today.

    A register is about everybody who was in it, so its readers are told to all of them.
    """
    here = active_memberships(person).values("institution")
    links = Guardianship.objects.filter(guardian=person, institution__in=here)
    family: list[UUID] = [person.pk, *links.values_list("child_id", flat=True)]
    attended = Presence.objects.filter(person__in=family, room__lesson__institution__in=here)
    lesson = Concat(Value("lesson:"), Cast("room__lesson_id", CharField()), output_field=CharField())
    of_lessons = Q(act__in=LOOKS_AT_A_LESSON, target__in=attended.values_list(lesson, flat=True))
    about = Q(target__in=[f"person:{pk}" for pk in family]) | of_lessons
    return AuditEvent.objects.filter(about, institution__in=here).order_by("-at", "-seq")


def known_to_school(institution: Institution, emails: Collection[str]) -> Known:
    """What an import of these people must know: them, and every course and group that is not archived."""
    courses = Course.objects.listed().filter(institution=institution, archived_at__isnull=True)
    groups = Group.objects.filter(course__in=courses)
    known = Known(languages=frozenset(code for code, _ in settings.LANGUAGES))
    for course_id, title in courses.values_list("pk", "title"):
        known.courses.setdefault(title.casefold(), []).append(course_id)
    for group_id, course_id, title in groups.values_list("pk", "course_id", "title"):
        known.groups[course_id, title.casefold()] = group_id
    known.people = _known_people(institution, emails)
    here = {person.pk: person.address for person in people_here(institution, emails)}
    enrolled = Enrolment.objects.filter(course__in=courses, is_active=True, person__in=here)
    known.enrolments = {
        (course_id, here[person_id]): standing
        for course_id, person_id, standing in enrolled.values_list("course_id", "person_id", "standing")
    }
    members = GroupMember.objects.filter(group__in=groups, person__in=here)
    known.group_members = {(group, here[one]) for group, one in members.values_list("group_id", "person_id")}
    links = Guardianship.objects.filter(institution=institution, child__in=here).select_related("guardian")
    known.guardianships = {(link.guardian.address, here[link.child_id]) for link in links}
    return known


def _known_people(institution: Institution, emails: Collection[str]) -> dict[str, KnownPerson]:
    here: dict[UUID, list[tuple[str, bool]]] = {}
    elsewhere: set[UUID] = set()
    people = list(people_here(institution, emails))
    places = Membership.objects.filter(person__in=people)
    for person_id, institution_id, role, is_active in places.values_list(
        "person_id", "institution_id", "role", "is_active"
    ):
        if institution_id == institution.pk:
            here.setdefault(person_id, []).append((role, is_active))
        else:
            elsewhere.add(person_id)
    return {
        person.address: KnownPerson(
            name=person.name,
            language=person.language,
            roles=frozenset(role for role, _ in here.get(person.pk, [])),
            is_suspended=not all(is_active for _, is_active in here.get(person.pk, [])),
            is_ours=person.pk not in elsewhere and not person.is_platform_admin,
        )
        for person in people
    }


def students_of(course: Course) -> QuerySet[Person]:
    enrolled = Enrolment.objects.filter(course=course, is_active=True, standing=Standing.STUDENT)
    return Person.objects.filter(pk__in=enrolled.values("person")).order_by("name", "pk")


def courses_of(institution: Institution) -> QuerySet[Course]:
    """Courses with `.staff` (enrolments with their people), `.students` and `.group_count`."""
    places = Enrolment.objects.filter(course=OuterRef("pk"), is_active=True, standing=Standing.STUDENT)
    groups = Group.objects.filter(course=OuterRef("pk"))
    return (
        Course.objects.listed()
        .filter(institution=institution)
        .annotate(
            students=_count(places.values("course")),
            group_count=_count(groups.values("course")),
        )
        .prefetch_related(_staff_prefetch("enrolments"))
        .order_by("title", "pk")
    )


def _count(rows: QuerySet[Any, Any]) -> Coalesce:
    """Two counts in one query must not multiply each other."""
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n")), 0)


def _staff_prefetch(path: str) -> Prefetch[Any]:
    staff = Enrolment.objects.filter(standing__in=STAFF, is_active=True).select_related("person")
    return Prefetch(path, staff.order_by("person__name"), to_attr="staff")


def roster_of(course: Course) -> QuerySet[Enrolment]:
    """Who is in the course today, staff first; each person with `.here`, their groups of this course."""
    groups = GroupMember.objects.filter(group__course=course).select_related("group").order_by("group__title")
    last = Case(When(standing__in=STAFF, then=False), default=True)
    return (
        Enrolment.objects.filter(course=course, is_active=True)
        .select_related("person")
        .prefetch_related(Prefetch("person__group_memberships", groups, to_attr="here"))
        .order_by(last, "person__name", "pk")
    )
