"""Institutions, people, and what a person is in an institution."""

from accounts.models.audit import AuditEvent
from accounts.models.invitations import Invitation
from accounts.models.people import Guardianship, Institution, Membership, Person, PersonManager, Role

__all__ = [
    "AuditEvent",
    "Guardianship",
    "Institution",
    "Invitation",
    "Membership",
    "Person",
    "PersonManager",
    "Role",
]
