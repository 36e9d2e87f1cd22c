"""What can be done with institutions and people."""

from accounts.actions.api_keys import create_api_key, note_use, revoke_api_key
from accounts.actions.audit import find_broken_seal, record_audit
from accounts.actions.idempotency import answer_once, forget_answers
from accounts.actions.members import (
    appoint_guardian,
    belongs_elsewhere,
    dismiss_guardian,
    put_in_role,
    register_member,
    restore_member,
    suspend_member,
    take_out_of_role,
    update_person,
)
from accounts.actions.people import add_person, create_institution, link_guardian, suspend_person

__all__ = [
    "add_person",
    "answer_once",
    "appoint_guardian",
    "belongs_elsewhere",
    "create_api_key",
    "create_institution",
    "dismiss_guardian",
    "find_broken_seal",
    "forget_answers",
    "link_guardian",
    "note_use",
    "put_in_role",
    "record_audit",
    "register_member",
    "restore_member",
    "revoke_api_key",
    "suspend_member",
    "suspend_person",
    "take_out_of_role",
    "update_person",
]
