"""Institutions, people, what a person is in an institution, and who else may ask."""

from accounts.models.api_key import ApiKey, IdempotentAnswer
from accounts.models.audit import AuditEvent
from accounts.models.people import Guardianship, Institution, Membership, Person, PersonManager, Role

__all__ = [
    "ApiKey",
    "AuditEvent",
    "Guardianship",
    "IdempotentAnswer",
    "Institution",
    "Membership",
    "Person",
    "PersonManager",
    "Role",
]
