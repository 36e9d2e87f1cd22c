"""What can be done with institutions and people."""

from accounts.actions.audit import find_broken_seal, record_audit
from accounts.actions.institutions import create_institution, open_institution, update_institution
from accounts.actions.invitations import (
    accept_invitation,
    claim_letter,
    find_invitation,
    invite_new_people,
    invite_person,
    letters_due,
    note_letter_sent,
    resend_invitation,
    revoke_invitation,
)
from accounts.actions.memberships import (
    grant_role,
    reactivate_person,
    remove_person,
    revoke_role,
    set_expiry,
    set_person_active,
    suspend_person,
)
from accounts.actions.people import (
    add_person,
    end_sessions,
    is_only_of,
    link_guardian,
    rename_person,
    unlink_guardian,
)

__all__ = [
    "accept_invitation",
    "add_person",
    "claim_letter",
    "create_institution",
    "end_sessions",
    "find_broken_seal",
    "find_invitation",
    "grant_role",
    "invite_new_people",
    "invite_person",
    "is_only_of",
    "letters_due",
    "link_guardian",
    "note_letter_sent",
    "open_institution",
    "reactivate_person",
    "record_audit",
    "remove_person",
    "rename_person",
    "resend_invitation",
    "revoke_invitation",
    "revoke_role",
    "set_expiry",
    "set_person_active",
    "suspend_person",
    "unlink_guardian",
    "update_institution",
]
