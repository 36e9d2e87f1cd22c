"""Institutions, people, and what a person is in an institution."""

from accounts.models.audit import AuditEvent
from accounts.models.identity import Identity, IdentityProvider, JustInTime, Preset, ProviderSession
from accounts.models.passwords import PasswordRequest
from accounts.models.people import Guardianship, Institution, Membership, Person, PersonManager, Role

__all__ = [
    "AuditEvent",
    "Guardianship",
    "Identity",
    "IdentityProvider",
    "Institution",
    "JustInTime",
    "Membership",
    "PasswordRequest",
    "Person",
    "PersonManager",
    "Preset",
    "ProviderSession",
    "Role",
]
