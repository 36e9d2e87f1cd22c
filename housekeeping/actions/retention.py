"""What goes because its time is over."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Institution, Person
from attendance.models import EngagementLine, Excuse, Register, RegisterEntry
from classroom.models import ChatMessage, Fact, Hand, Presence
from common.queue import enqueue_on_commit
from common.refusals import Refused
from housekeeping import queries
from housekeeping.leftovers import LEFTOVERS
from housekeeping.retention import LONGEST, SHORTEST, read_periods, what_is_due
from recordings.expiry import doom
from recordings.models import AT_REST, Recording
from recordings.originals import delete_originals, find_proven


def lock_house(institution: Institution) -> Institution:
    """Holds are set and things are doomed one after the other, so that nothing held is ever doomed."""
    return Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)


@transaction.atomic
def change_retention(
    *,
    institution: Institution,
    retention_days: int,
    facts_days: int,
    by: Person,
    originals_days: int | None = None,
) -> Institution:
    """Raises Refused("bad_days"). Without `originals_days` they stay as they are."""
    institution = lock_house(institution)
    days = {"retention_days": retention_days, "facts_days": facts_days}
    days |= {} if originals_days is None else {"originals_days": originals_days}
    if not all(SHORTEST <= wanted <= LONGEST for wanted in days.values()):
        raise Refused("bad_days")
    institution.policy = {**institution.policy, **days}
    institution.save(update_fields=["policy"])
    target = f"institution:{institution.pk}"
    record_audit("retention.changed", institution=institution, by=by, target=target, detail=days)
    enqueue_on_commit("housekeeping.retire")
    return institution


@transaction.atomic
def doom_due(*, institution: Institution, now: datetime) -> list[Recording]:
    """Recordings whose time is over and that nobody holds; their files go afterwards."""
    institution = lock_house(institution)
    policy = read_periods(institution.policy)
    kept = queries.kept_recordings(institution, now - policy.recordings)
    due = [UUID(one.id) for one in what_is_due(kept, policy.recordings, now=now)]
    rows = Recording.objects.filter(pk__in=due, state__in=AT_REST)
    doomed = rows.select_related("lesson__institution").order_by("pk")
    return [one for one in doomed if doom(one, days=policy.retention_days, now=now)]


@transaction.atomic
def originals_due(*, institution: Institution, now: datetime) -> list[UUID]:
    """Recordings whose recorders' folders have been kept long enough beside the published video."""
    institution = lock_house(institution)
    policy = read_periods(institution.policy)
    kept = queries.kept_originals(institution, now - policy.originals)
    return [UUID(one.id) for one in what_is_due(kept, policy.originals, now=now)]


def drop_originals(recording_id: UUID | str) -> bool:
    """Delete what the recorders left of a published recording; False unless the store proves that it holds the video, and
    nobody has set a hold since it was found to be due. Raises what the store raises."""
    proven = find_proven(recording_id)  # before the house is locked: nobody waits for the store
    if proven is None:
        return False
    with transaction.atomic():
        institution = lock_house(proven.lesson.institution)
        if queries.held_lessons(institution).filter(pk=proven.lesson_id).exists():
            return False
        return delete_originals(proven)


@transaction.atomic
def forget_due(*, institution: Institution, now: datetime) -> int:
    """Presences and facts whose time is over, told in one line with their numbers; the lessons stay."""
    institution = lock_house(institution)
    policy = read_periods(institution.policy)
    kept = queries.kept_facts(institution, now - policy.facts)
    lessons = [UUID(one.id) for one in what_is_due(kept, policy.facts, now=now)]
    if not lessons:
        return 0
    presences, _ = Presence.objects.filter(room__lesson__in=lessons).delete()
    # What was written and who raised a hand goes with what they did; a concern is the school's, with its message.
    messages, _ = ChatMessage.objects.filter(room__lesson__in=lessons, concerns__isnull=True).delete()
    Hand.objects.filter(room__lesson__in=lessons).delete()
    facts, _ = Fact.objects.filter(lesson__in=lessons).delete()
    for made_of_facts in (Register, RegisterEntry, EngagementLine, Excuse):
        made_of_facts.objects.filter(lesson__in=lessons).delete()
    numbers = {
        "lessons": len(lessons),
        "presences": presences,
        "facts": facts,
        "messages": messages,
        "days": policy.facts_days,
    }
    target = f"institution:{institution.pk}"
    record_audit("facts.expired", institution=institution, by=None, target=target, detail=numbers)
    return len(lessons)


def forget_leftovers(*, now: datetime) -> dict[str, int]:
    """Rows that have served, by the name of their table; each table by itself, so that one waits for no other."""
    return {one.name: one.due(now).delete()[0] for one in LEFTOVERS}
