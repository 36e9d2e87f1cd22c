"""Prosody's rules for tokens, written down a second time: with no line and no library of ours, nor PyJWT.

From Jitsi's `luajwtjitsi.lib.lua`, `token/util.lib.lua`, `mod_token_verification.lua`, `mod_token_affiliation.lua`
and `mod_presence_identity.lua` as docs/operations describes them. Lua's habits are kept: only nil and false are
false, a missing `exp` is eternal life, there is no leeway.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


class Turned(Exception):
    """Turned away, with Prosody's reason."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody connected, with what the token said of them."""

    room: str
    sub: str
    user: dict[str, Any]
    features: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Prosody:
    """`secret` for HS256, or `fetch` for RS256: the key server, asked for `<sha256 of kid>.pem`."""

    secret: str = ""
    fetch: Callable[[str], bytes | None] | None = None
    issuer: str = "darasa"
    audience: str = "jitsi"
    domain: str = "meet.jitsi"
    checks_domain: bool = True

    def connect(self, token: str, *, now: float) -> Session:
        signed, _, signature = token.rpartition(".")
        header, claims = (json.loads(unbase64(part)) for part in signed.split("."))
        self._check_signature(header, signed.encode(), unbase64(signature))
        self._check_claims(claims, now)
        context = claims.get("context") or {}
        return Session(claims["room"], claims["sub"], context.get("user") or {}, context.get("features"))

    def _check_signature(self, header: dict[str, Any], signed: bytes, signature: bytes) -> None:
        if header.get("typ") != "JWT":
            raise Turned("Invalid typ")
        if header.get("alg") != ("RS256" if self.fetch else "HS256"):
            raise Turned("Invalid or incorrect alg")
        if self.fetch is None:
            good = hmac.new(self.secret.encode(), signed, hashlib.sha256).digest()
            if not hmac.compare_digest(good, signature):
                raise Turned("Invalid signature")
            return
        if not isinstance(header.get("kid"), str):
            raise Turned("'kid' claim is missing")
        pem = self.fetch(hashlib.sha256(header["kid"].encode()).hexdigest())
        if pem is None:
            raise Turned("could not obtain public key")
        public = serialization.load_pem_public_key(pem)
        assert isinstance(public, rsa.RSAPublicKey)
        try:
            public.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            raise Turned("Invalid signature") from None

    def _check_claims(self, claims: dict[str, Any], now: float) -> None:
        if claims.get("iss") != self.issuer:
            raise Turned("Invalid issuer ('iss' claim)")
        if not isinstance(claims.get("aud"), str) or claims["aud"] != self.audience:
            raise Turned("Invalid audience ('aud' claim)")
        for name in ("exp", "nbf"):
            if name in claims and (
                isinstance(claims[name], bool) or not isinstance(claims[name], int | float)
            ):
                raise Turned(f"{name} must be number")
        if "exp" in claims and int(now) >= claims["exp"]:
            raise Turned("Not acceptable by exp")
        if "nbf" in claims and int(now) < claims["nbf"]:
            raise Turned("Not acceptable by nbf")
        if not isinstance(claims.get("sub"), str):
            raise Turned("'sub' claim is missing")
        if not isinstance(claims.get("room"), str):
            raise Turned("'room' claim is missing")

    def lets_in(self, session: Session, room: str) -> bool:
        """`token_verification`: the room's address against the token."""
        if self.checks_domain and session.sub.lower() not in {self.domain, "*"}:
            return False
        return session.room in {"*", room} or session.room.lower() == room.lower()


def affiliation(session: Session) -> str:
    """`token_affiliation`: an owner is a moderator."""
    user = session.user
    named = user.get("affiliation") in {"owner", "moderator", "teacher"}
    return "owner" if named or user.get("moderator") in ("true", True) else "member"


def may(session: Session, feature: str) -> bool:
    """`is_feature_allowed`: without `features`, whoever moderates may; with them, only what they name."""
    if session.features is None:
        return affiliation(session) == "owner"
    return session.features.get(feature) in ("true", True)


def presence(session: Session) -> ET.Element:
    """What `presence_identity` puts into everybody's stream. ParseError: it would have ended all of them."""
    told = "".join(f"<{name}>{escape(text_of(value))}</{name}>" for name, value in session.user.items())
    return ET.fromstring(f"<presence><identity><user>{told}</user></identity></presence>")  # noqa: S314


def text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
