"""Institutions, people, and what a person is in an institution."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class Institution(models.Model):
    """A school, university or field office: the tenant. Its data never meets another's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    region = models.SlugField(max_length=40, default="local")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    languages = models.JSONField(
        default=list, blank=True, help_text="Codes of what is spoken here besides `language`."
    )
    policy = models.JSONField(default=dict, blank=True, help_text="Keys and defaults: accounts/policy.py.")
    external_code = models.CharField(
        max_length=100, blank=True, default="", help_text="What the outer platform calls it."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["external_code"],
                condition=~models.Q(external_code=""),
                name="one_institution_a_code",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Person:
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> Person:
        """Addresses are kept in small letters; telephones begin them with a large one."""
        return self.get(email=(username or "").lower())

    def create_guest(self, name: str, language: str = "") -> Person:
        """Somebody without an account. The address cannot exist (RFC 2606) and no password fits."""
        return self.create_user(
            f"{uuid.uuid4().hex}@guest.invalid", None, name=name, language=language, is_guest=True
        )

    def listed(self) -> models.QuerySet[Person]:
        """Without guests: they have no account and are nobody's member, and stand in registers alone."""
        return self.filter(is_guest=False)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Person:
        """`manage.py createsuperuser` makes a platform admin."""
        return self.create_user(email, password, is_platform_admin=True, **fields)


class Person(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    stands_for = models.EmailField(
        blank=True,
        default="",
        db_index=True,
        help_text="Whose place this keeps at one school until they accept; see accounts/actions/stand_ins.py.",
    )
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, blank=True, default="")
    is_active = models.BooleanField(default=True)
    is_platform_admin = models.BooleanField(default=False)
    is_guest = models.BooleanField(default=False, help_text="Came through a guest link; can never sign in.")
    created_at = models.DateTimeField(auto_now_add=True)
    session_round = models.PositiveIntegerField(default=0, help_text="One more ends every session.")

    objects = PersonManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def address(self) -> str:
        """As the school typed it. Schools see this, never `email`."""
        return self.stands_for or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's own, with the round in it: a session of an earlier round is nobody's."""
        salt = "accounts.models.Person.session"
        said = f"{self.password}:{self.session_round}"
        return salted_hmac(salt, said, secret=secret, algorithm="sha256").hexdigest()


class Role(models.TextChoices):
    HEAD = "head", _("Head")
    TEACHER = "teacher", _("Teacher")
    STUDENT = "student", _("Student")
    GUARDIAN = "guardian", _("Guardian")


class Membership(models.Model):
    """What a person is in an institution; a head is its institution admin."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    is_active = models.BooleanField(default=True)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "person", "role"], name="one_membership_a_role"),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.role} · {self.institution}"

    def state_on(self, today: date) -> str:
        """`active`, `suspended` or `expired`."""
        if not self.is_active:
            return "suspended"
        return "expired" if self.expires_on and self.expires_on < today else "active"


class Guardianship(models.Model):
    institution = models.ForeignKey(Institution, on_delete=models.CASCADE, related_name="guardianships")
    guardian = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="children_links")
    child = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="guardian_links")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "guardian", "child"], name="one_link_a_guardian_and_child"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian} → {self.child}"
