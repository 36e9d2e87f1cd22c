"""The register of a lesson for other systems."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView
from attendance.queries import RegisterLine, lesson_minutes, register_of
from classroom import rules
from classroom.models import Standing
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
        lesson, now = lessons_open_to(self.caller).filter(pk=lesson_id).first(), timezone.now()
        if lesson is None:
            raise Http404
        if not rules.may_fetch_register(self.caller, lesson):
            raise PermissionDenied
        register = {
            "lesson": lesson.pk,
            "minutes": lesson_minutes(lesson, now=now),
            "is_final": lesson.is_over,
            "lines": register_of(lesson, now=now),
        }
        return Response(RegisterShape(register).data)
