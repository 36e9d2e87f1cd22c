"""An XMPP client over WebSocket (RFC 7395), as small as the tests allow: people, the focus, the recorder."""

from __future__ import annotations

import base64
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring
from xml.sax.saxutils import quoteattr

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

CLIENT = "{jabber:client}"
FRAMING = "{urn:ietf:params:xml:ns:xmpp-framing}"
SASL = "{urn:ietf:params:xml:ns:xmpp-sasl}"
JIBRI = "{http://jitsi.org/protocol/jibri}"
STANZA_ERROR = "{urn:ietf:params:xml:ns:xmpp-stanzas}"
ids = itertools.count(1)


class NotLetInError(Exception):
    """The server's refusal: of the sign-in or of the room. Its text is the reason given."""


@dataclass(slots=True)
class Client:
    """One connection; `heard` collects every stanza, `answers` may react to one at once."""

    connection: ClientConnection
    jid: str = ""
    heard: list[Element] = field(default_factory=list)
    answers: list[Callable[[Element], None]] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    rooms: dict[str, str] = field(default_factory=dict)

    @classmethod
    def arrive(cls, port: int, domain: str, *, user: str = "", **query: str) -> Client:
        """Signed in and bound; NotLetInError when refused."""
        address = f"ws://127.0.0.1:{port}/xmpp-websocket" + (f"?{urlencode(query)}" if query else "")
        client = cls(connect(address, subprotocols=[Subprotocol("xmpp")], max_size=None, legacy=True))
        try:
            client.sign_in(domain, user)
        except BaseException:
            client.connection.close()
            raise
        threading.Thread(target=client.listen, daemon=True).start()
        return client

    def sign_in(self, domain: str, user: str) -> None:
        opening = f'<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="{domain}" version="1.0"/>'
        self.send(opening)
        self.expect("features")
        if user:
            proof = base64.b64encode(f"\0{user}\0any".encode()).decode()
            self.send(f'<auth xmlns="{SASL[1:-1]}" mechanism="PLAIN">{proof}</auth>')
        else:
            self.send(f'<auth xmlns="{SASL[1:-1]}" mechanism="ANONYMOUS"/>')
        self.expect(f"{SASL}success")
        self.send(opening)
        self.expect("features")
        self.send(
            '<iq xmlns="jabber:client" type="set" id="bind"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>'
        )
        bound = self.expect(f"{CLIENT}iq")
        self.jid = next(bound.iter("{urn:ietf:params:xml:ns:xmpp-bind}jid")).text or ""
        self.send('<presence xmlns="jabber:client"/>')

    def expect(self, tag: str) -> Element:
        """The next frame with this tag (its end is enough); a failure on the way is the end."""
        while True:
            frame = fromstring(self.connection.recv(timeout=60))  # noqa: S314  our own Prosody
            if frame.tag.endswith(tag):
                return frame
            if frame.tag in (f"{SASL}failure", f"{FRAMING}close"):
                raise NotLetInError(" ".join("".join(frame.itertext()).split()) or frame[0].tag)

    def listen(self) -> None:
        with contextlib.suppress(ConnectionClosed, OSError):
            while True:
                frame = self.connection.recv()
                if frame.startswith("<stream:"):  # type: ignore[arg-type]
                    continue  # why the stream ends, with a prefix that Prosody does not declare
                stanza = fromstring(frame)  # noqa: S314
                with self.news:
                    self.heard.append(stanza)
                    self.news.notify_all()
                for answer in list(self.answers):
                    answer(stanza)

    def send(self, xml: str) -> None:
        self.connection.send(xml)

    def wait_for(
        self, wanted: Callable[[Element], Any], seconds: float = 60, what: str = "a stanza"
    ) -> Element:
        deadline = time.monotonic() + seconds
        with self.news:
            seen = 0
            while True:
                for stanza in self.heard[seen:]:
                    if wanted(stanza):
                        return stanza
                seen = len(self.heard)
                if not self.news.wait(deadline - time.monotonic()):
                    raise AssertionError(f"{self.jid} waited {seconds} s for {what}")

    def join(self, room: str, nick: str, inside: str = "") -> Client:
        """NotLetInError with the reason when the room refuses."""
        place = f"{room}/{nick}"
        mark = f"join-{next(ids)}"
        # Before the question: its answer may come at once, and others may hear of it first.
        known = len(self.heard)
        self.rooms[room] = place
        self.send(
            f'<presence xmlns="jabber:client" id="{mark}" to={quoteattr(place)}>'
            f'<x xmlns="http://jabber.org/protocol/muc"/>{inside}</presence>'
        )
        heard = self.wait_for(
            lambda one: one in self.heard[known:] and self.is_about_joining(one, place),
            what=f"entering {place}",
        )
        if heard.get("type") == "error":
            del self.rooms[room]
            raise NotLetInError(" ".join([*error_names(heard), *"".join(heard.itertext()).split()]))
        return self

    @staticmethod
    def is_about_joining(stanza: Element, place: str) -> bool:
        if stanza.tag != f"{CLIENT}presence":
            return False
        if stanza.get("type") == "error":
            return stanza.get("from", "").split("/")[0] == place.split("/")[0]
        return stanza.get("from") == place and "110" in [
            found.get("code") for found in stanza.iter() if found.tag.endswith("status")
        ]

    def leave(self, room: str) -> None:
        place = self.rooms.pop(room)
        self.send(f'<presence xmlns="jabber:client" type="unavailable" to={quoteattr(place)}/>')

    def request(self, to: str, payload: str, kind: str = "set", seconds: float = 60) -> Element:
        """The answer to an IQ, result or error."""
        mark = f"iq-{next(ids)}"
        self.send(f'<iq xmlns="jabber:client" id="{mark}" type="{kind}" to={quoteattr(to)}>{payload}</iq>')
        return self.wait_for(
            lambda one: one.tag == f"{CLIENT}iq" and one.get("id") == mark, seconds, f"an answer from {to}"
        )

    def go(self) -> None:
        """Without a goodbye: the network has gone."""
        self.connection.socket.shutdown(socket.SHUT_RDWR)


def error_names(stanza: Element) -> list[str]:
    return [found.tag.rpartition("}")[2] for found in stanza.iter() if found.tag.startswith(STANZA_ERROR)]
