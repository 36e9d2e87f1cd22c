"""Tables are emptied after a test that committed, with as little work as its rows need.

Django truncates every table there is, with each of its indexes a new file, and then writes down anew what content
types and permissions there are, which nothing of ours ever reads: a third of a second of one processor a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.auth.management import create_permissions
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate

# The locks are those of TRUNCATE: what a server has under way ends first. Foreign keys are judged at the end.
# They are taken one after the other, and whoever reads two tables may have the second one first: if PostgreSQL then
# ends our wait, and not theirs, all of them are let go, and asked for again.
EMPTY = """
DO $$
BEGIN
  LOOP
    BEGIN
      LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE;
      EXIT;
    EXCEPTION WHEN deadlock_detected THEN
    END;
  END LOOP;
  {deletions}
END $$
"""
DELETION = "IF EXISTS (SELECT FROM {table}) THEN {empty} {table}; END IF;"
# No row of it may be deleted, and none of another table points at one.
APPENDED_TO = {'"accounts_auditevent"'}


class QuickOperations(DatabaseOperations):
    """On a connection that stays. Django closes that of a test after the test, and PostgreSQL plans for each new one how
    to judge hundreds of foreign keys: half of all that emptying cost."""

    def __init__(self, of: BaseDatabaseWrapper) -> None:
        super().__init__(of)
        self._lasting = of.copy()

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        quoted = [self.quote_name(table) for table in tables]
        if not quoted or reset_sequences or allow_cascade:
            return super().sql_flush(
                style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
            )
        deletions = (
            DELETION.format(table=table, empty="TRUNCATE" if table in APPENDED_TO else "DELETE FROM")
            for table in quoted
        )
        return [EMPTY.format(tables=", ".join(quoted), deletions="\n  ".join(deletions))]

    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """All or nothing: statements that are sent together are one transaction."""
        with self._lasting.cursor() as cursor:
            cursor.execute(";\n".join(sql_list))


def empty_quickly() -> None:
    """From now on, in this process. The connection is that to the database of the tests by now."""
    connection.ops = QuickOperations(connection)
    post_migrate.disconnect(create_contenttypes)
    post_migrate.disconnect(
        create_permissions, dispatch_uid="django.contrib.auth.management.create_permissions"
    )
