"""The register of a lesson for other systems."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from accounts.callers import Caller
from attendance.activity import Activity, Stretch
from attendance.models import RegisterStatus
from attendance.queries import RegisterLine, lesson_minutes, read_lesson, register_of
from classroom import rules
from classroom.models import Door, Lesson, Standing
from classroom.queries import lessons_open_to

EXAMPLE = {
    "lesson": "4c7a4b8f-1f0d-4e6c-8a3b-6f2f9e0c5d31",
    "minutes": 44.6,
    "is_final": True,
    "lines": [
        {
            "person": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11",
            "name": "Amina Warsame",
            "standing": "student",
            "first_joined_at": "2026-12-01T05:01:12Z",
            "last_left_at": "2026-12-01T05:44:58Z",
            "seconds": 2611.4,
            "rejoins": 1,
            "is_inside": False,
            "status": "late",
            "is_corrected": False,
            "late_seconds": 612.0,
            "early_seconds": 0.0,
            "active_seconds": 2440.0,
        }
    ],
}


class RegisterLineShape(serializers.Serializer[RegisterLine]):
    person = serializers.UUIDField(source="person.pk")
    name = serializers.CharField()
    standing = serializers.ChoiceField(Standing.choices)
    first_joined_at = serializers.DateTimeField(allow_null=True, help_text="null: did not come")
    last_left_at = serializers.DateTimeField(allow_null=True, help_text="null while inside")
    seconds = serializers.FloatField()
    rejoins = serializers.IntegerField()
    is_inside = serializers.BooleanField()
    status = serializers.ChoiceField(
        RegisterStatus.choices,
        allow_null=True,
        help_text="null for those whose coming nobody judges, and for who may still come.",
    )
    is_corrected = serializers.BooleanField()
    late_seconds = serializers.FloatField()
    early_seconds = serializers.FloatField()
    active_seconds = serializers.FloatField(allow_null=True, help_text="null where nothing could measure it.")


class RegisterShape(serializers.Serializer[object]):
    lesson = serializers.UUIDField()
    minutes = serializers.FloatField(help_text="How long the lesson was, or is so far.")
    is_final = serializers.BooleanField(help_text="false while the lesson can still change it.")
    lines = RegisterLineShape(many=True)


class RegisterDetail(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": "registers:read"}

    @extend_schema(
        operation_id="read_register",
        tags=["registers"],
        summary="Who was there, from when to when",
        responses=RegisterShape,
        examples=[OpenApiExample("A register", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, lesson_id: UUID) -> Response:
        lesson, now = find_lesson(self.caller, lesson_id), timezone.now()
        register = {
            "lesson": lesson.pk,
            "minutes": lesson_minutes(lesson, now=now),
            "is_final": lesson.is_over,
            "lines": register_of(lesson, now=now),
        }
        return Response(RegisterShape(register).data)


def find_lesson(caller: Caller, lesson_id: UUID) -> Lesson:
    """404 of one that the caller may not see, 403 of one whose register they may not read."""
    lesson = lessons_open_to(caller).filter(pk=lesson_id).first()
    if lesson is None:
        raise Http404
    if not rules.may_fetch_register(caller, lesson):
        raise PermissionDenied
    return lesson


class IntervalStretchShape(serializers.Serializer[Any]):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    activity = serializers.ChoiceField([one.value for one in Activity])
    doors = serializers.ListField(
        child=serializers.ChoiceField(Door.choices),
        help_text="By which they were inside at any time of it; none of time without a connection.",
    )


class IntervalLineShape(serializers.Serializer[Any]):
    person = serializers.UUIDField()
    stretches = IntervalStretchShape(many=True)


class IntervalsShape(serializers.Serializer[Any]):
    lesson = serializers.UUIDField()
    is_final = serializers.BooleanField()
    lines = IntervalLineShape(many=True, help_text="Of everybody who came; no two stretches of one overlap.")


STRETCH = {
    "starts_at": "2026-12-01T05:01:12Z",
    "ends_at": "2026-12-01T05:44:58Z",
    "activity": "active",
    "doors": ["jitsi", "page"],
}
INTERVALS = {
    "lesson": EXAMPLE["lesson"],
    "is_final": True,
    "lines": [{"person": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11", "stretches": [STRETCH]}],
}


class Intervals(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": "registers:read"}

    @extend_schema(
        operation_id="read_intervals",
        tags=["registers"],
        summary="What the register is made of: who was inside when, by which doors, and active",
        responses=IntervalsShape,
        examples=[OpenApiExample("Intervals", INTERVALS, response_only=True)],
    )
    def get(self, request: Request, lesson_id: UUID) -> Response:
        lesson = find_lesson(self.caller, lesson_id)
        reading = read_lesson(lesson, now=timezone.now())
        lines = [
            {"person": pk, "stretches": [_stretch(stretch) for stretch in one.stretches]}
            for pk, one in reading.people.items()
            if one.stretches
        ]
        intervals = {"lesson": lesson.pk, "is_final": lesson.is_over, "lines": lines}
        return Response(IntervalsShape(intervals).data)


def _stretch(stretch: Stretch) -> dict[str, object]:
    begun, ended = (datetime.fromtimestamp(at, tz=UTC) for at in (stretch.starts_at, stretch.ends_at))
    return {
        "starts_at": begun,
        "ends_at": ended,
        "activity": stretch.activity.value,
        "doors": list(stretch.doors),
    }
