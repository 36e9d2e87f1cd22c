"""The timetable, and the way into a lesson."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import ApiView, ListView, read
from accounts.queries import people_with_roles
from classroom import actions, rules
from classroom.api.shapes import JoinLinkLine, JoinLinkShape, JoinWish, LessonChanges, LessonShape, NewLesson
from classroom.models import STAFF, Enrolment, JoinLink, Lesson, LessonStatus
from classroom.queries import courses_open_to, lessons_open_to, open_join_links
from classroom.timetable import Scope
from common.api.instants import InstantFilter
from common.api.serializers import EmptySerializer
from common.refusals import Refused

NEW = {
    "course": "2f0c8a0e-5c0e-4f0e-9a57-0d1a4e1f7b20",
    "title": "Fractions",
    "starts_at": "2026-12-01T05:00:00Z",
    "ends_at": "2026-12-01T05:45:00Z",
    "continues_board": True,
}
EXAMPLE = {
    "id": "4c7a4b8f-1f0d-4e6c-8a3b-6f2f9e0c5d31",
    "institution": "0b6f9a52-7d0e-4a7c-9a1e-0f7d3b1a2c10",
    "course_title": "Mathematics 7b",
    "status": "scheduled",
    "opened_at": None,
    "ended_at": None,
    "teachers": [
        {"id": "9e0d6c5b-2a41-4a3e-8f7f-5b0f1e6d7c42", "name": "Tomas Okello", "standing": "teacher"}
    ],
    **NEW,
}
CONFLICTS = (
    "`conflicts`: `errors` name each (`teacher_busy`, `students_busy`, `too_few_recorders`) in the sentences of "
    "the pages; nothing was saved. Send it again with `accept_conflicts` to have it all the same."
)
SHOWN = OpenApiExample("A lesson", EXAMPLE, response_only=True)


class LessonView(ApiView):
    scopes: ClassVar[dict[str, str]] = {
        "GET": "lessons:read",
        "POST": "lessons:write",
        "PATCH": "lessons:write",
    }
    refusal_statuses: ClassVar[dict[str, int]] = {
        "ends_before_start": 400,
        "too_long": 400,
        "in_the_past": 400,
    }

    def find_lesson(self, lesson_id: UUID) -> Lesson:
        lesson = lessons_open_to(self.caller).filter(pk=lesson_id).first()
        if lesson is None:
            raise Http404
        return lesson

    def find_changeable(self, lesson_id: UUID) -> Lesson:
        lesson = self.find_lesson(lesson_id)
        if not rules.may_change_course(self.caller, lesson.course):
            raise PermissionDenied
        return lesson


class LessonFilter(filters.FilterSet):  # type: ignore[misc]
    """`from_` is called `from` outside: a word that Python keeps for itself."""

    from_ = InstantFilter(field_name="starts_at", lookup_expr="gte", label="Begins at or after")
    to = InstantFilter(field_name="starts_at", lookup_expr="lt", label="Begins before")
    institution = filters.UUIDFilter(field_name="institution_id")
    course = filters.UUIDFilter(field_name="course_id")
    status = filters.ChoiceFilter(choices=LessonStatus.choices)
    teacher = filters.UUIDFilter(method="taught_by", label="A teacher's or co-teacher's id")
    q = filters.CharFilter(method="containing", label="Part of a title or a teacher's name", max_length=200)

    class Meta:
        model = Lesson
        fields: ClassVar[list[str]] = []

    @classmethod
    def get_filters(cls) -> Any:
        return {name.rstrip("_"): each for name, each in super().get_filters().items()}

    def taught_by(self, lessons: QuerySet[Lesson], name: str, value: UUID) -> QuerySet[Lesson]:
        return lessons.filter(course__in=_staff().filter(person=value).values("course"))

    def containing(self, lessons: QuerySet[Lesson], name: str, value: str) -> QuerySet[Lesson]:
        taught = Q(course__in=_staff().filter(person__name__icontains=value).values("course"))
        return lessons.filter(Q(title__icontains=value) | Q(course__title__icontains=value) | taught)


def _staff() -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(is_active=True, standing__in=STAFF)


class LessonList(LessonView, ListView):
    queryset = Lesson.objects.none()
    filterset_class = LessonFilter
    ordering = ("starts_at", "pk")

    @extend_schema(
        operation_id="list_lessons",
        tags=["lessons"],
        summary="The timetable, by time",
        responses=LessonShape(many=True),
        examples=[SHOWN],
    )
    def get(self, request: Request) -> Response:
        return self.list_rows(lessons_open_to(self.caller), LessonShape)

    @extend_schema(
        operation_id="schedule_lesson",
        tags=["lessons"],
        summary="Schedule one lesson",
        description=(
            "`course_has_no_teacher`: a service account needs a course with a teacher. `in_the_past`. "
            f"{CONFLICTS}"
        ),
        request=NewLesson,
        responses={201: LessonShape},
        examples=[SHOWN, OpenApiExample("A new lesson", NEW, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        data = read(NewLesson, request)
        course = courses_open_to(self.caller).select_related("institution").filter(pk=data["course"]).first()
        if course is None:
            raise Http404
        if not rules.may_change_course(self.caller, course):
            raise PermissionDenied
        lesson = actions.plan_lesson(
            course=course,
            title=data["title"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            caller=self.caller,
            now=timezone.now(),
            accept_conflicts=data["accept_conflicts"],
            continues_board=data["continues_board"],
        )
        return Response(LessonShape(self.find_lesson(lesson.pk)).data, status=201)


class LessonDetail(LessonView):
    @extend_schema(
        operation_id="read_lesson",
        tags=["lessons"],
        summary="One lesson",
        responses=LessonShape,
        examples=[SHOWN],
    )
    def get(self, request: Request, lesson_id: UUID) -> Response:
        return Response(LessonShape(self.find_lesson(lesson_id)).data)

    @extend_schema(
        operation_id="update_lesson",
        tags=["lessons"],
        summary="Change the title, the times or the board of a lesson that has not begun",
        description=f"`lesson_begun`: it is live, over or cancelled. `in_the_past`. {CONFLICTS}",
        request=LessonChanges,
        responses=LessonShape,
        examples=[SHOWN, OpenApiExample("Longer", {"ends_at": "2026-12-01T06:00:00Z"}, request_only=True)],
    )
    def patch(self, request: Request, lesson_id: UUID) -> Response:
        lesson = self.find_changeable(lesson_id)
        wanted = read(LessonChanges, request)
        actions.replan_lesson(lesson=lesson, caller=self.caller, now=timezone.now(), **wanted)
        return Response(LessonShape(self.find_lesson(lesson_id)).data)


class LessonCancellation(LessonView):
    @extend_schema(
        operation_id="cancel_lesson",
        tags=["lessons"],
        summary="Cancel a lesson that has not begun",
        description="`lesson_begun`: it is live or over.",
        request=None,
        responses={200: LessonShape},
        examples=[SHOWN],
    )
    def post(self, request: Request, lesson_id: UUID) -> Response:
        lesson = self.find_changeable(lesson_id)
        read(EmptySerializer, request)
        if lesson.status != LessonStatus.CANCELLED:
            now = timezone.now()
            actions.cancel_lessons(lesson=lesson, scope=Scope.THIS, reason="", by=self.caller.id, now=now)
        return Response(LessonShape(self.find_lesson(lesson_id)).data)


class JoinLinkView(LessonView):
    # To know of a link is what one needs for revoking it: no scope of its own.
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(("GET", "POST", "DELETE"), "join_links:write")

    def find_managed(self, lesson_id: UUID) -> Lesson:
        lesson = self.find_lesson(lesson_id)
        if not rules.may_manage_join_links(self.caller, lesson):
            raise PermissionDenied
        return lesson


class JoinLinkDetail(JoinLinkView):
    @extend_schema(
        operation_id="revoke_join_link",
        tags=["lessons"],
        summary="A join link lets nobody in any more, and whoever came by it is put out of what it opened",
        description="One that was revoked before is not found, like one that never was.",
        responses={204: None},
    )
    def delete(self, request: Request, lesson_id: UUID, join_link_id: UUID) -> Response:
        lesson = self.find_managed(lesson_id)
        link = JoinLink.objects.select_related("lesson__institution").filter(lesson=lesson, pk=join_link_id)
        found = link.first()
        now = timezone.now()
        if found is None or not actions.revoke_join_link(link=found, by=self.caller.id, now=now):
            raise Http404
        return Response(status=204)


class JoinLinks(JoinLinkView, ListView):
    queryset = JoinLink.objects.none()
    ordering = ("expires_at", "pk")

    @extend_schema(
        operation_id="list_join_links",
        tags=["lessons"],
        summary="The join links that still let somebody in, or keep them in",
        responses=JoinLinkLine(many=True),
        examples=[
            OpenApiExample(
                "A link that was used",
                {
                    "id": "1b6a8f0c-2d7e-4f65-9a3b-8c5d0e4f7a61",
                    "person": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11",
                    "made_by": "5e1f7a2c-9d0e-4b55-8f1f-7a2c9d0e4b55",
                    "expires_at": "2026-12-01T05:04:00Z",
                    "used_at": "2026-12-01T05:01:00Z",
                    "opens_until": "2026-12-01T06:45:00Z",
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, lesson_id: UUID) -> Response:
        lesson = self.find_managed(lesson_id)
        links = open_join_links(lesson, now=timezone.now()).select_related("lesson")
        return self.list_rows(links, JoinLinkLine)

    @extend_schema(
        operation_id="make_join_link",
        tags=["lessons"],
        summary="A link that opens the room for one person, once, within five minutes",
        description=(
            "It opens the room, the board and the replay of this lesson and nothing else, until an hour after its end "
            "or until the key that made it ends. A client makes it for anybody in the lesson, a person only for "
            "themselves. `not_in_this_lesson`, "
            "`lesson_over`; `too_powerful`: heads and people of several institutions sign in themselves."
        ),
        request=JoinWish,
        responses={201: JoinLinkShape},
        examples=[
            OpenApiExample(
                "For Amina", {"person": "7d3c2f1e-5b64-4b0a-8f6f-3f3f0f9d1b11"}, request_only=True
            ),
            OpenApiExample(
                "A link",
                {
                    "id": "1b6a8f0c-2d7e-4f65-9a3b-8c5d0e4f7a61",
                    "url": "https://classroom.example/join/Zk0…",
                    "expires_at": "2026-12-01T05:04:00Z",
                    "door": "webrtc",
                },
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request, lesson_id: UUID) -> Response:
        lesson = self.find_lesson(lesson_id)
        person_id = read(JoinWish, request)["person"]
        if not rules.may_link_in(self.caller, lesson, person_id):
            raise PermissionDenied
        person = people_with_roles(lesson.institution).filter(pk=person_id).first()
        if person is None:
            raise Refused("not_in_this_lesson")
        made = actions.make_join_link(lesson=lesson, person=person, by=self.caller.id, now=timezone.now())
        url = settings.PUBLIC_URL + reverse("join_link", args=[made.token])
        link = {"id": made.link.pk, "url": url, "expires_at": made.link.expires_at, "door": made.link.door}
        return Response(JoinLinkShape(link).data, status=201)
