"""Institutions, people, and what a person is in an institution."""

from accounts.models.acquaintance import (
    Acquaintance,
)
from accounts.models.api_key import (
    ApiKey,
    IdempotentAnswer,
)
from accounts.models.audit import (
    AuditEvent,
)
from accounts.models.identity import (
    Identity,
    IdentityProvider,
    JustInTime,
    Preset,
    ProviderSession,
)
from accounts.models.invitations import (
    Invitation,
)
from accounts.models.passwords import (
    PasswordRequest,
)
from accounts.models.people import (
    Guardianship,
    Institution,
    Membership,
    Person,
    PersonManager,
    Role,
)
from accounts.models.permissions import (
    AnswerSource,
    RecordingAnswer,
    RecordingPermission,
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
    "Acquaintance",
    "AnswerSource",
    "ApiKey",
    "AuditEvent",
    "DeliveryState",
    "EventType",
    "Guardianship",
    "IdempotentAnswer",
    "Identity",
    "IdentityProvider",
    "Institution",
    "Invitation",
    "JustInTime",
    "Membership",
    "OffReason",
    "PasswordRequest",
    "Person",
    "PersonManager",
    "Preset",
    "ProviderSession",
    "RecordingAnswer",
    "RecordingPermission",
    "Role",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
]
