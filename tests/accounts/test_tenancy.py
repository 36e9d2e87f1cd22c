"""The net is drawn over a database in which schools live already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader

from accounts.models import Acquaintance, Membership, Person
from classroom.models import Course, Enrolment, Lesson
from tests.architecture.rows import School, change, institutions_in, tenants

pytestmark = pytest.mark.django_db(transaction=True)


def before_the_net() -> str:
    """The last migration of accounts that knows nothing of it; what builds on the net goes with it."""
    graph = MigrationLoader(connection).graph
    drawn = next(key for key in graph.nodes if key[0] == "accounts" and key[1].endswith("_tenancy"))
    return next(str(name) for app, name in graph.node_map[drawn].parents if app == "accounts")


@pytest.fixture
def schools() -> list[School]:
    """Two schools with a row in every table; who is enrolled has left since."""
    both = [School(), School()]
    for school in both:
        for model in tenants():
            school.one(model)
        assert Enrolment.objects.filter(person=school.one(Person)).exists()
    Membership.objects.all().delete()
    return both


@pytest.fixture
def undrawn(schools: list[School]) -> Iterator[dict[Any, Any]]:
    """The database as it was before, with what the rows bore; drawn again whatever happens."""
    bore = {model: institutions_in(model) for model in tenants()}
    call_command("migrate", "accounts", before_the_net(), verbosity=0)
    # Tables younger than the net go with it, and their rows.
    left = {*connection.introspection.table_names(), Acquaintance._meta.db_table}
    yield {model: rows for model, rows in bore.items() if model._meta.db_table in left}
    call_command("migrate", verbosity=0)


def test_rows_of_before_get_their_institution_and_a_link_across_stops_it(
    undrawn: dict[Any, Any], schools: list[School]
) -> None:
    here, there = schools
    change(Lesson, here.one(Lesson), "course_id", there.one(Course))
    try:
        with pytest.raises(IntegrityError, match="classroom_lesson_course_id_of_institution"):
            call_command("migrate", verbosity=0)
    finally:
        change(Lesson, here.one(Lesson), "course_id", here.one(Course))
    call_command("migrate", verbosity=0)
    former = undrawn.pop(Acquaintance)
    assert {model: institutions_in(model) for model in undrawn} == undrawn
    assert sorted(institutions_in(Acquaintance).values()) == sorted(former.values())
