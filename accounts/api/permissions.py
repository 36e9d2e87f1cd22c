"""Whether somebody may be in recordings, for systems in which schools keep it."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.actions import decide_recording
from accounts.api.base import read
from accounts.api.institutions import find_institution
from accounts.api.people import PeopleView
from accounts.models import AnswerSource, Institution, Person, RecordingAnswer, RecordingPermission
from accounts.rules import may_import_permissions

EXAMPLE = {
    "answer": "refused",
    "history": [{"answer": "refused", "source": "guardian", "decided_at": "2026-11-02T07:30:00Z"}],
}
SHOWN = OpenApiExample("A child whose guardian said no", EXAMPLE, response_only=True)


class NewAnswer(serializers.Serializer[object]):
    answer = serializers.ChoiceField(RecordingAnswer.choices)


class AnswerLine(serializers.Serializer[RecordingPermission]):
    answer = serializers.ChoiceField(RecordingAnswer.choices)
    source = serializers.ChoiceField(AnswerSource.choices)  # type: ignore[assignment]  # of a field's own `source`
    decided_at = serializers.DateTimeField()


class PermissionShape(serializers.Serializer[object]):
    answer = serializers.ChoiceField(RecordingAnswer.choices, help_text="The last word.")
    history = AnswerLine(many=True, help_text="The last twenty decisions, the youngest first.")


class RecordingPermissionDetail(PeopleView):
    @extend_schema(
        operation_id="read_recording_permission",
        tags=["people"],
        summary="Whether somebody may be in recordings, and what was said before",
        responses=PermissionShape,
        examples=[SHOWN],
    )
    def get(self, request: Request, institution_id: UUID, person_id: UUID) -> Response:
        institution, person = self._find(institution_id, person_id)
        return self._show(institution, person)

    @extend_schema(
        operation_id="decide_recording_permission",
        tags=["people"],
        summary="Write down a decision",
        description="It holds at once, also for whoever is in a lesson. `unknown` takes back what was said.",
        request=NewAnswer,
        responses=PermissionShape,
        examples=[SHOWN, OpenApiExample("No", {"answer": "refused"}, request_only=True)],
    )
    def put(self, request: Request, institution_id: UUID, person_id: UUID) -> Response:
        institution, person = self._find(institution_id, person_id)
        data = read(NewAnswer, request)
        decide_recording(
            institution=institution,
            people=[person],
            answer=RecordingAnswer(data["answer"]),
            source=AnswerSource.API,
            by=self.caller.person or self.caller.id,
            now=timezone.now(),
        )
        return self._show(institution, person)

    def _find(self, institution_id: UUID, person_id: UUID) -> tuple[Institution, Person]:
        institution = find_institution(self.caller, institution_id)
        if not may_import_permissions(self.caller, institution):
            raise PermissionDenied
        return institution, self.find_member(institution, person_id)

    def _show(self, institution: Institution, person: Person) -> Response:
        said = list(RecordingPermission.objects.filter(institution=institution, person=person)[:20])
        answer = said[0].answer if said else RecordingAnswer.UNKNOWN
        return Response(PermissionShape({"answer": answer, "history": said}).data)
