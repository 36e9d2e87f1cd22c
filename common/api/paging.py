"""Cursor pages: the next page begins after the last row seen, however many came or went meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from common.api.problems import QueryInvalid

LARGEST_PAGE = 100
DEFAULT_PAGE = 50
SALT = "api.cursor"
PARAMETERS = frozenset({"cursor", "page_size"})


class KeysetPagination(BasePagination):
    """Pages of a view's `ordering`, whose last field is unique; one with a minus goes down. Cursors are signed: nobody
    forges values."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.ordering = request, tuple(view.ordering)
        size, mark = page_size_of(request), self._mark()
        backwards = mark is not None and mark["back"]
        rows = list(self._seek(queryset, mark)[: size + 1])
        more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self.has_next, self.has_previous = (
            (bool(rows), more) if backwards else (more, bool(mark) and bool(rows))
        )
        self.rows = rows
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        following = self._address(self.rows[-1], back=False) if self.has_next else None
        before = self._address(self.rows[0], back=True) if self.has_previous else None
        return Response({"next": following, "previous": before, "results": data})

    def _mark(self) -> dict[str, Any] | None:
        text = self.request.query_params.get("cursor")
        if text is None:
            return None
        try:
            mark: dict[str, Any] = signing.loads(text, salt=self._salt)
        except signing.BadSignature as error:
            raise QueryInvalid({"cursor": ["This is no cursor of this list."]}) from error
        return mark

    @property
    def _salt(self) -> str:
        return f"{SALT}.{self.request.path}.{','.join(self.ordering)}"

    def _seek(self, queryset: QuerySet[Any], mark: dict[str, Any] | None) -> QuerySet[Any]:
        if mark is None:
            return queryset.order_by(*self.ordering)
        order = [_turned(name) for name in self.ordering] if mark["back"] else self.ordering
        return queryset.filter(self._beyond(mark)).order_by(*order)

    def _beyond(self, mark: dict[str, Any]) -> Q:
        """(a, b) > (x, y) as: a > x, or a = x and b > y."""
        beyond, equal = Q(), Q()
        for field, value in zip(self.ordering, mark["at"], strict=True):
            name = field.removeprefix("-")
            word = "lt" if mark["back"] != field.startswith("-") else "gt"
            beyond |= equal & Q(**{f"{name}__{word}": value})
            equal &= Q(**{name: value})
        return beyond

    def _address(self, row: Model, *, back: bool) -> str:
        at = [_text(_value(row, name.removeprefix("-"))) for name in self.ordering]
        cursor = signing.dumps({"at": at, "back": back}, salt=self._salt)
        return replace_query_param(f"{settings.PUBLIC_URL}{self.request.get_full_path()}", "cursor", cursor)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri", "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_PAGE}
        cursor = "Take it from `next` or `previous`; it fits this list only."
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": cursor,
                "schema": {"type": "string"},
            },
            {"name": "page_size", "in": "query", "required": False, "schema": size},
        ]


def page_size_of(request: Request) -> int:
    text = request.query_params.get("page_size", str(DEFAULT_PAGE))
    if text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= LARGEST_PAGE:
        return int(text)
    raise QueryInvalid({"page_size": [f"From 1 to {LARGEST_PAGE}."]})


def _turned(field: str) -> str:
    return field.removeprefix("-") if field.startswith("-") else f"-{field}"


def _value(row: Any, name: str) -> Any:
    for step in name.split("__"):
        row = getattr(row, step)
    return row


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
