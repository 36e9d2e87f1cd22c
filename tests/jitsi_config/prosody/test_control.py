"""mod_darasa_control in a real Prosody: out of a room, and the end of one, as classroom/jitsi/control.py asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4
from xml.etree.ElementTree import Element

import pytest

from classroom.jitsi.border import BorderFailure
from classroom.jitsi.control import HttpControl, Orders
from scripts.prosody import INSTRUCTION, find_prosody
from tests.jitsi_config.prosody.receiver import TOKEN, Receiver
from tests.jitsi_config.prosody.server import Focus, Prosody
from tests.jitsi_config.prosody.xmpp import Client


@pytest.fixture(scope="module")
def prosody(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    if not find_prosody():
        pytest.fail(INSTRUCTION)
    modules = ("darasa_events", "darasa_control")
    server = Prosody(tmp_path_factory.mktemp("prosody"), darasa, muc_modules=modules)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def control(prosody: Prosody) -> HttpControl:
    return HttpControl(prosody.url, TOKEN)


def inside(control: HttpControl, name: str) -> dict[str, str]:
    rooms = [room for room in control.find_rooms().rooms if room.room == name]
    return {one.nick: one.person or "" for room in rooms for one in room.occupants}


def test_one_is_put_out_and_the_others_stay(
    prosody: Prosody, darasa: Receiver, focus: Focus, control: HttpControl, name: str
) -> None:
    room, amina, bilal = focus.open_room(name), str(uuid4()), str(uuid4())
    prosody.person(id=amina, name="Amina").join(room, "a1a1a1a1")
    prosody.person(id=bilal, name="Bilal").join(room, "b2b2b2b2")
    assert inside(control, name) == {"a1a1a1a1": amina, "b2b2b2b2": bilal}
    assert control.carry_out(Orders(put_out=[(name, "a1a1a1a1")])) == []
    assert inside(control, name) == {"b2b2b2b2": bilal}
    left = darasa.wait_for_type(name, "occupant.left", 1)
    assert [(event["occupant"]["person"], event["reason"]) for event in left] == [(amina, "kicked")]


AUDIO = "{http://jitsi.org/jitmeet/audio}mute"


def told_to_be_silent(client: Client) -> list[Element]:
    return [stanza for stanza in client.heard if stanza.find(AUDIO) is not None]


def test_one_is_muted_as_by_the_focus_and_the_others_hear_nothing(
    prosody: Prosody, focus: Focus, control: HttpControl, name: str
) -> None:
    """As lib-jitsi-meet's `ChatRoom.onMute` wants it: from the focus of the room, and with the word `true`."""
    room = focus.open_room(name)
    teacher = prosody.person(id=str(uuid4()), name="Tomas").join(room, "c3c3c3c3")
    amina = prosody.person(id=str(uuid4()), name="Amina").join(room, "a1a1a1a1")
    assert control.carry_out(Orders(mute=[(name, "a1a1a1a1", "c3c3c3c3")])) == []
    said = amina.wait_for(lambda stanza: stanza.find(AUDIO) is not None, what="the word to be silent")
    mute = said.find(AUDIO)
    assert mute is not None
    assert (said.get("type"), said.get("from"), mute.text) == ("set", f"{room}/focus", "true")
    assert (mute.get("jid"), mute.get("actor")) == (f"{room}/a1a1a1a1", f"{room}/c3c3c3c3")
    # Who wants it may have left, and need not be there at all.
    assert (
        control.carry_out(Orders(mute=[(name, "a1a1a1a1", ""), (name, "nobody", ""), ("none", "x", "")]))
        == []
    )
    amina.wait_for(lambda stanza: len(told_to_be_silent(amina)) == 2, what="the word again")
    last = told_to_be_silent(amina)[-1].find(AUDIO)
    assert last is not None and last.get("actor") == f"{room}/focus"
    assert inside(control, name).keys() == {"a1a1a1a1", "c3c3c3c3"}
    assert told_to_be_silent(teacher) == []


def test_the_focus_is_muted_by_nobody_and_another_token_mutes_nobody(
    prosody: Prosody, focus: Focus, control: HttpControl, name: str
) -> None:
    room = focus.open_room(name)
    amina = prosody.person(id=str(uuid4()), name="Amina").join(room, "a1a1a1a1")
    assert control.carry_out(Orders(mute=[(name, "focus", "")])) == []  # nobody of that name
    failures = HttpControl(prosody.url, TOKEN + "x").carry_out(Orders(mute=[(name, "a1a1a1a1", "")]))
    assert [failure.code for failure in failures] == ["refused"]
    assert inside(control, name).keys() == {"a1a1a1a1"}
    assert told_to_be_silent(amina) == []


def test_a_room_ends_for_everybody(
    prosody: Prosody, darasa: Receiver, focus: Focus, control: HttpControl, name: str
) -> None:
    room = focus.open_room(name)
    prosody.person(id=str(uuid4()), name="Amina").join(room, "a1a1a1a1")
    assert control.carry_out(Orders(end=[name])) == []
    darasa.wait_for_type(name, "room.destroyed", 1)
    assert inside(control, name) == {}


def test_whoever_is_gone_already_is_no_failure(focus: Focus, control: HttpControl, name: str) -> None:
    focus.open_room(name)
    odd = [(name, "nobody"), (name, "a/b?c#d"), ("no-such-room", "x")]
    assert control.carry_out(Orders(put_out=odd, end=["no-such-room"])) == []
    assert name in {room.room for room in control.find_rooms().rooms}


def test_another_token_opens_nothing(prosody: Prosody, focus: Focus, control: HttpControl, name: str) -> None:
    focus.open_room(name)
    failures = HttpControl(prosody.url, TOKEN + "x").carry_out(Orders(end=[name]))
    assert [failure.code for failure in failures] == ["refused"]
    with pytest.raises(BorderFailure, match="refused"):
        HttpControl(prosody.url, "wrong").find_rooms()
    assert name in {room.room for room in control.find_rooms().rooms}
