"""Which steps of a migration the version before would not survive: it runs on while the tables change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field, ManyToManyField

TAKEN_AWAY: tuple[type[Operation], ...] = (
    operations.RemoveField,
    operations.RenameField,
    operations.RenameModel,
    operations.DeleteModel,
    operations.AlterModelTable,
)
# In the SQL that somebody wrote by hand: the table that something is taken away from.
BY_HAND = re.compile(
    r"""ALTER\s+TABLE\s+(?:ONLY\s+|IF\s+EXISTS\s+)*"?(\w+)[^;]*?\b(?:SET\s+NOT\s+NULL|DROP\s+COLUMN|RENAME)"""
    r"""|DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?"?(\w+)""",
    re.IGNORECASE,
)


def breaking(migration: Migration, before: ProjectState) -> list[str]:
    """A sentence for each; `before` is the state that the migration begins with, and is left as it was."""
    state, found = before.clone(), []
    made: set[str] = set()
    for step in migration.operations:
        found += [f"{migration}: {why}" for why in _judge(step, migration.app_label, state, made)]
        step.state_forwards(migration.app_label, state)
        made |= {step.name_lower} if isinstance(step, operations.CreateModel) else set()
    return found


def _judge(step: Operation, app: str, state: ProjectState, made: set[str]) -> Iterator[str]:
    """What happens to a table that this very migration makes, nobody knows yet."""
    told = step.describe()
    if _table_of(step) in made:
        return
    if isinstance(step, operations.SeparateDatabaseAndState):
        yield from _within(step.database_operations, app, state, made)
    elif isinstance(step, TAKEN_AWAY):
        yield f"{told}: the version before still uses it"
    elif isinstance(step, operations.AddField) and _must_be_given(step.field):
        yield f"{told}: the version before writes rows without it; give it null=True or a db_default"
    elif isinstance(step, operations.AlterField):
        old = state.models[app, step.model_name_lower].fields[step.name_lower]
        if why := _narrower(old, step.field):
            yield f"{told}: {why}"
    elif isinstance(step, operations.RunSQL):
        touched = {one or other for one, other in BY_HAND.findall(str(step.sql))}
        for table in sorted(touched - {f"{app}_{name}" for name in made}):
            yield f"{told}: the version before still uses what this SQL takes from {table}"


def _within(steps: Iterable[Operation], app: str, state: ProjectState, made: set[str]) -> Iterator[str]:
    after = state.clone()
    for step in steps:
        yield from _judge(step, app, after, made)
        step.state_forwards(app, after)


def _table_of(step: Operation) -> str:
    is_of_field = isinstance(step, operations.AddField | operations.AlterField | operations.RemoveField)
    return step.model_name_lower if is_of_field else ""  # type: ignore[attr-defined]


def _must_be_given(field: Field[Any, Any]) -> bool:
    """Django takes its own `default` out of the table again: only a `db_default` stays there."""
    has_column = not isinstance(field, ManyToManyField)
    return has_column and not field.null and field.db_default is NOT_PROVIDED


def _narrower(old: Field[Any, Any], new: Field[Any, Any]) -> str:
    if old.null and not new.null and new.db_default is NOT_PROVIDED:
        return "the version before leaves it empty"
    if old.get_internal_type() != new.get_internal_type():
        return "the version before reads and writes another type"
    lengths = (getattr(one, "max_length", None) or 0 for one in (old, new))
    before, after = lengths
    return "the version before writes longer texts" if 0 < after < before else ""
