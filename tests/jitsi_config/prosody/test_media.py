"""mod_darasa_events in a real Prosody: what somebody sends, as their own client says it in its presence."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

import pytest

from tests.jitsi_config.prosody.receiver import Receiver
from tests.jitsi_config.prosody.server import Focus, Prosody
from tests.jitsi_config.prosody.xmpp import Client

NICK = "a1a1a1a1"
ALL_OFF = {"microphone": False, "camera": False, "screen": False}


def sources(**said: dict[str, Any]) -> str:
    """As lib-jitsi-meet writes them: `a0=…` is the source `a1a1a1a1-a0`."""
    return f"<SourceInfo>{escape(json.dumps({f'{NICK}-{name}': one for name, one in said.items()}))}</SourceInfo>"


def show(person: Client, room: str, inside: str) -> None:
    person.send(f'<presence xmlns="jabber:client" to="{room}/{NICK}">{inside}</presence>')


ON, OFF = {"muted": False}, {"muted": True}
SAID = [
    (sources(a0=ON, v0=ON), {"microphone": True, "camera": True, "screen": False}),
    (sources(a0=ON, v0=OFF), {"microphone": True, "camera": False, "screen": False}),
    (
        sources(v0=OFF, v1={"muted": False, "videoType": "desktop"}),
        {"microphone": False, "camera": False, "screen": True},
    ),
    (sources(v0=ON, v1=ON | {"videoType": "desktop_high_fps"}), ALL_OFF | {"camera": True, "screen": True}),
    (sources(x=ON | {"mediaType": "AUDIO"}), ALL_OFF | {"microphone": True}),
    ("<audiomuted>false</audiomuted><videomuted>true</videomuted>", ALL_OFF | {"microphone": True}),
    ("<videomuted>false</videomuted><videoType>camera</videoType>", ALL_OFF | {"camera": True}),
    ("<videomuted>false</videomuted><videoType>desktop</videoType>", ALL_OFF | {"screen": True}),
]


@pytest.mark.parametrize(("said", "told"), SAID)
def test_each_way_of_saying_it_is_told_at_the_arrival_and_later(
    said: str, told: dict[str, bool], prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    amina = prosody.person(id="person-1", name="Amina").join(room, NICK, said)
    assert darasa.wait_for_type(name, "occupant.joined")[0]["occupant"]["media"] == told
    show(amina, room, sources(a0=OFF, v0=OFF))
    (off,) = darasa.wait_for_type(name, "occupant.media")
    assert off["occupant"]["media"] == ALL_OFF
    show(amina, room, said)
    again = darasa.wait_for_type(name, "occupant.media", 2)[1]
    assert again["occupant"]["media"] == told
    assert again["occupant"] | {"media": None} == off["occupant"] | {"media": None}
    inside = json.loads(prosody.get(f"/darasa/rooms/{name}")[1])["rooms"][0]["occupants"]
    assert inside == [again["occupant"]]


def test_what_comes_quickly_is_told_once_as_it_is_in_the_end(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    amina = prosody.person(id="person-1").join(room, NICK, sources(a0=OFF))
    for word in [ON, OFF] * 20:
        show(amina, room, sources(a0=word))
    show(amina, room, sources(a0=ON, v0=ON))
    show(amina, room, sources(a0=ON, v0=ON) + "<status>nothing new</status>")
    assert darasa.wait_for_type(name, "occupant.media")[0]["occupant"]["media"]["camera"] is True
    amina.leave(room)
    darasa.wait_for_type(name, "occupant.left")
    assert len(darasa.of(name, "occupant.media")) <= 3  # forty-two presences, on however slow a machine


def test_on_and_off_again_is_nothing_to_tell(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    amina = prosody.person(id="person-1").join(room, NICK, sources(a0=OFF))
    show(amina, room, sources(a0=OFF) + "<nick xmlns='http://jabber.org/protocol/nick'>A</nick>")
    show(amina, room, sources(a0=OFF, v0=ON))
    darasa.wait_for_type(name, "occupant.media")
    assert [one["occupant"]["media"] for one in darasa.of(name, "occupant.media")] == [
        ALL_OFF | {"camera": True}
    ]


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "<SourceInfo/>",
        "<SourceInfo>{</SourceInfo>",
        "<SourceInfo>[1]</SourceInfo>",
        '<SourceInfo>{"a-a0": false}</SourceInfo>',
        f'<SourceInfo>{{"a-a0": {{"muted": false, "x": "{"y" * 9000}"}}}}</SourceInfo>',
    ],
)
def test_who_says_nothing_that_can_be_understood_is_not_known(
    odd: str, prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    amina = prosody.person(id="person-1").join(room, NICK, odd)
    assert "media" not in darasa.wait_for_type(name, "occupant.joined")[0]["occupant"]
    show(amina, room, sources(a0=ON))
    darasa.wait_for_type(name, "occupant.media")
    show(amina, room, odd)
    amina.leave(room)
    assert darasa.wait_for_type(name, "occupant.left")[0]["occupant"]["media"]["microphone"] is True
    assert "stack traceback" not in prosody.log
