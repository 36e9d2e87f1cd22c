"""Rows that many tests begin with: made once by the actions, poured again for each test in one round trip.

Making the cast costs a tenth of a second of one processor, and thousands of tests begin with it. So it is made once
a process, in a transaction that is rolled back; what came into the tables meanwhile is kept as SQL, the objects as
bytes. Only for what does not depend on the hour.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import AutoField

from accounts.models import Acquaintance

# table → key of a row → the row
Rows = dict[str, dict[str, str]]


class Moulds:
    """Of one process: each is made by the first test that needs it."""

    def __init__(self) -> None:
        self._known: dict[Callable[..., Any], Mould] = {}

    def pour(self, make: Callable[..., Any], *before: Any) -> Any:
        """What `make(*before)` gives. `before` is in the tables, the same for every test."""
        if make not in self._known:
            self._known[make] = Mould(make, *before)
        return self._known[make].pour()


class Mould:
    """`pour` puts the rows in and gives what `make` gave, as fresh objects."""

    def __init__(self, make: Callable[..., Any], *before: Any) -> None:
        with transaction.atomic():
            already = read_rows()
            self._made = pickle.dumps(make(*before))
            connection.check_constraints()
            self._sql = ";\n".join(write_rows(already, read_rows()))
            transaction.set_rollback(True)

    def pour(self) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(self._sql)
        return pickle.loads(self._made)  # noqa: S301  our own bytes


def read_rows() -> Rows:
    with connection.cursor() as cursor:
        found: Rows = {}
        for model in apps.get_models(include_auto_created=True):
            table, key = model._meta.db_table, model._meta.pk.column
            cursor.execute(f'SELECT "{key}"::text, to_jsonb(t)::text FROM "{table}" t ORDER BY t.ctid')  # noqa: S608
            found[table] = dict(cursor.fetchall())
        return found


def write_rows(before: Rows, after: Rows) -> Iterable[str]:
    """A statement a table that changed; nothing is ever deleted by those who prepare a test."""
    for model in in_order():
        table, key = model._meta.db_table, model._meta.pk.column
        fresh = [row for pk, row in after[table].items() if before[table].get(pk) != row]
        if fresh:
            yield _write(table, key, [json.loads(row) for row in fresh])
        if fresh and isinstance(model._meta.pk, AutoField):
            yield _count_on(table, key, max(map(int, after[table])))


def _write(table: str, key: str, rows: list[dict[str, Any]]) -> str:
    columns = ", ".join(f'"{name}"' for name in rows[0])
    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in rows[0])
    body = json.dumps(rows).replace("'", "''")
    return (
        f'INSERT INTO "{table}" ({columns}) SELECT {columns} '  # noqa: S608  tables of ours, rows of ours
        f"FROM jsonb_populate_recordset(NULL::\"{table}\", '{body}') "
        f'ON CONFLICT ("{key}") DO UPDATE SET {changes}'
    )


def _count_on(table: str, key: str, highest: int) -> str:
    """A table that was made anew, as the test of a migration does, counts from 1 again: into the rows poured here, where
    an "insert unless it is there" would do nothing."""
    counter = f"pg_get_serial_sequence('{table}', '{key}')"
    return f"SELECT setval({counter}, GREATEST(nextval({counter}), {highest}))"


def in_order() -> list[Any]:
    """Those that are pointed at come first: not every foreign key of ours waits for the end of the transaction.

    Acquaintances, too: a trigger makes them for a membership that has none.
    """
    found: dict[Any, None] = {}

    def visit(model: Any, *above: Any) -> None:
        if model in found or model in above:
            return
        for field in model._meta.concrete_fields:
            if field.remote_field:
                visit(field.remote_field.model, model, *above)
        found[model] = None

    for model in (Acquaintance, *apps.get_models(include_auto_created=True)):
        visit(model)
    return list(found)
