"""Groups: named parts of a course's students; a person may be in several."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Lower

from accounts.models import Person
from classroom.models.courses import Course


class Group(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="groups")
    title = models.CharField(max_length=100)
    people = models.ManyToManyField(Person, through="GroupMember", related_name="study_groups")

    class Meta:
        constraints = [
            models.UniqueConstraint("course", Lower("title"), name="one_group_a_title"),
        ]

    def __str__(self) -> str:
        return self.title


class GroupMember(models.Model):
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="group_memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="once_in_a_group")]

    def __str__(self) -> str:
        return f"{self.person} in {self.group}"
