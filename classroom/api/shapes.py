"""What goes out and what may come in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from classroom.admission import Door
from classroom.models import Enrolment, Lesson, LessonStatus, Standing
from common.api.serializers import StrictSerializer

ON_A_ROSTER = [choice for choice in Standing.choices if choice[0] in {"teacher", "co_teacher", "student"}]


class CourseShape(serializers.Serializer[object]):
    id = serializers.UUIDField()
    institution = serializers.UUIDField(source="institution_id")
    title = serializers.CharField()
    language = serializers.ChoiceField(settings.LANGUAGES)


class NewCourse(StrictSerializer):
    institution = serializers.UUIDField()
    title = serializers.CharField(max_length=200)
    language = serializers.ChoiceField(settings.LANGUAGES)


class CourseChanges(StrictSerializer):
    title = serializers.CharField(max_length=200, required=False)
    language = serializers.ChoiceField(settings.LANGUAGES, required=False)


class RosterLineShape(serializers.Serializer[Enrolment]):
    person = serializers.UUIDField(source="person_id")
    name = serializers.CharField(source="person.name")
    email = serializers.SerializerMethodField(help_text="null for those who only see names")
    standing = serializers.ChoiceField(ON_A_ROSTER)

    def get_email(self, line: Enrolment) -> str | None:
        return line.person.address if self.context["addresses"] else None


class RosterPlace(StrictSerializer):
    standing = serializers.ChoiceField(ON_A_ROSTER)


class TeacherShape(serializers.Serializer[Enrolment]):
    id = serializers.UUIDField(source="person_id")
    name = serializers.CharField(source="person.name")
    standing = serializers.ChoiceField(ON_A_ROSTER)


class LessonShape(serializers.Serializer[Lesson]):
    id = serializers.UUIDField()
    institution = serializers.UUIDField(source="institution_id")
    course = serializers.UUIDField(source="course_id")
    course_title = serializers.CharField(source="course.title")
    title = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    status = serializers.ChoiceField(LessonStatus.choices)
    opened_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    teachers = TeacherShape(many=True, source="course.staff")


class _Times(StrictSerializer):
    """Instants with their offset: a time without one would be somebody's guess."""

    def to_internal_value(self, data: Any) -> Any:
        read = super().to_internal_value(data)
        wrong = {
            name: why
            for name in ("starts_at", "ends_at")
            if name in read and (why := _why_not(str(data[name]), read[name]))
        }
        if wrong:
            raise serializers.ValidationError(wrong)
        return read


def _why_not(text: str, at: datetime) -> list[ErrorDetail]:
    clock = text[10:]
    if not (clock.endswith(("Z", "z")) or "+" in clock or "-" in clock):
        return [ErrorDetail("Name the offset, e.g. 2026-12-01T08:00:00+03:00 or …Z.", code="no_offset")]
    # At the ends of the calendar a subtraction of minutes overflows, on every page that shows the lesson.
    if not 2000 <= at.year <= 2100:
        return [ErrorDetail("Between the years 2000 and 2100.", code="out_of_range")]
    return []


class NewLesson(_Times):
    course = serializers.UUIDField()
    title = serializers.CharField(max_length=200)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class LessonChanges(_Times):
    title = serializers.CharField(max_length=200, required=False)
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False)


class JoinWish(StrictSerializer):
    person = serializers.UUIDField()


class JoinLinkShape(serializers.Serializer[object]):
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    door = serializers.ChoiceField(
        choices=[door.value for door in Door],
        help_text="Where newcomers are sent as things stand: webrtc is the call, hls its stream.",
    )
