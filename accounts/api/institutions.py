"""Institutions: what the caller may know of."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import rules
from accounts.api.base import ApiView, ListView
from accounts.api.shapes import InstitutionSettingsShape, InstitutionShape
from accounts.callers import Caller
from accounts.models import Institution
from accounts.queries import institutions_for

EXAMPLE = {
    "id": "0b6f9a52-7d0e-4a7c-9a1e-0f7d3b1a2c10",
    "name": "Hargeisa Girls School",
    "slug": "hargeisa",
    "region": "local",
    "time_zone": "Africa/Mogadishu",
    "language": "ar",
}


def find_institution(caller: Caller, institution_id: UUID) -> Institution:
    """The institution when the caller belongs to it; else the 404 of one that does not exist."""
    institution = institutions_for(caller).filter(pk=institution_id).first()
    if institution is None:
        raise Http404
    return institution


class InstitutionList(ListView):
    queryset = Institution.objects.none()

    @extend_schema(
        operation_id="list_institutions",
        tags=["institutions"],
        summary="Institutions that you belong to",
        responses=InstitutionShape(many=True),
        examples=[OpenApiExample("A school", EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        return self.list_rows(institutions_for(self.caller), InstitutionShape)


class InstitutionDetail(ApiView):
    @extend_schema(
        operation_id="read_institution",
        tags=["institutions"],
        summary="One institution, with its policy for those who run it",
        responses=InstitutionSettingsShape,
        examples=[
            OpenApiExample("A school", EXAMPLE | {"policy": {"retention_days": 180}}, response_only=True)
        ],
    )
    def get(self, request: Request, institution_id: UUID) -> Response:
        institution = find_institution(self.caller, institution_id)
        if not rules.may_manage_people(self.caller, institution):
            institution.policy = None
        return Response(InstitutionSettingsShape(institution).data)
