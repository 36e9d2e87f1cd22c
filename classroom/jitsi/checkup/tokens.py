"""Tokens: what Prosody says to a real one, to a forged one and to none; and whether it can fetch our keys."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import ClassVar

import httpx
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.jitsi import keys
from classroom.jitsi.border import BorderFailure
from classroom.jitsi.checkup.border import look_at_log, tell_failure
from classroom.jitsi.proofs import is_secret
from classroom.jitsi.tokens import make_trial_token
from classroom.jitsi.xmpp import NotLetIn, visiting
from common.checkup import Finding, fault, fine, skipped, warning
from common.ids import make_room_name
from common.refusals import Unavailable

WAIT_SECONDS = 3.0


def doors() -> list[str]:
    """Where Prosody may be asked: as browsers do, through the front end; and straight."""
    return list(filter(None, [settings.JITSI_ORIGIN, settings.PROSODY_URL]))


class TokenAccepted:
    name: ClassVar[str] = "token"
    title: ClassVar[str | Promise] = gettext_lazy("Tokens, as Prosody judges them")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if not settings.JITSI_DOMAIN:
            yield skipped(about, _("JITSI_DOMAIN is empty: the built-in room"))
            return
        if settings.JITSI_SIGNING == "HS256" and not is_secret(settings.JITSI_APP_SECRET):
            remedy = _("Put the JWT_APP_SECRET of your Jitsi stack into JITSI_APP_SECRET.")
            yield fault(about, _("there is no secret to sign with"), remedy)
            return
        room = make_room_name()
        try:
            token = make_trial_token(room_name=room, now=timezone.now())
        except Unavailable:
            yield fault(about, _("there is no key to sign with"), _("`python manage.py jitsi_keys new`."))
            return
        yield from self._knock(room, token.jwt)

    def _knock(self, room: str, token: str) -> Iterator[Finding]:
        """At the first door that answers; one that does not is a finding of its own."""
        for door in doors():
            try:
                yield self._judge(door, room, token)
                yield from self._others(door, room, token)
            except BorderFailure as failure:
                yield fault(door, tell_failure(failure.code), _remedy_of_door(door, failure.code))
            else:
                return

    def _judge(self, door: str, room: str, token: str) -> Finding:
        refused = knock(door, room, token)
        if refused is None:
            return fine(door, _("Prosody lets our token in"))
        return fault(door, _("Prosody refuses our token: %(words)s") % {"words": refused}, remedy_of(refused))

    def _others(self, door: str, room: str, token: str) -> Iterator[Finding]:
        """A door that lets everybody in has accepted nothing."""
        remedy = _("Set AUTH_TYPE=jwt, ENABLE_AUTH=1, ENABLE_GUESTS=0 and JWT_ALLOW_EMPTY=0 for prosody.")
        forged = f"{token.rpartition('.')[0]}.{secrets.token_urlsafe(32)}"
        for others, let_in in (
            (forged, _("lets a forged token in")),
            ("", _("lets people in without a token")),
        ):
            if knock(door, room, others) is None:
                yield fault(door, let_in, remedy)


def knock(door: str, room: str, token: str) -> str | None:
    """None when let in, else Prosody's words. BorderFailure when nobody answers."""
    with visiting(door, domain=settings.JITSI_XMPP_DOMAIN, room=room, token=token) as visit:
        try:
            visit.sign_in()
        except NotLetIn as refusal:
            return refusal.words
    return None


def _remedy_of_door(door: str, code: str) -> str:
    if code == "no_host":
        return _("JITSI_XMPP_DOMAIN must be XMPP_DOMAIN of the Jitsi stack (meet.jitsi).")
    if door == settings.JITSI_ORIGIN:
        return _(
            "The front end must hand /http-bind to Prosody: look at nginx, its certificate and JITSI_DOMAIN."
        )
    return look_at_log("prosody")


def remedy_of(words: str) -> str:
    """Prosody's words are those of Jitsi's token library; each points at one setting on both sides."""
    remedies = (
        ("public key", _("Prosody cannot fetch our key: see “keys”, then JWT_ASAP_KEYSERVER of prosody.")),
        (
            "ignature",
            _(
                "JITSI_APP_SECRET here and JWT_APP_SECRET of prosody differ: make them the same, restart both."
            ),
        ),
        ("alg", _("JITSI_SIGNING here and JWT_SIGN_TYPE of prosody differ.")),
        ("kid", _("JITSI_SIGNING here and JWT_SIGN_TYPE of prosody differ.")),
        ("exp", _("Prosody's clock is ahead of ours: see “clock”.")),
        ("nbf", _("Prosody's clock is behind ours: see “clock”.")),
        ("iss", _("JITSI_APP_ID must be among JWT_ACCEPTED_ISSUERS of prosody.")),
        ("aud", _("JITSI_AUDIENCE must be among JWT_ACCEPTED_AUDIENCES of prosody.")),
        ("required", _("The front end drops the query of /http-bind: let nginx pass it on.")),
    )
    return next((remedy for word, remedy in remedies if word in words), look_at_log("prosody"))


class KeysServed:
    """Asked at the address by which Prosody asks."""

    name: ClassVar[str] = "keys"
    title: ClassVar[str | Promise] = gettext_lazy("Public keys for Prosody")

    def examine(self) -> Iterator[Finding]:
        if not settings.JITSI_DOMAIN or settings.JITSI_SIGNING != "RS256":
            yield skipped(str(self.title), _("tokens are signed with a shared secret"))
            return
        try:
            signing = keys.find_signing_key(keys.read_keys(settings.JITSI_KEYS_DIR), now=timezone.now())
        except Unavailable:
            remedy = _("`python manage.py jitsi_keys new`.")
            yield fault(str(self.title), _("there is no key to sign with"), remedy)
            return
        yield self.fetch(
            f"{settings.INNER_URL}{reverse('jitsi_asap_key', args=[signing.asap_name])}", signing
        )

    def fetch(self, url: str, signing: keys.Key) -> Finding:
        try:
            answer = httpx.get(url, timeout=WAIT_SECONDS, trust_env=False)
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            remedy = _(
                "INNER_URL must be the address by which Prosody reaches Darasa: http://darasa-web:8000."
            )
            return fault(url, tell_failure("no_connection"), remedy)
        if answer.status_code == 400:
            return fault(url, _("refuses this name"), _("Put the host of INNER_URL into ALLOWED_HOSTS."))
        if not answer.is_success or not _is_key(answer.content, signing):
            remedy = _(
                "All web processes must share JITSI_KEYS_DIR and JITSI_SIGNING: compare them, restart them."
            )
            return fault(url, _("is not the key that signs"), remedy)
        if settings.JITSI_ORIGIN and "max-age" not in answer.headers.get("Cache-Control", ""):
            remedy = _("Something between Prosody and Darasa takes Cache-Control away: let it pass.")
            return warning(url, _("is served without an age"), remedy)
        return fine(url, _("is the key that signs"))


def _is_key(body: bytes, signing: keys.Key) -> bool:
    return body.strip() == signing.public_pem.strip()
