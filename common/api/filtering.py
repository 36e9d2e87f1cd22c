"""Filters in the query: known by name, or refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from common.api.parsing import check_text
from common.api.problems import QueryInvalid


class StrictFilterBackend(filters.DjangoFilterBackend):  # type: ignore[misc]
    """A value that cannot be read is a problem that names its parameter."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        try:
            found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        except ValidationError as error:
            raise QueryInvalid(error.detail) from error
        return found


def check_query(request: Request, known: Iterable[str]) -> None:
    """Every parameter is known, stands once, and holds text that PostgreSQL can keep."""
    allowed = set(known)
    for name, values in request.query_params.lists():
        check_text(name)
        if name not in allowed:
            raise QueryInvalid({name: [ErrorDetail("This parameter is not known.", code="unknown")]})
        if len(values) > 1:
            raise QueryInvalid({name: [ErrorDetail("This parameter stands twice.", code="twice")]})
        check_text(values[0])
