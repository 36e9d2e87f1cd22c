"""What is in a database, told in a way that two of them can be compared by."""

from __future__ import annotations

from datetime import datetime

from psycopg import Connection, sql

from accounts.models import AuditEvent
from classroom.models import Fact, Lesson
from housekeeping.backups.manifest import Survey
from recordings.models import Recording

# Table and the column that says which rows are the newest.
NEWEST = {Lesson: "starts_at", Recording: "state_at", Fact: "at", AuditEvent: "at"}
HOW_MANY = 1000
HEARD = (Fact, "recorded_at"), (AuditEvent, "at")
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
COUNT = "(SELECT count(*) FROM {table})"
FINGERPRINT = """
    SELECT encode(sha256(convert_to(coalesce(string_agg(line, E'\\n' ORDER BY line), ''), 'UTF8')), 'hex')
    FROM (SELECT to_jsonb(t)::text AS line FROM {table} t ORDER BY {column} DESC, id DESC LIMIT {limit}) newest
"""
LAST = "SELECT max({column}) FROM {table}"


def tables_of(connection: Connection) -> list[str]:
    return [name for (name,) in connection.execute(TABLES)]


def survey(connection: Connection) -> Survey:
    """Ours in `public`, as this transaction sees them."""
    return Survey(
        rows=_count(connection, tables_of(connection)),
        newest={
            model._meta.db_table: _print_of(connection, model, column) for model, column in NEWEST.items()
        },
        heard_at=max(
            filter(None, (_last(connection, model, column) for model, column in HEARD)), default=None
        ),
    )


def migrations_of(connection: Connection) -> list[str]:
    found = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
    return [name for (name,) in found]


def _count(connection: Connection, tables: list[str]) -> dict[str, int]:
    counts = (sql.SQL(COUNT).format(table=sql.Identifier(table)) for table in tables)
    found = connection.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(counts))).fetchone()
    return dict(zip(tables, found or (), strict=True))


def _print_of(connection: Connection, model: type, column: str) -> str:
    query = sql.SQL(FINGERPRINT).format(**_names(model, column), limit=sql.Literal(HOW_MANY))
    [found] = connection.execute(query).fetchone() or ("",)
    return str(found)


def _last(connection: Connection, model: type, column: str) -> datetime | None:
    row = connection.execute(sql.SQL(LAST).format(**_names(model, column))).fetchone()
    found: datetime | None = row[0] if row else None
    return found


def _names(model: type, column: str) -> dict[str, sql.Identifier]:
    return {"table": sql.Identifier(model._meta.db_table), "column": sql.Identifier(column)}  # type: ignore[attr-defined]
