"""What can be done with the days on which a school is closed."""

from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from accounts.actions import record_audit
from accounts.models import Institution, Person
from classroom import signals
from classroom.models import Holiday, Lesson, LessonStatus
from classroom.timetable import lessons_on_holiday
from common.refusals import Refused

LONGEST_HOLIDAY_DAYS = 366


@transaction.atomic
def add_holiday(
    *,
    institution: Institution,
    name: str,
    first_on: date,
    last_on: date,
    by: Person,
    key: UUID | None = None,
) -> Holiday:
    """Lessons that are on these days already stay until `cancel_lessons_on_holiday`. The same `key` is the same one."""
    _check_days(first_on, last_on)
    holiday, is_new = Holiday.objects.get_or_create(
        pk=key or uuid4(),
        defaults={"institution": institution, "name": name, "first_on": first_on, "last_on": last_on},
    )
    if holiday.institution_id != institution.pk:
        raise Refused("key_taken")
    if is_new:
        record_audit("holiday.added", institution=institution, by=by, target=f"holiday:{holiday.pk}")
    return holiday


@transaction.atomic
def change_holiday(*, holiday: Holiday, name: str, first_on: date, last_on: date, by: Person) -> bool:
    """False when it was so already."""
    _check_days(first_on, last_on)
    if (holiday.name, holiday.first_on, holiday.last_on) == (name, first_on, last_on):
        return False
    holiday.name, holiday.first_on, holiday.last_on = name, first_on, last_on
    holiday.save(update_fields=["name", "first_on", "last_on"])
    record_audit("holiday.changed", institution=holiday.institution, by=by, target=f"holiday:{holiday.pk}")
    return True


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: Person) -> bool:
    """The school is open after all; lessons that were cancelled stay so. False when it was gone already."""
    removed, _ = Holiday.objects.filter(pk=holiday.pk).delete()
    if removed:
        record_audit(
            "holiday.removed", institution=holiday.institution, by=by, target=f"holiday:{holiday.pk}"
        )
    return bool(removed)


@transaction.atomic
def cancel_lessons_on_holiday(*, holiday: Holiday, by: Person, now: datetime) -> int:
    """How many lessons do not take place because of it; those that have begun stay."""
    hit = list(lessons_on_holiday(holiday).filter(starts_at__gt=now).select_for_update())
    cancelled = Lesson.objects.filter(
        pk__in=[lesson.pk for lesson in hit], status=LessonStatus.SCHEDULED
    ).update(status=LessonStatus.CANCELLED, cancelled_at=now, cancel_reason=holiday.name)
    for lesson in hit:
        signals.lesson_cancelled.send(Lesson, lesson=lesson)
    if cancelled:
        record_audit(
            "holiday.lessons_cancelled",
            institution=holiday.institution,
            by=by,
            target=f"holiday:{holiday.pk}",
            detail={"lessons": cancelled},
        )
    return cancelled


def _check_days(first_on: date, last_on: date) -> None:
    if last_on < first_on:
        raise Refused("ends_before_start")
    if (last_on - first_on).days >= LONGEST_HOLIDAY_DAYS:
        raise Refused("too_long")
