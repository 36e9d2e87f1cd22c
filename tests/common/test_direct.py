"""Frames made by hand, read by a real WebSocket parser; and servers that we do not know."""

from __future__ import annotations

import os

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from common.sockets.direct import BINARY, TEXT, find_wire, frame_of


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 300_000])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_of_any_length_is_read_as_it_was_meant(length: int, opcode: int) -> None:
    client = ClientProtocol(parse_uri("ws://school.example/"), state=State.OPEN)
    payload = b"x" * length if opcode == TEXT else os.urandom(length)
    client.receive_data(frame_of(opcode, payload) + frame_of(opcode, b"next"))
    events = [event for event in client.events_received() if isinstance(event, Frame)]
    assert [(event.opcode, bytes(event.data)) for event in events] == [
        (Opcode(opcode), payload),
        (Opcode(opcode), b"next"),
    ]


def test_a_server_that_is_not_known_has_no_wire_and_asgi_must_do() -> None:
    class OtherServer:
        async def send(self, message: object) -> None: ...

    async def send(message: object) -> None: ...

    assert find_wire(OtherServer().send) is None
    assert find_wire(send) is None
