"""Which commands were carried out already: the same one again has no second effect."""

from __future__ import annotations

from django.db import models


class CarriedOut(models.Model):
    """`id` is made of the room, of whose command it was, and of its `ref`: nobody stands in for anybody else, and the
    row names nobody. It leads to no other row, because every link is a lock, and these are written first of all."""

    id = models.UUIDField(primary_key=True, editable=False)
    carried_out_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return str(self.pk)
