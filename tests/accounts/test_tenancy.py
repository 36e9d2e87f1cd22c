"""The net is drawn over a database in which schools live already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.loader import MigrationLoader

from accounts.models import Acquaintance, Institution, Membership
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
        assert Enrolment.objects.filter(course__institution=school.one(Institution)).exists()
    Membership.objects.all().delete()
    return both


def acquaintances() -> set[tuple[Any, Any]]:
    return set(Acquaintance.objects.values_list("institution_id", "person_id"))


@pytest.fixture
def acquainted(schools: list[School]) -> set[tuple[Any, Any]]:
    return acquaintances()


@pytest.fixture
def undrawn(acquainted: set[tuple[Any, Any]]) -> Iterator[dict[Any, Any]]:
    """The database as it was before, with what the rows bore; drawn again whatever happens."""
    bore = {model: institutions_in(model) for model in tenants() if model is not Acquaintance}
    call_command("migrate", "accounts", before_the_net(), verbosity=0)
    # Tables younger than the net go with it, and their rows.
    left = connection.introspection.table_names()
    yield {model: rows for model, rows in bore.items() if model._meta.db_table in left}
    call_command("migrate", verbosity=0)


@pytest.mark.deep
def test_rows_of_before_get_their_institution_and_a_link_across_stops_it(
    schools: list[School], acquainted: set[tuple[Any, Any]], undrawn: dict[Any, Any]
) -> None:
    here, there = schools
    change(Lesson, here.one(Lesson), "course_id", there.one(Course))
    try:
        with pytest.raises(IntegrityError, match="classroom_lesson_course_id_of_institution"):
            call_command("migrate", verbosity=0)
    finally:
        change(Lesson, here.one(Lesson), "course_id", here.one(Course))
    call_command("migrate", verbosity=0)
    assert {model: institutions_in(model) for model in undrawn} == undrawn
    # Of whom only younger tables spoke, nothing is left.
    enrolled = set(Enrolment.objects.values_list("course__institution_id", "person_id"))
    assert enrolled <= acquaintances() <= acquainted
