"""What goes out and what may come in."""

from __future__ import annotations

from django.conf import settings
from rest_framework import serializers

from classroom.admission import Door
from classroom.models import Enrolment, JoinLink, Lesson, LessonStatus, Standing
from common.api.instants import InstantField
from common.api.serializers import LineField, StrictSerializer

ON_A_ROSTER = [choice for choice in Standing.choices if choice[0] in {"teacher", "co_teacher", "student"}]


class CourseShape(serializers.Serializer[object]):
    id = serializers.UUIDField()
    institution = serializers.UUIDField(source="institution_id")
    title = serializers.CharField()
    language = serializers.ChoiceField(settings.LANGUAGES)


class NewCourse(StrictSerializer):
    institution = serializers.UUIDField()
    title = LineField(max_length=200)
    language = serializers.ChoiceField(settings.LANGUAGES)


class CourseChanges(StrictSerializer):
    title = LineField(max_length=200, required=False)
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


CONTINUES = "When the lesson opens, the pages of the course's last board are copied to its own."


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
    continues_board = serializers.BooleanField(help_text=CONTINUES)
    teachers = TeacherShape(many=True, source="course.staff")


ACCEPT = "Schedule it although people or recorders are busy then."


class NewLesson(StrictSerializer):
    course = serializers.UUIDField()
    title = LineField(max_length=200)
    starts_at = InstantField()
    ends_at = InstantField()
    continues_board = serializers.BooleanField(required=False, default=False, help_text=CONTINUES)
    accept_conflicts = serializers.BooleanField(required=False, default=False, help_text=ACCEPT)


class LessonChanges(StrictSerializer):
    title = LineField(max_length=200, required=False)
    starts_at = InstantField(required=False)
    ends_at = InstantField(required=False)
    continues_board = serializers.BooleanField(required=False, help_text=CONTINUES)
    accept_conflicts = serializers.BooleanField(required=False, default=False, help_text=ACCEPT)


class JoinWish(StrictSerializer):
    person = serializers.UUIDField()


class JoinLinkShape(serializers.Serializer[object]):
    id = serializers.UUIDField()
    url = serializers.URLField()
    expires_at = serializers.DateTimeField()
    door = serializers.ChoiceField(
        choices=[door.value for door in Door],
        help_text="Where newcomers are sent as things stand: webrtc is the call, hls its stream.",
    )


class JoinLinkLine(serializers.Serializer[JoinLink]):
    """Never its address, of which only the hash is kept."""

    id = serializers.UUIDField()
    person = serializers.UUIDField(source="person_id")
    made_by = serializers.UUIDField(
        help_text="The id of the person, API key or service account that made it."
    )
    expires_at = serializers.DateTimeField(help_text="Until when it lets somebody in.")
    used_at = serializers.DateTimeField(allow_null=True)
    opens_until = serializers.DateTimeField(help_text="When what it began ends, unless it is revoked.")
