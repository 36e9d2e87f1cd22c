"""Instants as they come in: with their offset, and inside of what PostgreSQL and every time zone can hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

FIRST_YEAR, LAST_YEAR = 2000, 2100
SENTENCE = f"Between the years {FIRST_YEAR} and {LAST_YEAR}."


class InstantField(serializers.DateTimeField):
    """A time without an offset would be somebody's guess."""

    def to_internal_value(self, value: Any) -> datetime:
        at: datetime = super().to_internal_value(value)
        clock = str(value)[10:]
        if not (clock.endswith(("Z", "z")) or "+" in clock or "-" in clock):
            sentence = "Name the offset, e.g. 2026-12-01T08:00:00+03:00 or …Z."
            raise serializers.ValidationError([ErrorDetail(sentence, code="no_offset")])
        # At the ends of the calendar a subtraction of minutes overflows, on every page that shows the instant.
        if not _is_near(at):
            raise serializers.ValidationError([ErrorDetail(SENTENCE, code="out_of_range")])
        return at


class _InstantFormField(IsoDateTimeField):  # type: ignore[misc]
    def to_python(self, value: Any) -> datetime | None:
        try:
            at: datetime | None = super().to_python(value)
            # PostgreSQL knows no offset beyond 16 hours, which ISO 8601 does.
            at = at.astimezone(UTC) if at else None
        except OverflowError as error:
            raise forms.ValidationError(SENTENCE, code="out_of_range") from error
        if at and not _is_near(at):
            raise forms.ValidationError(SENTENCE, code="out_of_range")
        return at


class InstantFilter(filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = _InstantFormField


def _is_near(at: datetime) -> bool:
    return FIRST_YEAR <= at.year <= LAST_YEAR
