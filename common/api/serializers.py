"""What comes in is named in full, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import empty

from common.lines import clean_line


class LineField(serializers.CharField):
    """A name or a title: marks that turn or hide text are taken out, and nothing but such is blank."""

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation(clean_line(data) if isinstance(data, str) else data)


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses names that it does not know: a typo in a field must not pass for "not given"."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                error = ErrorDetail("This field is not known.", code="unknown_field")
                raise serializers.ValidationError({name: [error] for name in unknown})
        return super().to_internal_value(data)


class EmptySerializer(StrictSerializer):
    """For verbs that need no words."""
