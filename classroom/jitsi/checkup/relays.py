"""STUN and TURN: the very addresses and credentials that Prosody gives to a browser, tried."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ClassVar

from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from classroom.jitsi.border import BorderFailure
from classroom.jitsi.checkup.tokens import doors
from classroom.jitsi.tokens import make_trial_token
from classroom.jitsi.xmpp import NotLetIn, visiting
from common.checkup import Finding, fault, fine, skipped, warning
from common.checkup.stun import Relay, StunFailure, allocate, bind
from common.ids import make_room_name
from common.refusals import Unavailable

WAIT_SECONDS = 1.5
AT_ONCE = 8


class RelaysServe:
    name: ClassVar[str] = "turn"
    title: ClassVar[str | Promise] = gettext_lazy("STUN and TURN")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if not settings.JITSI_DOMAIN:
            yield skipped(about, _("JITSI_DOMAIN is empty: the built-in room"))
            return
        relays = find_relays()
        if relays is None:
            yield warning(
                about, _("Prosody tells us of none, because it does not let us in"), _("See “token”.")
            )
        elif not relays:
            remedy = _(
                "People behind strict firewalls see and hear nothing: set TURN_HOST and TURN_CREDENTIALS for prosody."
            )
            yield warning(about, _("Prosody tells browsers of none"), remedy)
        else:
            yield from try_all(relays)


def find_relays() -> list[Relay] | None:
    """None when Prosody does not let us in to ask."""
    room = make_room_name()
    try:
        token = make_trial_token(room_name=room, now=timezone.now()).jwt
    except Unavailable:
        return None
    for door in doors():
        try:
            with visiting(door, domain=settings.JITSI_XMPP_DOMAIN, room=room, token=token) as visit:
                visit.sign_in()
                return visit.find_relays()
        except (BorderFailure, NotLetIn):
            continue
    return None


def try_all(relays: list[Relay]) -> list[Finding]:
    """At the same time: each is allowed to be silent."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(partial(_try_in, get_language()), relays))


def _try_in(language: str | None, relay: Relay) -> Finding:
    with override(language):
        return try_relay(relay)


def try_relay(relay: Relay) -> Finding:
    is_turn = relay.kind.startswith("turn")
    try:
        seen = allocate(relay, seconds=WAIT_SECONDS) if is_turn else bind(relay, seconds=WAIT_SECONDS)
    except StunFailure as failure:
        return _explain(relay, failure.code)
    told = _("relays from %(address)s") if is_turn else _("sees us at %(address)s")
    return fine(str(relay), told % {"address": seen or "?"})


def _explain(relay: Relay, code: str) -> Finding:
    port = {"port": relay.port, "transport": relay.transport, "host": relay.host}
    sentences = {
        "no_name": (_("no address"), _("Make an A record for %(host)s, or correct TURN_HOST.")),
        "no_answer": (
            _("no answer"),
            _("Open %(port)d/%(transport)s to the world; `docker compose logs --tail 50 coturn`."),
        ),
        "no_connection": (
            _("no connection"),
            _("`docker compose ps coturn`; is %(port)d/%(transport)s open?"),
        ),
        "no_tls": (
            _("its certificate is not good"),
            _("The certificate must name %(host)s; nginx holds it for TURN too."),
        ),
        "open": (_("relays for anybody"), _("Start coturn with --use-auth-secret and --static-auth-secret.")),
        "401": (
            _("refuses the credentials"),
            _(
                "TURN_CREDENTIALS of prosody and coturn's --static-auth-secret differ; or a clock is wrong: see “clock”."
            ),
        ),
        "486": (_("has no room left"), _("Raise --total-quota and the port range of coturn.")),
        "508": (_("has no ports left"), _("Raise --total-quota and the port range of coturn.")),
    }
    found, remedy = sentences.get(
        code, (_("answers %(code)s") % {"code": code}, _("`docker compose logs --tail 50 coturn`."))
    )
    return fault(str(relay), found, remedy % port if "%(" in remedy else remedy)
