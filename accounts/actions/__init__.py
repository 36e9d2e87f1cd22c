"""What can be done with institutions and people."""

from accounts.actions.audit import find_broken_seal, record_audit
from accounts.actions.identities import (
    admit_identity,
    connect_identity,
    disconnect_identity,
    end_sessions,
    remember_session,
)
from accounts.actions.passwords import (
    ask_for_password,
    change_password,
    forget_requests,
    send_password_letter,
)
from accounts.actions.people import add_person, create_institution, link_guardian, suspend_person
from accounts.actions.providers import save_provider

__all__ = [
    "add_person",
    "admit_identity",
    "ask_for_password",
    "change_password",
    "connect_identity",
    "create_institution",
    "disconnect_identity",
    "end_sessions",
    "find_broken_seal",
    "forget_requests",
    "link_guardian",
    "record_audit",
    "remember_session",
    "save_provider",
    "send_password_letter",
    "suspend_person",
]
