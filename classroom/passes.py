"""Who stands before a socket without a session: the recorder with its pass, a guest with the secret of a browser."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.utils import timezone

from classroom.queries import guest_behind, link_holds

SALT = "classroom.recorder"
LIFETIME_SECONDS = 24 * 3600
# In the session of somebody who came by a join link: its id. Whoever signs in themselves has none.
LINK_IN_SESSION = "join_link"


def issue_pass(room_id: object) -> str:
    """A signed text that opens one room to a recorder."""
    return signing.dumps({"room": str(room_id)}, salt=SALT)


def is_valid_pass(token: str, room_id: object) -> bool:
    try:
        claims = signing.loads(token, salt=SALT, max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        return False
    return bool(claims.get("room") == str(room_id))


def may_go_to(session: Any, lesson_id: UUID) -> bool:
    """A session that began with a join link is for the lesson of the link, and no longer than the link holds."""
    link_id = session.get(LINK_IN_SESSION) if session else None
    return link_id is None or link_holds(link_id, lesson_id, now=timezone.now())


def visitor_of(scope: dict[str, Any], lesson_id: UUID) -> Any:
    """The guest whom `?guest=<knock>` names, if this browser is the one that knocked; else the session's user,
    who is nobody outside the lesson that their link was for.

    A guest has no session on purpose: every door that has not heard of guests takes them for nobody.
    """
    knock = read_knock(scope["query_string"])
    browser = scope["cookies"].get(settings.GUEST_COOKIE_NAME, "") if knock else ""
    guest = guest_behind(knock, browser) if knock else None
    if guest is not None:
        return guest
    return scope["user"] if may_go_to(scope["session"], lesson_id) else AnonymousUser()


def read_knock(query: bytes) -> UUID | None:
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        if name == "guest":
            try:
                return UUID(value)
            except ValueError:
                return None
    return None
