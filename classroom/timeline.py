"""The spine: what happened in a lesson. Activities write, memory reads."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from accounts.models import Person
from classroom.models import Fact, Lesson


def record(
    lesson: Lesson,
    type_: str,
    *,
    at: datetime,
    source: str,
    key: str,
    person: Person | None = None,
    data: dict[str, Any] | None = None,
) -> bool:
    """Append a fact inside the caller's transaction; False when `key` was known already."""
    fact = Fact(lesson=lesson, type=type_, at=at, source=source, key=key, person=person, data=data or {})
    before = Fact.objects.filter(lesson=lesson, key=key).exists()
    if not before:
        Fact.objects.bulk_create([fact], ignore_conflicts=True)
    return not before


def record_all(facts: Iterable[Fact]) -> None:
    """The same for many at once, by one question to the database."""
    Fact.objects.bulk_create(facts, ignore_conflicts=True)


def facts_of(lesson: Lesson, types: Iterable[str]) -> QuerySet[Fact]:
    """Facts of these types in the order they happened."""
    return Fact.objects.filter(lesson=lesson, type__in=list(types)).order_by("at", "pk")
