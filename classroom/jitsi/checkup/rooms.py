"""A room, entered with a token: what the sign-in alone does not show.

Prosody signs people in by one module and lets them into rooms by another; who becomes a moderator is decided by a
third, and by jicofo. With any of them left out, everything looks as if it worked.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.jitsi.border import BorderFailure
from classroom.jitsi.checkup.border import look_at_log, tell_failure
from classroom.jitsi.checkup.tokens import doors
from classroom.jitsi.events import TRIAL_ROOM
from classroom.jitsi.jicofo import HttpFocus
from classroom.jitsi.proofs import is_secret
from classroom.jitsi.tokens import make_trial_token
from classroom.jitsi.xmpp import NotLetIn, Seat, visiting
from common.checkup import Finding, fault, fine, skipped, warning
from common.refusals import Unavailable


class RoomEntered:
    name: ClassVar[str] = "room"
    title: ClassVar[str | Promise] = gettext_lazy("A room in Jitsi, entered with a token")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if not settings.JITSI_DOMAIN or not settings.JICOFO_URL:
            yield skipped(about, _("JITSI_DOMAIN or JICOFO_URL is empty: nobody would open a room"))
            return
        room = make_trial_room()
        tokens = [find_token(one) for one in (room, make_trial_room())]
        if None in tokens:
            yield warning(about, _("there is nothing to sign with"), _("See “token”."))
            return
        trouble = open_room(room)
        if trouble is not None:
            yield trouble
            return
        own, foreign = map(str, tokens)
        yield from try_doors(about, room, own, foreign)


def make_trial_room() -> str:
    """Unguessable like those of lessons, and of no lesson."""
    return f"{TRIAL_ROOM}{secrets.token_hex(16)}"


def find_token(room: str) -> str | None:
    if settings.JITSI_SIGNING == "HS256" and not is_secret(settings.JITSI_APP_SECRET):
        return None
    try:
        return make_trial_token(room_name=room, now=timezone.now()).jwt
    except Unavailable:
        return None


def address_of(room: str) -> str:
    return f"{room}@muc.{settings.JITSI_XMPP_DOMAIN}"


def open_room(room: str) -> Finding | None:
    """None when jicofo stands in it; it leaves again by itself when nobody has stayed."""
    url = settings.JICOFO_URL.rstrip("/")
    try:
        is_open = HttpFocus(url).open_room(address_of(room))
    except BorderFailure as failure:
        told = _("opens no room: %(said)s") % {"said": tell_failure(failure.code)}
        return fault(url, told, look_at_log("jicofo"))
    if is_open:
        return None
    return fault(url, _("does not get into a room of its own"), look_at_log("jicofo"))


def try_doors(about: str, room: str, own: str, foreign: str) -> Iterator[Finding]:
    """The first door that answers; one that does not is told of by “token”."""
    for door in doors():
        try:
            yield judge_own(door, room, own)
            yield from judge_foreign(door, room, foreign)
        except BorderFailure:
            continue
        except NotLetIn:
            yield warning(about, _("the sign-in fails already"), _("See “token”."))
        return
    yield warning(about, _("nobody answers"), _("See “token”."))


def judge_own(door: str, room: str, token: str) -> Finding:
    """As a student comes. BorderFailure, and NotLetIn when even the sign-in fails."""
    found = enter(door, room, token)
    if isinstance(found, str):
        remedy = _(
            "JITSI_XMPP_DOMAIN must be XMPP_DOMAIN of the Jitsi stack; else `docker compose logs --tail 50 prosody`."
        )
        return fault(door, _("the room refuses our token: %(words)s") % {"words": found}, remedy)
    if found.is_powerful:
        remedy = _(
            "Set JICOFO_ENABLE_AUTH=0 and ENABLE_AUTO_OWNER=0 for jicofo, and token_affiliation in XMPP_MUC_MODULES."
        )
        return fault(door, _("makes a moderator of whoever has a student's token"), remedy)
    return fine(door, _("lets our token into its room, as a student"))


def judge_foreign(door: str, room: str, token: str) -> Iterator[Finding]:
    """Each token opens one room."""
    if isinstance(enter(door, room, token), Seat):
        remedy = _("The token module of the rooms is missing: AUTH_TYPE=jwt for prosody, token_verification.")
        yield fault(door, _("lets a token of one room into another one"), remedy)


def enter(door: str, room: str, token: str) -> Seat | str:
    """The seat, or the room's words of refusal."""
    with visiting(door, domain=settings.JITSI_XMPP_DOMAIN, room=room, token=token) as visit:
        visit.sign_in()
        try:
            return visit.enter(address_of(room))
        except NotLetIn as refusal:
            return refusal.words
