"""Recordings for other systems: how they come along, their chapters, and links to watch them."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView, ListView, read
from common.api.serializers import EmptySerializer
from recordings import actions
from recordings.models import Recording, RecordingState
from recordings.queries import recordings_open_to
from recordings.rules import may_fetch_recording

EXAMPLE = {
    "id": "c1f4b0d2-6b7a-4c1e-9d0f-8a7b6c5d4e53",
    "lesson": "4c7a4b8f-1f0d-4e6c-8a3b-6f2f9e0c5d31",
    "lesson_title": "Fractions",
    "state": "published",
    "reason": "",
    "percent": 100,
    "duration_seconds": 2675.2,
    "size_bytes": 182044211,
    "published_at": "2026-12-01T06:02:11Z",
    "chapters": [{"starts_seconds": 0.0, "ends_seconds": 612.5, "title": "Page 1"}],
}
SHOWN = OpenApiExample("A recording", EXAMPLE, response_only=True)


class ChapterShape(serializers.Serializer[object]):
    starts_seconds = serializers.FloatField()
    ends_seconds = serializers.FloatField()
    title = serializers.CharField()


class RecordingShape(serializers.Serializer[Recording]):
    id = serializers.UUIDField()
    lesson = serializers.UUIDField(source="lesson_id")
    lesson_title = serializers.CharField(source="lesson.title")
    state = serializers.ChoiceField(RecordingState.choices)
    reason = serializers.CharField(help_text="Why it failed: a stable word, or empty.")
    percent = serializers.IntegerField(help_text="How far the composing is.")
    duration_seconds = serializers.FloatField(allow_null=True)
    size_bytes = serializers.IntegerField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    chapters = ChapterShape(many=True)


class RecordingLinkShape(serializers.Serializer[object]):
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()


class RecordingView(ApiView):
    scopes: ClassVar[dict[str, str]] = {"GET": "recordings:read", "POST": "recordings:read"}

    def find_recording(self, recording_id: UUID) -> Recording:
        recording = recordings_open_to(self.caller).filter(pk=recording_id).first()
        if recording is None:
            raise Http404
        return recording


class RecordingFilter(filters.FilterSet):  # type: ignore[misc]
    lesson = filters.UUIDFilter(field_name="lesson_id")
    course = filters.UUIDFilter(field_name="lesson__course_id")
    state = filters.ChoiceFilter(choices=RecordingState.choices)

    class Meta:
        model = Recording
        fields: ClassVar[list[str]] = []


class RecordingList(RecordingView, ListView):
    queryset = Recording.objects.none()
    filterset_class = RecordingFilter
    ordering = ("lesson__starts_at", "pk")

    @extend_schema(
        operation_id="list_recordings",
        tags=["recordings"],
        summary="Recordings, by the time of their lessons",
        responses=RecordingShape(many=True),
        examples=[SHOWN],
    )
    def get(self, request: Request) -> Response:
        return self.list_rows(recordings_open_to(self.caller), RecordingShape)


class RecordingDetail(RecordingView):
    @extend_schema(
        operation_id="read_recording",
        tags=["recordings"],
        summary="One recording, with its chapters",
        responses=RecordingShape,
        examples=[SHOWN],
    )
    def get(self, request: Request, recording_id: UUID) -> Response:
        return Response(RecordingShape(self.find_recording(recording_id)).data)


class RecordingLinks(RecordingView):
    @extend_schema(
        operation_id="make_recording_link",
        tags=["recordings"],
        summary="A link to the video that works for minutes",
        description="It opens for whoever holds it: hand it on at once, store it nowhere. `not_ready`: later.",
        request=None,
        responses={201: RecordingLinkShape},
        examples=[
            OpenApiExample(
                "A link",
                {"url": "https://classroom.example/media?token=…", "expires_at": "2026-12-01T07:05:00Z"},
                response_only=True,
            )
        ],
    )
    def post(self, request: Request, recording_id: UUID) -> Response:
        recording = self.find_recording(recording_id)
        if not may_fetch_recording(self.caller, recording):
            raise PermissionDenied
        read(EmptySerializer, request)
        seconds = settings.MEDIA_LINK_SECONDS
        expires_at = timezone.now() + timedelta(seconds=seconds)
        url = actions.make_recording_link(recording=recording, by=self.caller.id, expires_seconds=seconds)
        return Response(RecordingLinkShape({"url": url, "expires_at": expires_at}).data, status=201)
