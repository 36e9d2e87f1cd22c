"""What can be done with institutions and people."""

from accounts.actions.audit import (
    find_broken_seal,
    record_audit,
    record_look,
)
from accounts.actions.deliveries import (
    abandon_overdue,
    claim_delivery,
    deliver_due,
    settle_delivery,
)
from accounts.actions.people import (
    add_person,
    create_institution,
    link_guardian,
    suspend_person,
)
from accounts.actions.webhooks import (
    api_link,
    change_webhook,
    create_webhook,
    delete_webhook,
    forget_old_events,
    publish_event,
    publish_person_changed,
    replay_delivery,
    replay_since,
    rotate_secret,
    send_test_event,
    turn_off,
)

__all__ = [
    "abandon_overdue",
    "add_person",
    "api_link",
    "change_webhook",
    "claim_delivery",
    "create_institution",
    "create_webhook",
    "delete_webhook",
    "deliver_due",
    "find_broken_seal",
    "forget_old_events",
    "link_guardian",
    "publish_event",
    "publish_person_changed",
    "record_audit",
    "record_look",
    "replay_delivery",
    "replay_since",
    "rotate_secret",
    "send_test_event",
    "settle_delivery",
    "suspend_person",
    "turn_off",
]
