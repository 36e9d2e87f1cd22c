"""As much XMPP over HTTP (BOSH) as it takes to knock at Prosody like a browser: sign in with a token, ask, enter
a room, go.

SASL is ANONYMOUS, as in Jitsi's own client; the token travels in the address, and Prosody judges it there and then.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.sax.saxutils import quoteattr

import httpx

from classroom.jitsi.border import LARGEST_ANSWER, BorderFailure
from common.checkup.stun import Relay
from common.tls import trusted

# Longer than Prosody may hold back an answer that is empty (`wait`).
WAIT_SECONDS = 2.0
BODY = "http://jabber.org/protocol/httpbind"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
SERVICES = "urn:xmpp:extdisco:2"
BINDING = "urn:ietf:params:xml:ns:xmpp-bind"
PRESENCE = "{jabber:client}presence"
MUC, MUC_USER = "http://jabber.org/protocol/muc", "{http://jabber.org/protocol/muc#user}"
OWN_PRESENCE = "110"
LONGEST_NICK = 8  # as lib-jitsi-meet makes it from the address, and as `muc_resource_validate` insists on
MOST_EMPTY_ANSWERS = 3
NO_HOST = frozenset({"host-unknown", "improper-addressing"})


class NotLetIn(Exception):
    """Prosody's own words, e.g. “Invalid signature”."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Seat:
    """As what the room has somebody: `role` moderator or participant, `affiliation` owner, member or none."""

    role: str
    affiliation: str

    @property
    def is_powerful(self) -> bool:
        return self.role == "moderator" or self.affiliation in {"owner", "admin"}


@dataclass(slots=True)
class Visit:
    """One session of a browser that is none. `sid` is empty until Prosody has given one."""

    client: httpx.Client
    url: str
    domain: str
    query: dict[str, str]
    sid: str = ""
    number: int = 0

    def exchange(self, content: str = "", **attributes: str) -> Element:
        """One request; BorderFailure, also "no_host" when this Prosody has no such domain."""
        self.number = self.number + 1 if self.number else secrets.randbelow(1_000_000) + 1
        told = {
            "rid": str(self.number),
            "xmlns": BODY,
            **({"sid": self.sid} if self.sid else {}),
            **attributes,
        }
        words = " ".join(f"{name}={quoteattr(value)}" for name, value in told.items())
        body = f'<body {words} xmlns:xmpp="urn:xmpp:xbosh">{content}</body>'
        answer = _post(self.client, self.url, self.query, body)
        if answer.get("type") == "terminate" and attributes.get("type") != "terminate":
            raise BorderFailure("no_host" if answer.get("condition") in NO_HOST else "refused")
        return answer

    def wait_for(self, answer: Element, name: str) -> Element:
        """The first element of this name; a server may answer with nothing and speak the next time."""
        for _again in range(MOST_EMPTY_ANSWERS):
            found = next((one for one in answer.iter() if one.tag.rpartition("}")[2] == name), None)
            if found is not None:
                return found
            if len(answer):
                break
            answer = self.exchange()
        raise BorderFailure("unreadable")

    def sign_in(self) -> None:
        opened = self.exchange(
            to=self.domain, wait="1", hold="1", ver="1.6", **{"xml:lang": "en", "xmpp:version": "1.0"}
        )
        self.sid = opened.get("sid") or ""
        answer = self.exchange(f'<auth xmlns="{SASL}" mechanism="ANONYMOUS"/>')
        refusal = answer.find(f"{{{SASL}}}failure")
        if refusal is not None:
            raise NotLetIn(" ".join("".join(refusal.itertext()).split()) or _first_name(refusal))
        self.wait_for(answer, "success")

    def find_relays(self) -> list[Relay]:
        """STUN and TURN as browsers are told of them, with credentials made for this visit."""
        self.bind()
        domain = quoteattr(self.domain)
        asked = f'<iq xmlns="jabber:client" type="get" id="relays" to={domain}><services xmlns="{SERVICES}"/></iq>'
        answer = self.wait_for(self.exchange(asked), "iq")
        return [_relay(one) for one in answer.iter(f"{{{SERVICES}}}service") if one.get("host")]

    def bind(self) -> str:
        """Our address, which Prosody chooses."""
        self.exchange(to=self.domain, **{"xmpp:restart": "true"})
        asked = f'<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="{BINDING}"/></iq>'
        return self.wait_for(self.exchange(asked), "jid").text or ""

    def enter(self, room_jid: str) -> Seat:
        """NotLetIn with the room's words; BorderFailure when it says nothing."""
        place = f"{room_jid}/{self.bind()[:LONGEST_NICK]}"
        asked = f'<presence xmlns="jabber:client" to={quoteattr(place)}><x xmlns="{MUC}"/></presence>'
        answer, seats = self.exchange(asked), list[Seat]()
        for _again in range(MOST_EMPTY_ANSWERS):
            seats += _seats(answer, place)
            # One look more: jicofo makes its moderators a moment after they have come.
            answer = self.exchange()
        seats += _seats(answer, place)
        if not seats:
            raise BorderFailure("unreadable")
        return seats[-1]

    def leave(self) -> None:
        if self.sid:
            with suppress(BorderFailure):
                self.exchange(type="terminate")


