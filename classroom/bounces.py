"""Letters that came back: what a mail server reports about one that it had taken (RFC 3464). Pure."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import EmailMessage, Message
from uuid import UUID

_OUR_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([^<>@\s]+)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounce:
    letter_id: UUID
    reason: str


def read_bounce(raw: bytes, *, host: str) -> Bounce | None:
    """None for anything but the final failure of a letter that bears the name of `host`; a delay is none."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts = list(message.walk())
    report = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    failed = _failure(report) if report else None
    letter = next((found for part in parts if (found := _letter_of(part, host))), None)
    return Bounce(letter, failed) if failed and letter else None


def _failure(report: Message) -> str | None:
    """The reason of the first recipient that failed for good."""
    for fields in report.get_payload():
        if isinstance(fields, Message) and str(fields.get("Action", "")).strip().lower() == "failed":
            said = fields.get("Diagnostic-Code") or fields.get("Status") or "failed"
            return " ".join(str(said).split())
    return None


def _letter_of(part: Message, host: str) -> UUID | None:
    """The id of the original, which comes back whole or as its headers."""
    if part.get_content_type() == "message/rfc822":
        original = part.get_payload(0)
        said = str(original.get("Message-ID", "")) if isinstance(original, Message) else ""
    elif part.get_content_type() == "text/rfc822-headers" and isinstance(part, EmailMessage):
        headers = email.message_from_string(part.get_content(), policy=email.policy.default)
        said = str(headers.get("Message-ID", ""))
    else:
        return None
    found = _OUR_ID.fullmatch(said.strip())
    return UUID(found[1]) if found and found[2].lower() == host.lower() else None
