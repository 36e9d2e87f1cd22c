"""What goes out and what may come in."""

from __future__ import annotations

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Role
from common.api.serializers import LineField, StrictSerializer

LANGUAGES = settings.LANGUAGES
EMAIL_LENGTH = 254


class InstitutionShape(serializers.Serializer[object]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.SlugField()
    region = serializers.CharField()
    time_zone = serializers.CharField(help_text="IANA, e.g. Africa/Nairobi")
    language = serializers.ChoiceField(LANGUAGES)


@extend_schema_field({"type": "object"})
class PolicyField(serializers.JSONField):
    """Words and numbers; without a type of its own, "any or null" would describe null twice."""


class InstitutionSettingsShape(InstitutionShape):
    policy = PolicyField(
        allow_null=True, help_text="What the institution has decided; null for those who do not run it."
    )


class MembershipShape(serializers.Serializer[object]):
    role = serializers.ChoiceField(Role.choices)
    is_active = serializers.BooleanField()
    expires_on = serializers.DateField(allow_null=True)


class PersonShape(serializers.Serializer[object]):
    """Roles are those in the institution that was asked about."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    email = serializers.EmailField(source="address")
    language = serializers.CharField(help_text="Empty: the institution's.")
    memberships = MembershipShape(many=True, source="roles_here")
    created_at = serializers.DateTimeField()


class GuardianshipShape(serializers.Serializer[object]):
    guardian = serializers.UUIDField(source="guardian_id")
    guardian_name = serializers.CharField(source="guardian.name")
    child = serializers.UUIDField(source="child_id")
    child_name = serializers.CharField(source="child.name")


class NewPerson(StrictSerializer):
    email = serializers.EmailField(max_length=EMAIL_LENGTH)
    name = LineField(max_length=200)
    role = serializers.ChoiceField(Role.choices)
    language = serializers.ChoiceField(LANGUAGES, required=False)


class PersonChanges(StrictSerializer):
    name = LineField(max_length=200, required=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)


class RoleGrant(StrictSerializer):
    expires_on = serializers.DateField(required=False, allow_null=True)
