"""Courses and who takes part in them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView, ListView, read
from accounts.api.institutions import find_institution
from accounts.models import Person
from accounts.queries import people_with_roles
from classroom import actions, rules
from classroom.api.shapes import (
    ON_A_ROSTER,
    CourseChanges,
    CourseShape,
    NewCourse,
    RosterLineShape,
    RosterPlace,
)
from classroom.models import Course, Enrolment, Standing
from classroom.queries import courses_open_to

NEW = {
    "institution": "0b6f9a52-7d0e-4a7c-9a1e-0f7d3b1a2c10",
    "title": "Mathematics 7b",
    "language": "en",
}
EXAMPLE = {"id": "2f0c8a0e-5c0e-4f0e-9a57-0d1a4e1f7b20", **NEW}
SHOWN = OpenApiExample("A course", EXAMPLE, response_only=True)
LINE = {
    "person": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11",
    "name": "Amina Warsame",
    "email": "amina@hargeisa.example",
    "standing": "student",
}
LINE_SHOWN = OpenApiExample("A student", LINE, response_only=True)


class CourseView(ApiView):
    scopes: ClassVar[dict[str, str]] = {
        "GET": "courses:read",
        "POST": "courses:write",
        "PATCH": "courses:write",
        "PUT": "courses:write",
        "DELETE": "courses:write",
    }

    def find_course(self, course_id: UUID) -> Course:
        found = courses_open_to(self.caller).select_related("institution").filter(pk=course_id).first()
        if found is None:
            raise Http404
        return found


class CourseFilter(filters.FilterSet):  # type: ignore[misc]
    institution = filters.UUIDFilter(field_name="institution_id")
    q = filters.CharFilter(field_name="title", lookup_expr="icontains", max_length=200)

    class Meta:
        model = Course
        fields: ClassVar[list[str]] = []


class CourseList(CourseView, ListView):
    queryset = Course.objects.none()
    filterset_class = CourseFilter
    ordering = ("title", "pk")

    @extend_schema(
        operation_id="list_courses",
        tags=["courses"],
        summary="Courses, by title",
        responses=CourseShape(many=True),
        examples=[SHOWN],
    )
    def get(self, request: Request) -> Response:
        return self.list_rows(courses_open_to(self.caller), CourseShape)

    @extend_schema(
        operation_id="create_course",
        tags=["courses"],
        summary="Open a course",
        request=NewCourse,
        responses={201: CourseShape},
        examples=[SHOWN, OpenApiExample("A new course", NEW, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        data = read(NewCourse, request)
        institution = find_institution(self.caller, data["institution"])
        if not rules.caller_may_run_courses(self.caller, institution):
            raise PermissionDenied
        course = actions.open_course(
            institution=institution, title=data["title"], language=data["language"], by=self.caller.id
        )
        return Response(CourseShape(course).data, status=201)


class CourseDetail(CourseView):
    @extend_schema(
        operation_id="read_course",
        tags=["courses"],
        summary="One course",
        responses=CourseShape,
        examples=[SHOWN],
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        return Response(CourseShape(self.find_course(course_id)).data)

    @extend_schema(
        operation_id="update_course",
        tags=["courses"],
        summary="Change a course's title or language",
        request=CourseChanges,
        responses=CourseShape,
        examples=[SHOWN, OpenApiExample("A new title", {"title": "Mathematics 8b"}, request_only=True)],
    )
    def patch(self, request: Request, course_id: UUID) -> Response:
        course = self.find_course(course_id)
        if not rules.may_change_course(self.caller, course):
            raise PermissionDenied
        changes = read(CourseChanges, request)
        actions.change_course(course=course, changes=changes, by=self.caller.id)
        return Response(CourseShape(course).data)


class RosterFilter(filters.FilterSet):  # type: ignore[misc]
    standing = filters.ChoiceFilter(choices=ON_A_ROSTER)

    class Meta:
        model = Enrolment
        fields: ClassVar[list[str]] = []


class RosterList(CourseView, ListView):
    queryset = Enrolment.objects.none()
    filterset_class = RosterFilter

    @extend_schema(
        operation_id="list_roster",
        tags=["rosters"],
        summary="Who takes part in a course",
        responses=RosterLineShape(many=True),
        examples=[LINE_SHOWN],
    )
    def get(self, request: Request, course_id: UUID) -> Response:
        course = self.find_course(course_id)
        if not rules.caller_may_read_roster(self.caller, course):
            raise PermissionDenied
        self.addresses = rules.may_read_addresses(self.caller, course)
        lines = Enrolment.objects.filter(course=course, is_active=True).select_related("person")
        page = self.paginate_queryset(self.filter_queryset(lines))
        return self.get_paginated_response(_shown(page, self.addresses, many=True))


class RosterLine(CourseView):
    @extend_schema(
        operation_id="put_on_roster",
        tags=["rosters"],
        summary="Let somebody take part, or change what they are in the course",
        description="`role_does_not_fit`: teachers need the role teacher or head, students the role student.",
        request=RosterPlace,
        responses=RosterLineShape,
        examples=[LINE_SHOWN, OpenApiExample("A student", {"standing": "student"}, request_only=True)],
    )
    def put(self, request: Request, course_id: UUID, person_id: UUID) -> Response:
        course, person = self._find(course_id, person_id)
        standing = Standing(read(RosterPlace, request)["standing"])
        line = actions.put_on_roster(course=course, person=person, standing=standing, by=self.caller.id)
        return Response(_shown(line, addresses=True))

    @extend_schema(
        operation_id="take_off_roster",
        tags=["rosters"],
        summary="Somebody no longer takes part",
        responses={204: None},
    )
    def delete(self, request: Request, course_id: UUID, person_id: UUID) -> Response:
        course, person = self._find(course_id, person_id)
        if not actions.take_off_roster(course=course, person=person, by=self.caller.id):
            raise Http404
        return Response(status=204)

    def _find(self, course_id: UUID, person_id: UUID) -> tuple[Course, Person]:
        course = self.find_course(course_id)
        if not rules.caller_may_run_courses(self.caller, course.institution):
            raise PermissionDenied
        person = people_with_roles(course.institution).filter(pk=person_id).first()
        if person is None:
            raise Http404
        return course, person


def _shown(lines: Any, addresses: bool, many: bool = False) -> Any:
    return RosterLineShape(lines, many=many, context={"addresses": addresses}).data
