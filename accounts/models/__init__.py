"""Institutions, people, and what a person is in an institution."""

from accounts.models.api_key import (
    ApiKey,
    IdempotentAnswer,
)
from accounts.models.audit import (
    AuditEvent,
)
from accounts.models.invitations import (
    Invitation,
)
from accounts.models.people import (
    Guardianship,
    Institution,
    Membership,
    Person,
    PersonManager,
    Role,
)
from accounts.models.webhook import (
    DELIVERY_MOVES,
    TEST_EVENT,
    DeliveryState,
    EventType,
    OffReason,
    Webhook,
    WebhookDelivery,
    WebhookEvent,
)

__all__ = [
    "DELIVERY_MOVES",
    "TEST_EVENT",
    "ApiKey",
    "AuditEvent",
    "DeliveryState",
    "EventType",
    "Guardianship",
    "IdempotentAnswer",
    "Institution",
    "Invitation",
    "Membership",
    "OffReason",
    "Person",
    "PersonManager",
    "Role",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
]
