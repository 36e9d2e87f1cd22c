"""mod_darasa_shield in a real Prosody: what somebody offers who must not be recorded never reaches jicofo."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4
from xml.etree.ElementTree import Element, tostring

import pytest

from scripts.prosody import INSTRUCTION, find_prosody
from tests.jitsi_config.prosody.receiver import Receiver
from tests.jitsi_config.prosody.server import Focus, Prosody
from tests.jitsi_config.prosody.xmpp import CLIENT, Client, error_names

SOURCE = '<source xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" ssrc="4711" name="amina-v0"/>'
GROUP = '<ssrc-group xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" semantics="FID"/>'


def jingle(action: str) -> str:
    description = (
        f'<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="video">{SOURCE}{GROUP}</description>'
    )
    transport = '<transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="u"/>'
    content = f'<content creator="responder" name="video">{description}{transport}</content>'
    return f'<jingle xmlns="urn:xmpp:jingle:1" action="{action}" sid="s">{content}</jingle>'


@pytest.fixture(scope="module")
def prosody(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    if not find_prosody():
        pytest.fail(INSTRUCTION)
    modules = ("darasa_events", "darasa_shield")
    server = Prosody(tmp_path_factory.mktemp("prosody"), darasa, muc_modules=modules)
    server.start()
    yield server
    server.stop()


def offer(client: Client, focus: Focus, room: str, action: str) -> Element | None:
    """What jicofo hears of it, which answers everything with a result; None when it hears nothing."""
    heard: list[Element] = []

    def answer(stanza: Element) -> None:
        if stanza.tag == f"{CLIENT}iq" and stanza.get("type") == "set":
            heard.append(stanza)
            to, mark = stanza.get("from", ""), stanza.get("id", "")
            focus.client.send(f'<iq xmlns="jabber:client" type="result" id="{mark}" to="{to}"/>')

    focus.client.answers.append(answer)
    told = client.request(f"{room}/focus", jingle(action))
    focus.client.answers.remove(answer)
    if told.get("type") == "error":
        assert "not-allowed" in error_names(told)
    return heard[0] if heard else None


def test_others_bring_camera_and_microphone(prosody: Prosody, focus: Focus, name: str) -> None:
    room = focus.open_room(name)
    bilal = prosody.person(id=str(uuid4()), name="Bilal").join(room, "b2b2b2b2")
    for action in ("session-accept", "source-add"):
        heard = offer(bilal, focus, room, action)
        assert heard is not None
        assert b"4711" in tostring(heard)


def test_whoever_must_not_be_recorded_joins_and_sends_nothing(
    prosody: Prosody, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    amina = prosody.person(id=str(uuid4()), name="Amina", silent="true").join(room, "a1a1a1a1")
    heard = offer(amina, focus, room, "session-accept")
    assert heard is not None, "she receives, so jicofo must hear that she accepts"
    told = tostring(heard)
    assert b"ice-udp" in told
    assert b"4711" not in told
    assert b"ssrc-group" not in told
    assert offer(amina, focus, room, "source-add") is None
