"""What can be done with institutions and people."""

from accounts.actions.audit import find_broken_seal, record_audit, record_look
from accounts.actions.people import add_person, create_institution, link_guardian, suspend_person

__all__ = [
    "add_person",
    "create_institution",
    "find_broken_seal",
    "link_guardian",
    "record_audit",
    "record_look",
    "suspend_person",
]
