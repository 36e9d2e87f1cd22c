"""Institutions, people, and what a person is in an institution."""

from accounts.models.audit import AuditEvent
from accounts.models.people import Guardianship, Institution, Membership, Person, PersonManager, Role

__all__ = [
    "AuditEvent",
    "Guardianship",
    "Institution",
    "Membership",
    "Person",
    "PersonManager",
    "Role",
]
