"""What a bearer token says about its bearer: the contract between the API and whoever verifies tokens.

`settings.BEARER_VERIFIER` names a function `(token: str) -> Bearer` that raises `BearerRefused`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from accounts.models import Institution, Person


@dataclass(frozen=True, slots=True)
class Bearer:
    """Either a person, or a service account of the institution whose provider signed the token."""

    institution: Institution
    scopes: frozenset[str]
    person: Person | None = None
    service_account: UUID | None = None


class BearerRefused(Exception):
    """`reason` is a stable word: unknown_issuer, expired_token, wrong_audience, …"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BearerVerifier(Protocol):
    def __call__(self, token: str) -> Bearer: ...
