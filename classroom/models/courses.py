"""Courses, and what a person is in one."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Institution, Person


class CourseManager(models.Manager["Course"]):
    def listed(self) -> models.QuerySet[Course]:
        """What people call a course: not the ones that only hold somebody's instant meetings."""
        return self.filter(meetings_of__isnull=True)


class Course(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="courses")
    title = models.CharField(max_length=200)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    archived_at = models.DateTimeField(null=True, blank=True)
    meetings_of = models.ForeignKey(
        Person,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="meeting_courses",
        help_text="Set for the course that holds this person's instant meetings.",
    )

    objects = CourseManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "meetings_of"], name="one_course_of_meetings_a_person"
            )
        ]

    def __str__(self) -> str:
        return self.title


class Standing(models.TextChoices):
    """What a person is in a course or a room."""

    TEACHER = "teacher", _("Teacher")
    CO_TEACHER = "co_teacher", _("Co-teacher")
    STUDENT = "student", _("Student")
    GUEST = "guest", _("Guest")
    OBSERVER = "observer", _("Observer")


STAFF = frozenset({Standing.TEACHER, Standing.CO_TEACHER})


class Enrolment(models.Model):
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="enrolments")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="enrolments")
    standing = models.CharField(max_length=20, choices=Standing)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["course", "person"], name="one_enrolment_a_person")]

    def __str__(self) -> str:
        return f"{self.person} · {self.standing} · {self.course}"
