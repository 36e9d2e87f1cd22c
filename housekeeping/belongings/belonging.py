"""What is said of a table that names a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_

from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise

from accounts.models import Institution, Person

# Columns of the copy that say which lesson a row belongs to.
OF_ROOM = {"lesson": "room__lesson__title", "lesson_starts_at": "room__lesson__starts_at"}
OF_LESSON = {"lesson": "lesson__title", "lesson_starts_at": "lesson__starts_at"}


class Fate(StrEnum):
    """What an erasure does: the rows go, or they stay under nobody's name because others need them."""

    GOES = "goes"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of `model` that name a person in `fields`; `institution` leads from a row to whose it is.

    `columns` (name in the copy → lookup) are what the person gets; none for rows that only name
    them as somebody who did something for the institution.
    """

    name: str
    label: str | Promise
    model: type[Model]
    fields: tuple[str, ...]
    institution: str
    fate: Fate
    columns: Mapping[str, str]

    def rows(self, person: Person, institution: Institution) -> QuerySet[Model]:
        mine = reduce(or_, (Q(**{field: person}) for field in self.fields))
        return self.model._default_manager.filter(mine, **{self.institution: institution})


def same(*names: str) -> dict[str, str]:
    """Columns that bear the names of their fields."""
    return {name: name for name in names}
