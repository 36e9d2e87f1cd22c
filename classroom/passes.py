"""Who stands before a socket without a session: the recorder with its pass, a guest with the secret of a browser."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing

from classroom.queries import guest_behind

SALT = "classroom.recorder"
LIFETIME_SECONDS = 24 * 3600


def issue_pass(room_id: object) -> str:
    """A signed text that opens one room to a recorder."""
    return signing.dumps({"room": str(room_id)}, salt=SALT)


def is_valid_pass(token: str, room_id: object) -> bool:
    try:
        claims = signing.loads(token, salt=SALT, max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        return False
    return bool(claims.get("room") == str(room_id))


def visitor_of(scope: dict[str, Any]) -> Any:
    """The guest whom `?guest=<knock>` names, if this browser is the one that knocked; else the session's user.

    A guest has no session on purpose: every door that has not heard of guests takes them for nobody.
    """
    knock = read_knock(scope["query_string"])
    if knock is None:
        return scope["user"]
    return guest_behind(knock, scope["cookies"].get(settings.GUEST_COOKIE_NAME, "")) or scope["user"]


def read_knock(query: bytes) -> UUID | None:
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name == "guest":
            try:
                return UUID(value)
            except ValueError:
                return None
    return None
