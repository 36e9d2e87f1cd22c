"""The audit log is a chain that nobody can bend unseen."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.actions import find_broken_seal, record_audit
from accounts.models import AuditEvent
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def write(cast: Cast, acts: int = 3) -> list[AuditEvent]:
    return [
        record_audit("person.suspended", institution=cast.school, by=cast.head, target=f"person:{number}")
        for number in range(acts)
    ]


def test_lines_are_numbered_and_the_chain_is_whole(cast: Cast) -> None:
    first = AuditEvent.objects.filter(institution=cast.school).count()
    assert [event.seq for event in write(cast)] == [first + 1, first + 2, first + 3]
    assert find_broken_seal(cast.school) is None


def test_each_institution_has_a_chain_of_its_own_and_so_has_the_platform(cast: Cast) -> None:
    write(cast)
    alone = record_audit("institution.created", institution=None, by=None, target="institution:1")
    assert alone.seq == AuditEvent.objects.filter(institution=None).count()
    assert find_broken_seal(None) is None


@pytest.mark.parametrize(
    "statement", ["UPDATE accounts_auditevent SET act = 'x'", "DELETE FROM accounts_auditevent"]
)
def test_postgresql_refuses_to_bend_a_line(cast: Cast, statement: str) -> None:
    write(cast)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    "bend", ["SET act = 'person.praised' WHERE seq = %s", "SET seq = seq + 1000 WHERE seq = %s"]
)
def test_a_line_bent_behind_our_back_is_named(cast: Cast, bend: str) -> None:
    second = write(cast)[1]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_is_append_only")
        cursor.execute(f"UPDATE accounts_auditevent {bend}", [second.seq])
    assert find_broken_seal(cast.school) == second.seq


@pytest.mark.django_db(transaction=True)
def test_a_line_outside_its_acts_transaction_is_refused(cast: Cast) -> None:
    with pytest.raises(RuntimeError):
        record_audit("person.suspended", institution=cast.school, by=cast.head, target="person:1")


@pytest.mark.django_db(transaction=True)
def test_acts_of_the_same_moment_stand_one_behind_the_other(cast: Cast) -> None:
    """None of them fails because another one was first: each waits in line."""
    before = AuditEvent.objects.filter(institution=cast.school).count()

    def act(number: int) -> None:
        try:
            for _ in range(5):
                with transaction.atomic():
                    record_audit(
                        "person.removed", institution=cast.school, by=None, target=f"person:{number}"
                    )
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(act, range(4)))
    assert AuditEvent.objects.filter(institution=cast.school).count() == before + 20
    assert find_broken_seal(cast.school) is None
