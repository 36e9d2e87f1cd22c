"""Three ways to say who asks, in this order: the browser's session, a bearer token, an API key."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts import actions
from accounts.bearer import BearerRefused, BearerVerifier
from accounts.callers import Caller, bearer_calling, key_calling, person_calling
from accounts.models import ApiKey, Person
from accounts.queries import api_key_of

LONGEST_HEADER = 9_000


class CallerUnknown(exceptions.AuthenticationFailed):
    """`scheme` and `reason` go into WWW-Authenticate."""

    def __init__(self, scheme: str, reason: str) -> None:
        super().__init__("These credentials open nothing.", code=reason)
        self.scheme, self.reason = scheme, reason


def challenge(error: Exception) -> str:
    """The value of WWW-Authenticate."""
    words = {"Bearer": 'Bearer realm="darasa"', "Api-Key": 'Api-Key realm="darasa"'}
    if isinstance(error, CallerUnknown) and error.scheme in words:
        words[error.scheme] += f', error="invalid_token", error_description="{error.reason}"'
    return ", ".join(words.values())


class BySession(SessionAuthentication):
    """Steps aside for whoever says in a header who they are: what is said beats what is sent along."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        if "Authorization" in request.headers:
            return None
        found = super().authenticate(request)
        person = found[0] if found else None
        return (person_calling(person), None) if isinstance(person, Person) else None


class ByBearer(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = _credentials(request, "Bearer")
        if token is None:
            return None
        verify: BearerVerifier = import_string(settings.BEARER_VERIFIER)
        try:
            bearer = verify(token)
        except BearerRefused as refused:
            raise CallerUnknown("Bearer", refused.reason) from refused
        if bearer.person is not None and not bearer.person.is_active:
            raise CallerUnknown("Bearer", "inactive_person")
        return bearer_calling(bearer), None


class ByApiKey(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        text = _credentials(request, "Api-Key")
        if text is None:
            return None
        key, now = api_key_of(text), timezone.now()
        if key is None:
            raise CallerUnknown("Api-Key", "unknown_key")
        reason = _why_not(key, now)
        if reason:
            raise CallerUnknown("Api-Key", reason)
        actions.note_use(key=key, now=now)
        return key_calling(key), None


def _why_not(key: ApiKey, now: Any) -> str:
    if key.revoked_at is not None:
        return "revoked_key"
    if now < key.valid_from:
        return "key_not_valid_yet"
    return "expired_key" if now >= key.valid_to else ""


def _credentials(request: Request, scheme: str) -> str | None:
    """What follows the scheme; None when the header speaks of another one."""
    header = request.headers.get("Authorization", "")
    said, _, rest = header.partition(" ")
    if said.lower() != scheme.lower():
        return None
    if not rest or len(header) > LONGEST_HEADER or not rest.isascii() or "\x00" in rest:
        raise CallerUnknown(scheme, "malformed")
    return rest


def caller_of(request: Request) -> Caller:
    """Whom the three ways found; NotAuthenticated when it is nobody."""
    caller: Any = request.user
    if isinstance(caller, Caller):
        return caller
    if "Authorization" in request.headers:
        raise CallerUnknown("", "unknown_scheme")
    raise exceptions.NotAuthenticated


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BySession
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        told = "The browser's own sign-in; unsafe methods also need the X-CSRFToken header."
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": told,
        }


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ByBearer
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        told = "An access token of the identity provider of your institution."
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": told}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ByApiKey
    name = "api_key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        told = "`Api-Key darasa_…`, from a head of your institution."
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": told}
