"""What is held, what is due, and who may be erased."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Institution, Membership, Person, Role
from accounts.queries import containing
from classroom.models import ChatMessage, Fact, GuestLink, Knock, KnockState, Lesson, LessonStatus, Presence
from housekeeping.models import OPEN, DataRequest, Hold, Kind
from housekeeping.retention import Kept
from recordings.models import AT_REST, CAPTURING, IN_PIPELINE, Recording, RecordingState


def active_holds(institution: Institution) -> QuerySet[Hold]:
    return Hold.objects.filter(institution=institution, released_at__isnull=True)


def held_lessons(institution: Institution) -> QuerySet[Lesson]:
    """Lessons under a hold of their own, or with somebody inside who is under one."""
    active = active_holds(institution)
    lessons = active.filter(lesson__isnull=False).values("lesson")
    people = active.filter(person__isnull=False).values("person")
    attended = Presence.objects.filter(person__in=people, room__lesson__institution=institution)
    return Lesson.objects.filter(
        Q(pk__in=lessons) | Q(pk__in=attended.values("room__lesson")), institution=institution
    )


def is_held(person: Person, institution: Institution) -> bool:
    """By a hold on the person, or on a lesson that they were in: what is evidence there is theirs too."""
    if active_holds(institution).filter(person=person).exists():
        return True
    attended = Presence.objects.filter(person=person).values("room__lesson")
    return active_holds(institution).filter(lesson__in=attended).exists()


def recordings_until(institution: Institution, moment: datetime) -> QuerySet[Recording, Any]:
    """Recordings at rest of lessons that ended by then, with `over_at` and `is_held`, the oldest first."""
    held = held_lessons(institution).filter(pk=OuterRef("lesson"))
    over = Recording.objects.filter(lesson__institution=institution, state__in=AT_REST).annotate(
        over_at=Coalesce("lesson__ended_at", "lesson__ends_at"), is_held=Exists(held)
    )
    return (
        over.filter(over_at__lte=moment)
        .select_related("lesson__course", "lesson__institution")
        .order_by("over_at", "pk")
    )


def kept_recordings(institution: Institution, until: datetime) -> list[Kept]:
    rows: Any = recordings_until(institution, until).values_list("pk", "over_at", "is_held")  # type: ignore[misc]
    return [Kept(str(pk), over_at, held) for pk, over_at, held in rows]


def kept_originals(institution: Institution, until: datetime) -> list[Kept]:
    """Published recordings of which the recorders' folders are still there."""
    rows: Any = recordings_until(institution, until).filter(
        state=RecordingState.PUBLISHED, originals_gone_at__isnull=True
    )
    return [Kept(str(pk), at, held) for pk, at, held in rows.values_list("pk", "over_at", "is_held")]


def kept_facts(institution: Institution, until: datetime) -> list[Kept]:
    """Lessons that ended by then and still have presences or facts; not those whose recording needs them."""
    busy = Recording.objects.filter(lesson=OuterRef("pk"), state__in=(*CAPTURING, *IN_PIPELINE))
    full = Exists(Presence.objects.filter(room__lesson=OuterRef("pk"))) | Exists(
        Fact.objects.filter(lesson=OuterRef("pk"), person__isnull=False)
    )
    wrote = ChatMessage.objects.filter(room__lesson=OuterRef("pk"), concerns__isnull=True)
    held = held_lessons(institution).filter(pk=OuterRef("pk"))
    lessons = Lesson.objects.filter(full | Exists(wrote), ~Exists(busy), institution=institution)
    rows = lessons.filter(ended_at__isnull=False, ended_at__lte=until).annotate(is_held=Exists(held))
    return [Kept(str(pk), at, held) for pk, at, held in rows.values_list("pk", F("ended_at"), "is_held")]


def is_sole_head(person: Person, institution: Institution) -> bool:
    heads = Membership.objects.filter(institution=institution, role=Role.HEAD, is_active=True)
    return heads.filter(person=person).exists() and not heads.exclude(person=person).exists()


def people_of(institution: Institution, query: str = "") -> QuerySet[Person]:
    """Everybody who ever had a role here, by name; `query` is a part of a name or an address."""
    people = (
        Person.objects.listed().filter(memberships__institution=institution).distinct().order_by("name", "pk")
    )
    return people.filter(containing(query)) if query else people


def guests_of(institution: Institution) -> QuerySet[Person]:
    """Guests who were let in to a lesson of this school; an admission is all that binds them to it."""
    let_in = Knock.objects.filter(lesson__institution=institution, person__is_guest=True)
    return Person.objects.filter(pk__in=let_in.values("person"))


def subjects_of(institution: Institution, query: str = "") -> QuerySet[Person]:
    """About whose data this school can be asked: `people_of` and its guests."""
    named = containing(query) if query else Q()
    here = Membership.objects.filter(institution=institution).values("person")
    both = Q(pk__in=here, is_guest=False) | Q(pk__in=guests_of(institution).values("pk"))
    return Person.objects.filter(both & named).order_by("name", "pk")


def guests_due(institution: Institution, until: datetime) -> QuerySet[Person]:
    """Guests whose lesson was over by then, and whom nothing holds."""
    over = Q(lesson__ended_at__lte=until) | Q(lesson__ended_at__isnull=True, lesson__ends_at__lte=until)
    ours = Knock.objects.filter(over, lesson__institution=institution, person__is_guest=True)
    due = ours.exclude(lesson__in=held_lessons(institution))
    held = active_holds(institution).filter(person__isnull=False).values("person")
    return Person.objects.filter(pk__in=due.values("person")).exclude(pk__in=held).order_by("pk")


def closed_knocks(institution: Institution, until: datetime) -> QuerySet[Knock]:
    """Decided by then, and nobody's admission: a name at a door that did not open, or a member's."""
    over = Knock.objects.filter(lesson__institution=institution, asked_at__lte=until)
    return (
        over.exclude(state=KnockState.WAITING)
        .exclude(person__is_guest=True)
        .exclude(state=KnockState.ADMITTED, lesson__status__in=(LessonStatus.SCHEDULED, LessonStatus.LIVE))
        .exclude(lesson__in=held_lessons(institution))
    )


def links_due(institution: Institution, until: datetime) -> QuerySet[GuestLink]:
    """Links whose lesson was over by then and behind which nobody is written down any more."""
    links = GuestLink.objects.filter(lesson__institution=institution, lesson__ends_at__lte=until)
    return links.filter(knocks__isnull=True).exclude(lesson__in=held_lessons(institution))


def requests_of(institution: Institution) -> QuerySet[DataRequest]:
    """Open ones first, the nearest deadline on top."""
    rows = DataRequest.objects.filter(institution=institution).select_related("person", "requested_by")
    return rows.annotate(is_open_row=Q(state__in=OPEN)).order_by("-is_open_row", "-requested_at", "pk")


def exports_of(person: Person) -> QuerySet[DataRequest]:
    mine = DataRequest.objects.filter(person=person, kind=Kind.EXPORT).select_related("institution")
    return mine.order_by("-requested_at", "pk")


def belongs_elsewhere(person: Person, institution_id: UUID) -> bool:
    if person.is_platform_admin:
        return True
    return Membership.objects.filter(person=person).exclude(institution=institution_id).exists()
