"""The recorder's pass: a signed text that opens one room to a recorder."""

from django.core import signing

SALT = "classroom.recorder"
LIFETIME_SECONDS = 24 * 3600


def issue_pass(room_id: object) -> str:
    return signing.dumps({"room": str(room_id)}, salt=SALT)


def is_valid_pass(token: str, room_id: object) -> bool:
    try:
        claims = signing.loads(token, salt=SALT, max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        return False
    return bool(claims.get("room") == str(room_id))
