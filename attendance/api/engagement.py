"""How classes took part, and students' weeks, for other systems: sums, never a single answer or message."""

from __future__ import annotations

from statistics import mean
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView, ListView
from attendance.api.registers import find_lesson
from attendance.engagement import SignalKind
from attendance.models import EngagementLine, WeeklyLine
from attendance.queries import engagement_of
from attendance.rules import may_fetch_trends
from classroom.queries import courses_open_to


class SignalSum(serializers.Serializer[Any]):
    kind = serializers.ChoiceField([one.value for one in SignalKind])
    students = serializers.IntegerField(help_text="Of how many it could be seen.")
    mean = serializers.FloatField(allow_null=True, help_text="0 to 1.")


class EngagementShape(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    students = serializers.IntegerField(help_text="Of how many there is a score.")
    mean_score = serializers.FloatField(
        allow_null=True, help_text="0 to 100; each against what is usual for them."
    )
    signals = SignalSum(many=True)


SUMS = {
    "lesson": "4c7a4b8f-1f0d-4e6c-8a3b-6f2f9e0c5d31",
    "students": 27,
    "mean_score": 81.4,
    "signals": [{"kind": "presence", "students": 27, "mean": 0.93}],
}


class EngagementSums(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": "engagement:read"}

    @extend_schema(
        operation_id="read_engagement",
        tags=["registers"],
        summary="How the class took part, in sums",
        responses=EngagementShape,
        examples=[OpenApiExample("Sums", SUMS, response_only=True)],
    )
    def get(self, request: Request, lesson_id: UUID) -> Response:
        lesson = find_lesson(self.caller, lesson_id)
        return Response(EngagementShape({"lesson": lesson.pk, **_sums(list(engagement_of(lesson)))}).data)


def _sums(lines: list[EngagementLine]) -> dict[str, Any]:
    scores = [line.score for line in lines if line.score is not None]
    told = [signal for line in lines for signal in line.signals]
    return {
        "students": len(scores),
        "mean_score": round(mean(scores), 1) if scores else None,
        "signals": [_sum_of(kind, told) for kind in SignalKind if kind != SignalKind.CAMERA],
    }


def _sum_of(kind: SignalKind, told: list[dict[str, Any]]) -> dict[str, Any]:
    values = [signal["value"] for signal in told if signal["kind"] == kind and signal["value"] is not None]
    return {"kind": kind, "students": len(values), "mean": round(mean(values), 3) if values else None}


class WeekShape(serializers.ModelSerializer[WeeklyLine]):
    person = serializers.UUIDField(source="person_id")

    class Meta:
        model = WeeklyLine
        fields = (
            *("person", "week_on", "lessons", "present", "late", "left_early", "absent", "excused"),
            *("seconds", "active_seconds", "score", "answer_ms", "answers"),
        )


WEEK = {
    "person": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11",
    "week_on": "2026-11-30",
    "lessons": 3,
    "present": 3,
    "late": 1,
    "left_early": 0,
    "absent": 0,
    "excused": 0,
    "seconds": 7912,
    "active_seconds": 7440,
    "score": 84,
    "answer_ms": 9100,
    "answers": 11,
}


class WeekFilter(filters.FilterSet):  # type: ignore[misc]
    person = filters.UUIDFilter(field_name="person_id")
    since = filters.DateFilter(field_name="week_on", lookup_expr="gte")

    class Meta:
        model = WeeklyLine
        fields: ClassVar[list[str]] = []


class Trends(ListView):
    scopes: ClassVar[dict[str, str]] = {"GET": "engagement:read"}
    queryset = WeeklyLine.objects.none()
    ordering = ("-week_on", "pk")
    filterset_class = WeekFilter

    @extend_schema(
        operation_id="list_trends",
        tags=["registers"],
        summary="Students’ weeks in a course, the newest first",
        responses=WeekShape(many=True),
        examples=[OpenApiExample("A week", WEEK, response_only=True)],
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        course = courses_open_to(self.caller).filter(pk=course_id).first()
        if course is None:
            raise Http404
        if not may_fetch_trends(self.caller, course):
            raise PermissionDenied
        return self.list_rows(WeeklyLine.objects.filter(course=course), WeekShape)