@contextmanager
def visiting(base_url: str, *, domain: str, room: str, token: str) -> Iterator[Visit]:
    """Not signed in yet. An empty token is none at all."""
    query = {"room": room, "prefix": "", **({"token": token} if token else {})}
    with httpx.Client(timeout=WAIT_SECONDS, trust_env=False, verify=trusted()) as client:
        visit = Visit(client, f"{base_url.rstrip('/')}/http-bind", domain, query)
        try:
            yield visit
        finally:
            visit.leave()


def _post(client: httpx.Client, url: str, query: dict[str, str], body: str) -> Element:
    kind = {"Content-Type": "text/xml; charset=utf-8"}
    try:
        answer = client.post(url, params=query, content=body.encode(), headers=kind)
    except httpx.TimeoutException as error:
        raise BorderFailure("timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise BorderFailure("no_connection") from error
    if not answer.is_success:
        raise BorderFailure("missing" if answer.status_code == 404 else "refused")
    if len(answer.content) > LARGEST_ANSWER:
        raise BorderFailure("unreadable")
    try:
        read = fromstring(answer.content)  # noqa: S314  expat itself refuses entities that explode
    except ParseError as error:
        raise BorderFailure("unreadable") from error
    if read.tag != f"{{{BODY}}}body":
        raise BorderFailure("unreadable")
    return read


def _seats(answer: Element, place: str) -> list[Seat]:
    """What the room tells us about ourselves, the latest last."""
    room, found = place.partition("/")[0], []
    for presence in answer.iter(PRESENCE):
        sender = presence.get("from") or ""
        if presence.get("type") == "error" and sender.partition("/")[0] == room:
            raise NotLetIn(" ".join("".join(presence.itertext()).split()) or _first_name(presence[-1]))
        item = presence.find(f"{MUC_USER}x/{MUC_USER}item")
        codes = {one.get("code") for one in presence.iter(f"{MUC_USER}status")}
        if item is not None and (sender == place or OWN_PRESENCE in codes):
            found.append(Seat(item.get("role") or "", item.get("affiliation") or ""))
    return found


def _first_name(refusal: Element) -> str:
    return refusal[0].tag.rpartition("}")[2] if len(refusal) else "failure"


def _relay(service: Element) -> Relay:
    port = service.get("port") or ""
    kind = service.get("type") or ""
    return Relay(
        kind=kind,
        host=service.get("host") or "",
        port=int(port) if port.isdigit() else 5349 if kind.endswith("s") else 3478,
        transport=service.get("transport") or "udp",
        username=service.get("username") or "",
        password=service.get("password") or "",
    )
