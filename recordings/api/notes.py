"""Notes of whoever watches: each person meets their own and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.refusals import Refused
from recordings import actions
from recordings.api.doors import RecordingView, person_behind, watchable
from recordings.models import Note


class NoteSerializer(serializers.Serializer[Any]):
    at_seconds = serializers.FloatField(min_value=0, max_value=1_000_000)
    text = serializers.CharField(max_length=2000)


class WordsSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=2000)


class NotesView(RecordingView):
    def get(self, request: Request, lesson_id: UUID) -> Response:
        recording = self.find(request, lesson_id, published=True)
        notes = Note.objects.filter(recording=recording, person=person_behind(request))
        return Response({"notes": [about(note) for note in notes]})

    def post(self, request: Request, lesson_id: UUID) -> Response:
        recording = self.find(request, lesson_id, published=True)
        data = NoteSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        try:
            note = actions.write_note(
                recording=recording,
                person=person_behind(request),
                at_seconds=data.validated_data["at_seconds"],
                text=data.validated_data["text"],
                now=timezone.now(),
            )
        except Refused as refusal:
            return Response({"error": refusal.code}, status=409 if refusal.code == "too_many" else 400)
        return Response(about(note), status=201)


class NoteView(RecordingView):
    def get(self, request: Request, lesson_id: UUID, note_id: UUID) -> Response:
        return Response(about(self._find_note(request, lesson_id, note_id)))

    def put(self, request: Request, lesson_id: UUID, note_id: UUID) -> Response:
        note = self._find_note(request, lesson_id, note_id)
        data = WordsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        try:
            actions.change_note(note=note, text=data.validated_data["text"])
        except Refused as refusal:
            return Response({"error": refusal.code}, status=400)
        note.refresh_from_db()
        return Response(about(note))

    def delete(self, request: Request, lesson_id: UUID, note_id: UUID) -> Response:
        actions.remove_note(note=self._find_note(request, lesson_id, note_id))
        return Response(status=204)

    def _find_note(self, request: Request, lesson_id: UUID, note_id: UUID) -> Note:
        recording = self.find(request, lesson_id, published=True)
        note = Note.objects.filter(recording=recording, person=person_behind(request), pk=note_id).first()
        if note is None:
            raise Http404
        return note


def about(note: Note) -> dict[str, Any]:
    return {"id": str(note.pk), "at_seconds": note.at_seconds, "text": note.text}


@require_safe
def notes_text(request: HttpRequest, lesson_id: UUID) -> HttpResponse:
    """One's notes as plain text, to take along."""
    recording = watchable(request, lesson_id)
    notes = Note.objects.filter(recording=recording, person=person_behind(request))
    lesson = recording.lesson
    lines = [
        f"{lesson.title} ({lesson.course.title}, {timezone.localdate(lesson.starts_at).isoformat()})",
        "",
    ]
    lines += [f"{_clock(note.at_seconds)}  {note.text}" for note in notes]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
    name = content_disposition_header(as_attachment=True, filename=f"{lesson.title[:80]}.txt")
    response["Content-Disposition"] = name or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _clock(seconds: float) -> str:
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
