"""People of an institution, their roles and their guardians."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, rules
from accounts.api.base import ApiView, ListView, read
from accounts.api.institutions import find_institution
from accounts.api.shapes import (
    GuardianshipShape,
    MembershipShape,
    NewPerson,
    PersonChanges,
    PersonShape,
    RoleGrant,
)
from accounts.models import Guardianship, Institution, Membership, Person, Role
from accounts.queries import containing, people_with_roles
from common.api.serializers import EmptySerializer

NEW = {"email": "amina@hargeisa.example", "name": "Amina Warsame", "role": "student", "language": "ar"}
EXAMPLE = {
    "id": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11",
    "name": "Amina Warsame",
    "email": "amina@hargeisa.example",
    "language": "ar",
    "memberships": [{"role": "student", "is_active": True, "expires_on": None}],
    "created_at": "2026-09-01T07:30:00Z",
}
SHOWN = OpenApiExample("A student", EXAMPLE, response_only=True)
MOTHER = OpenApiExample(
    "A mother",
    {
        "guardian": "a0d5c7a4-0d3f-4bb1-9d3a-1f0f6c8b2a01",
        "guardian_name": "Hodan Warsame",
        "child": EXAMPLE["id"],
        "child_name": "Amina Warsame",
    },
    response_only=True,
)
ROLE = OpenApiParameter("role", OpenApiTypes.STR, OpenApiParameter.PATH, enum=Role.values)


class PeopleFilter(filters.FilterSet):  # type: ignore[misc]
    role = filters.ChoiceFilter(choices=Role.choices, method="with_role", label="Role here")
    is_active = filters.BooleanFilter(method="in_force", label="Has a role that counts")
    q = filters.CharFilter(method="containing", label="Part of the name or of the address", max_length=200)

    class Meta:
        model = Person
        fields: ClassVar[list[str]] = []

    def _holders(self, **what: Any) -> QuerySet[Membership, UUID]:
        institution = self.request.parser_context["kwargs"]["institution_id"]
        return Membership.objects.filter(institution=institution, **what).values_list("person", flat=True)

    def with_role(self, people: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return people.filter(pk__in=self._holders(role=value))

    def in_force(self, people: QuerySet[Person], name: str, value: bool) -> QuerySet[Person]:
        active = self._holders(is_active=True)
        return people.filter(pk__in=active) if value else people.exclude(pk__in=active)

    def containing(self, people: QuerySet[Person], name: str, value: str) -> QuerySet[Person]:
        return people.filter(containing(value))


class PeopleView(ApiView):
    """What every door to people does first: the institution, then the person in it."""

    scopes: ClassVar[dict[str, str]] = {
        "GET": "people:read",
        "POST": "people:write",
        "PATCH": "people:write",
        "PUT": "people:write",
        "DELETE": "people:write",
    }

    def find_managed(self, institution_id: UUID) -> Institution:
        institution = find_institution(self.caller, institution_id)
        if not rules.may_manage_people(self.caller, institution):
            raise PermissionDenied
        return institution

    def find_member(self, institution: Institution, person_id: UUID) -> Person:
        person = people_with_roles(institution).filter(pk=person_id).first()
        if person is None:
            raise Http404
        return person

    def find_changeable(self, institution_id: UUID, person_id: UUID) -> tuple[Institution, Person]:
        institution = self.find_managed(institution_id)
        person = self.find_member(institution, person_id)
        if not rules.may_manage_person(self.caller, institution, person):
            raise PermissionDenied
        return institution, person

    def show(self, institution: Institution, person: Person, status: int = 200) -> Response:
        fresh = self.find_member(institution, person.pk)
        return Response(PersonShape(fresh).data, status=status)


class PersonList(PeopleView, ListView):
    queryset = Person.objects.none()
    filterset_class = PeopleFilter
    ordering = ("created_at", "pk")

    @extend_schema(
        operation_id="list_people",
        tags=["people"],
        summary="People of an institution",
        responses=PersonShape(many=True),
        examples=[SHOWN],
    )
    def get(self, request: Request, institution_id: UUID) -> Response:
        return self.list_rows(people_with_roles(self.find_managed(institution_id)), PersonShape)

    @extend_schema(
        operation_id="add_person",
        tags=["people"],
        summary="Add somebody without an invitation",
        description="`person_exists`: a member already. An account that they have elsewhere joins when they accept.",
        request=NewPerson,
        responses={201: PersonShape},
        examples=[SHOWN, OpenApiExample("A new student", NEW, request_only=True)],
    )
    def post(self, request: Request, institution_id: UUID) -> Response:
        institution = self.find_managed(institution_id)
        data = read(NewPerson, request)
        if not rules.may_grant(self.caller, institution, data["role"]):
            raise PermissionDenied
        person = actions.register_member(
            institution=institution,
            email=data["email"],
            name=data["name"],
            role=Role(data["role"]),
            language=data.get("language", ""),
            by=self.caller.id,
        )
        return self.show(institution, person, status=201)


class PersonDetail(PeopleView):
    @extend_schema(
        operation_id="read_person",
        tags=["people"],
        summary="One person; also oneself, and one's own child",
        responses=PersonShape,
        examples=[SHOWN],
    )
    def get(self, request: Request, institution_id: UUID, person_id: UUID) -> Response:
        institution = find_institution(self.caller, institution_id)
        person = self.find_member(institution, person_id)
        if not rules.may_read_person(self.caller, institution, person):
            raise PermissionDenied
        return Response(PersonShape(person).data)

    @extend_schema(
        operation_id="update_person",
        tags=["people"],
        summary="Change a name or a language",
        description="`shared_person`: belongs to another institution too, so nobody but they change it.",
        request=PersonChanges,
        responses=PersonShape,
        examples=[SHOWN, OpenApiExample("A new name", {"name": "Amina Ali"}, request_only=True)],
    )
    def patch(self, request: Request, institution_id: UUID, person_id: UUID) -> Response:
        institution, person = self.find_changeable(institution_id, person_id)
        changes = read(PersonChanges, request)
        actions.update_person(institution=institution, person=person, by=self.caller.id, changes=changes)
        return self.show(institution, person)


class PersonSuspension(PeopleView):
    @extend_schema(
        operation_id="suspend_person",
        tags=["people"],
        summary="End every role here from the next request on",
        request=None,
        responses=PersonShape,
        examples=[SHOWN],
    )
    def put(self, request: Request, institution_id: UUID, person_id: UUID) -> Response:
        institution, person = self.find_changeable(institution_id, person_id)
        read(EmptySerializer, request)
        actions.suspend_member(institution=institution, person=person, by=self.caller.id)
        return self.show(institution, person)

    @extend_schema(
        operation_id="restore_person",
        tags=["people"],
        summary="Let the roles count again",
        request=None,
        responses={204: None},
    )
    def delete(self, request: Request, institution_id: UUID, person_id: UUID) -> Response:
        institution, person = self.find_changeable(institution_id, person_id)
        actions.restore_member(institution=institution, person=person, by=self.caller.id)
        return Response(status=204)


class MembershipDetail(PeopleView):
    """A role of a person is addressed by its name."""

    @extend_schema(
        operation_id="grant_role",
        tags=["people"],
        summary="Give a role, or change when it expires",
        parameters=[ROLE],
        request=RoleGrant,
        responses=MembershipShape,
        examples=[
            OpenApiExample("Until the summer", {"expires_on": "2027-06-30"}, request_only=True),
            OpenApiExample("Given", EXAMPLE["memberships"][0], response_only=True),
        ],
    )
    def put(self, request: Request, institution_id: UUID, person_id: UUID, role: str) -> Response:
        institution, person = self._find(institution_id, person_id, role)
        membership = actions.put_in_role(
            institution=institution,
            person=person,
            role=Role(role),
            expires_on=read(RoleGrant, request).get("expires_on"),
            by=self.caller.id,
        )
        return Response(MembershipShape(membership).data)

    @extend_schema(
        operation_id="revoke_role",
        tags=["people"],
        summary="Take a role away",
        parameters=[ROLE],
        responses={204: None},
    )
    def delete(self, request: Request, institution_id: UUID, person_id: UUID, role: str) -> Response:
        institution, person = self._find(institution_id, person_id, role)
        known = actions.take_out_of_role(
            institution=institution, person=person, role=Role(role), by=self.caller.id
        )
        if not known:
            raise Http404
        return Response(status=204)

    def _find(self, institution_id: UUID, person_id: UUID, role: str) -> tuple[Institution, Person]:
        if role not in Role.values:
            raise Http404
        institution, person = self.find_changeable(institution_id, person_id)
        if not rules.may_grant(self.caller, institution, role):
            raise PermissionDenied
        return institution, person


class GuardianshipFilter(filters.FilterSet):  # type: ignore[misc]
    guardian = filters.UUIDFilter(field_name="guardian_id")
    child = filters.UUIDFilter(field_name="child_id")

    class Meta:
        model = Guardianship
        fields: ClassVar[list[str]] = []


class GuardianshipList(PeopleView, ListView):
    queryset = Guardianship.objects.none()
    filterset_class = GuardianshipFilter

    @extend_schema(
        operation_id="list_guardianships",
        tags=["people"],
        summary="Who is whose guardian",
        responses=GuardianshipShape(many=True),
        examples=[MOTHER],
    )
    def get(self, request: Request, institution_id: UUID) -> Response:
        institution = self.find_managed(institution_id)
        links = Guardianship.objects.filter(institution=institution).select_related("guardian", "child")
        return self.list_rows(links, GuardianshipShape)


class GuardianshipDetail(PeopleView):
    @extend_schema(
        operation_id="link_guardian",
        tags=["people"],
        summary="Make somebody a child's guardian",
        description="`not_a_guardian_here`, `not_a_student_here`: the role is missing.",
        request=None,
        responses=GuardianshipShape,
        examples=[MOTHER],
    )
    def put(self, request: Request, institution_id: UUID, person_id: UUID, guardian_id: UUID) -> Response:
        institution, child, guardian = self._find(institution_id, person_id, guardian_id)
        read(EmptySerializer, request)
        link = actions.appoint_guardian(
            institution=institution, guardian=guardian, child=child, by=self.caller.id
        )
        return Response(GuardianshipShape(link).data)

    @extend_schema(
        operation_id="unlink_guardian",
        tags=["people"],
        summary="Somebody is no longer a child's guardian",
        responses={204: None},
    )
    def delete(self, request: Request, institution_id: UUID, person_id: UUID, guardian_id: UUID) -> Response:
        institution, child, guardian = self._find(institution_id, person_id, guardian_id)
        gone = actions.dismiss_guardian(
            institution=institution, guardian=guardian, child=child, by=self.caller.id
        )
        if not gone:
            raise Http404
        return Response(status=204)

    def _find(
        self, institution_id: UUID, person_id: UUID, guardian_id: UUID
    ) -> tuple[Institution, Person, Person]:
        institution = self.find_managed(institution_id)
        return (
            institution,
            self.find_member(institution, person_id),
            self.find_member(institution, guardian_id),
        )
