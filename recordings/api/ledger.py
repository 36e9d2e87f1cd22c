"""What became of every lesson's recording, for other systems."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ListView
from accounts.api.institutions import find_institution
from classroom.models import Lesson
from common.api.instants import InstantFilter
from recordings.clock import Span
from recordings.ledger import Times, lessons_of_ledger, times_of, with_times
from recordings.models import LedgerState
from recordings.rules import may_fetch_ledger

EXAMPLE = {
    "lesson": "4c7a4b8f-1f0d-4e6c-8a3b-6f2f9e0c5d31",
    "lesson_title": "Fractions",
    "course": "2f0c8a0e-5c0e-4f0e-9a57-0d1a4e1f7b20",
    "state": "gaps",
    "expected": {"starts_at": "2026-12-01T05:00:00Z", "ends_at": "2026-12-01T05:45:00Z"},
    "inside": [{"starts_at": "2026-12-01T04:58:00Z", "ends_at": "2026-12-01T05:46:00Z"}],
    "captured": [{"starts_at": "2026-12-01T05:02:00Z", "ends_at": "2026-12-01T05:46:00Z"}],
    "published": [{"starts_at": "2026-12-01T05:02:00Z", "ends_at": "2026-12-01T05:46:00Z"}],
    "gaps": [{"starts_at": "2026-12-01T04:58:00Z", "ends_at": "2026-12-01T05:02:00Z", "cause": "late_start"}],
    "missing_minutes": 4.0,
}
SHOWN = OpenApiExample("A lesson with a gap", EXAMPLE, response_only=True)


class StretchShape(serializers.Serializer[object]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class GapShape(StretchShape):
    cause = serializers.CharField(
        help_text="A stable word: recorder_died, late_start, no_recorder, …; of a lesson that failed, also its reason."
    )


class LedgerShape(serializers.Serializer[Lesson]):
    lesson = serializers.UUIDField(source="pk")
    lesson_title = serializers.CharField(source="title")
    course = serializers.UUIDField(source="course_id")
    state = serializers.ChoiceField(LedgerState.choices, source="ledger")
    expected = serializers.SerializerMethodField()
    inside = serializers.SerializerMethodField()
    captured = serializers.SerializerMethodField()
    published = serializers.SerializerMethodField()
    gaps = serializers.SerializerMethodField()
    missing_minutes = serializers.SerializerMethodField()

    @extend_schema_field(StretchShape)
    def get_expected(self, lesson: Lesson) -> Any:
        return _shown(self._times(lesson).expected)

    @extend_schema_field(StretchShape(many=True))
    def get_inside(self, lesson: Lesson) -> Any:
        return [_shown(span) for span in self._times(lesson).inside]

    @extend_schema_field(StretchShape(many=True))
    def get_captured(self, lesson: Lesson) -> Any:
        return [_shown(span) for span in self._times(lesson).captured]

    @extend_schema_field(StretchShape(many=True))
    def get_published(self, lesson: Lesson) -> Any:
        return [_shown(span) for span in self._times(lesson).published]

    @extend_schema_field(GapShape(many=True))
    def get_gaps(self, lesson: Lesson) -> Any:
        return [_shown(gap.span) | {"cause": gap.cause} for gap in self._times(lesson).gaps]

    def get_missing_minutes(self, lesson: Lesson) -> float:
        return self._times(lesson).missing_minutes

    def _times(self, lesson: Lesson) -> Times:
        return times_of(lesson, now=timezone.now())


def _shown(span: Span) -> dict[str, str]:
    """As every instant of the API, to the second."""
    moments = (datetime.fromtimestamp(at, tz=UTC) for at in (span.starts_at, span.ends_at))
    starts_at, ends_at = (f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in moments)
    return {"starts_at": starts_at, "ends_at": ends_at}


class LedgerFilter(filters.FilterSet):  # type: ignore[misc]
    state = filters.ChoiceFilter(field_name="ledger", choices=LedgerState.choices)
    course = filters.UUIDFilter(field_name="course_id")
    from_ = InstantFilter(field_name="starts_at", lookup_expr="gte", label="Begins at or after")
    to = InstantFilter(field_name="starts_at", lookup_expr="lt", label="Begins before")

    class Meta:
        model = Lesson
        fields: ClassVar[list[str]] = []

    @classmethod
    def get_filters(cls) -> Any:
        return {name.rstrip("_"): each for name, each in super().get_filters().items()}


class RecordingLedger(ListView):
    scopes: ClassVar[dict[str, str]] = {"GET": "recordings:read"}
    queryset = Lesson.objects.none()
    filterset_class = LedgerFilter
    ordering = ("starts_at", "pk")

    @extend_schema(
        operation_id="list_recording_ledger",
        tags=["recordings"],
        summary="Every lesson of an institution and what became of its recording",
        description="Each lesson is in exactly one state: what was planned, who was inside, recorded and published, and which minutes are missing.",
        responses=LedgerShape(many=True),
        examples=[SHOWN],
    )
    def get(self, request: Request, institution_id: UUID) -> Response:
        institution = find_institution(self.caller, institution_id)
        if not may_fetch_ledger(self.caller, institution):
            raise PermissionDenied
        return self.list_rows(with_times(lessons_of_ledger(institution, now=timezone.now())), LedgerShape)
