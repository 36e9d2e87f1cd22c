"""Rows of one school, written by hand: no action, no rule and no `save` has a say in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

from django.apps import apps
from django.db import connection, models
from django.db.models import ForeignKey, Model, OneToOneField
from psycopg import sql

from accounts.models import Acquaintance, Institution, Person
from classroom.models import Knock
from housekeeping.models import Hold

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
# Of these links one must be there, and not more.
EITHER: dict[Any, tuple[str, ...]] = {Hold: ("lesson", "person"), Knock: ("person", "link")}
Table = type[Model]
Link = ForeignKey[Any, Any]


def links_of(model: Table) -> list[Link]:
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)]


def tenants() -> list[Table]:
    """Every table below an institution: a chain of foreign keys leads from it there."""
    everything = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    found: set[Table] = {Institution}
    while more := {one for one in everything if _parents(one) & found} - found:
        found |= more
    return [model for model in everything if model in found - {Institution}]


def _parents(model: Table) -> set[Any]:
    return {link.related_model for link in links_of(model)}


def links_within() -> Iterator[Link]:
    """Foreign keys from a table below an institution to another one, or to a person.

    Not an acquaintance's own: that is what the others are held by.
    """
    below = {*tenants(), Person}
    for model in (one for one in tenants() if one is not Acquaintance):
        yield from (link for link in links_of(model) if link.related_model in below)


class School:
    """`one` makes a row of a model and whatever it hangs on, once; `another` makes one more."""

    def __init__(self) -> None:
        self._made: dict[Any, Any] = {}

    def one(self, model: Any) -> Any:
        return self._made[model] if model in self._made else self.another(model)

    def another(self, model: Any) -> Any:
        """The key of a new row."""
        if model is Acquaintance:  # each person comes with theirs
            self.another(Person)
            return self._made[Acquaintance]
        made = insert(model, self.row(model))
        self._made.setdefault(model, made)
        if model is Person:
            known = {"institution_id": self.one(Institution), "person_id": made}
            self._made[Acquaintance] = insert(Acquaintance, known)
        return made

    def one_with(self, link: Link) -> Any:
        """A row in which `link` may stand."""
        if link.name not in EITHER.get(link.model, ()):
            return self.one(link.model)
        others = {f"{name}_id": None for name in EITHER[link.model]}
        row = {**self.row(link.model), **others, link.column: self.one(link.related_model)}
        return insert(link.model, row)

    def row(self, model: Table) -> dict[str, Any]:
        """What could be inserted."""
        return {field.column: self._value(field, at) for at, field in enumerate(_fields(model))}

    def _value(self, field: Any, at: int) -> Any:
        if isinstance(field, ForeignKey):
            wanted = ("institution", *EITHER.get(field.model, ())[:1])
            if field.null and field.name not in wanted:
                return None
            is_alone = isinstance(field, OneToOneField) or _is_unique(field)
            return self.another(field.related_model) if is_alone else self.one(field.related_model)
        if field.null:
            return None
        return field.get_db_prep_save(_plain_value(field, at), connection)


def _is_unique(field: Any) -> bool:
    """Whether at most one row, of some state perhaps, leads to the same other one, or to the same others of which this
    is the last."""
    unique = [getattr(one, "fields", ()) for one in field.model._meta.constraints]
    return any(names[-1:] == (field.name,) and _all_keys(field.model, names) for names in unique)


def _all_keys(model: Table, names: tuple[str, ...]) -> bool:
    return all(isinstance(model._meta.get_field(name), ForeignKey) for name in names)


def _fields(model: Table) -> list[Any]:
    automatic = (models.AutoField, models.BigAutoField)
    return [field for field in model._meta.concrete_fields if not isinstance(field, automatic)]


def _is_one_a_school(field: Any) -> bool:
    """Whether a school has one row of each choice: the next row then takes the next."""
    unique = [tuple(getattr(one, "fields", ())) for one in field.model._meta.constraints]
    return ("institution", field.name) in unique


class _Turns(dict[Any, Iterator[Any]]):
    def __missing__(self, field: Any) -> Iterator[Any]:
        self[field] = cycle(value for value, _label in field.flatchoices)
        return self[field]


_TURNS = _Turns()


def _plain_value(field: Any, at: int) -> Any:
    """Something that fits, different each time where it is words; later fields hold later instants."""
    if field.choices:
        return next(_TURNS[field]) if _is_one_a_school(field) else field.flatchoices[0][0]
    match field:
        case models.DateTimeField():
            return NOON + timedelta(minutes=at)
        case models.DateField():
            return (NOON + timedelta(days=at)).date()
        case models.TimeField():
            return time(9)
        case models.UUIDField():
            return uuid4()
        case models.BooleanField():
            return False
        case models.IntegerField() | models.FloatField():
            return 1
        case models.JSONField():
            return {}
        case models.BinaryField():
            return b""
    return uuid4().hex[: field.max_length]


def key_of(model: Table) -> str:
    return str(model._meta.pk.column)


def insert(model: Table, row: dict[str, Any]) -> Any:
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
        sql.Identifier(key_of(model)),
    )
    return ask(statement, list(row.values()))[0][0]


def change(model: Table, key: Any, column: str, value: Any) -> None:
    statement = sql.SQL("UPDATE {} SET {} = %s WHERE {} = %s RETURNING 1").format(
        sql.Identifier(model._meta.db_table), sql.Identifier(column), sql.Identifier(key_of(model))
    )
    assert ask(statement, [value, key]) == [(1,)]


def institutions_in(model: Table) -> dict[Any, Any]:
    """Whose each row of the table is."""
    names = map(sql.Identifier, (key_of(model), "institution_id", model._meta.db_table))
    return dict(ask(sql.SQL("SELECT {}, {} FROM {}").format(*names)))


def ask(statement: Any, values: list[Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def judge() -> None:
    """What is deferred to the end of the transaction, now."""
    connection.check_constraints()
