"""Writing finished WebSocket frames straight to the server's transport: the only Python that knows uvicorn's inside.

ASGI's `send` encodes each message anew for each socket. Who says the same to many encodes it once with `frame_of`
and writes the bytes to each `Wire`. `find_wire` answers None for any server or protocol but the one it knows;
then ASGI's `send` must do (docs/decisions/0024).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TEXT, BINARY = 1, 2
# What the kernel may hold back of a slow reader's bytes: what lies there can no longer be shed.
KERNEL_BYTES = 64 * 1024


def frame_of(opcode: int, payload: bytes) -> bytes:
    """One unmasked, uncompressed frame; also where compression was agreed on, it is each sender's choice."""
    length = len(payload)
    if length < 126:
        head = struct.pack("!BB", 0x80 | opcode, length)
    elif length < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, length)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, length)
    return head + payload


class Wire:
    """One accepted connection. `write` never waits: whoever writes looks at `backlog` first."""

    def __init__(self, protocol: WebSocketsSansIOProtocol) -> None:
        self._protocol, self._transport = protocol, protocol.transport
        self.backlog = protocol.transport.get_write_buffer_size
        under = protocol.transport.get_extra_info("socket")
        if under is not None:
            under.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)

    def write(self, frames: bytes) -> None:
        protocol = self._protocol
        # After a goodbye nothing may follow; asyncio itself forgives writing to a lost connection.
        if not (protocol.close_sent or protocol.disconnected):
            self._transport.write(frames)

    def write_alone(self, text: bytes) -> None:
        """A message for this socket only: compressed, where the browser agreed to that."""
        protocol = self._protocol
        if not (protocol.close_sent or protocol.disconnected):
            protocol.conn.send_text(text)
            self._transport.write(b"".join(protocol.conn.data_to_send()))

    def hear_bytes(self, hear: Callable[[bytes], None]) -> None:
        """Hand binary messages over at once, without the queue and the task that ASGI's `receive` needs."""
        protocol = self._protocol
        queue_bytes = protocol.handle_bytes

        def handle_bytes(frame: Any) -> None:
            if not frame.fin:  # a message in pieces: rare enough for the ordinary way
                queue_bytes(frame)
            elif not protocol.close_sent:
                hear(bytes(frame.data))

        protocol.handle_bytes = handle_bytes  # type: ignore[method-assign, assignment]

    def abort(self) -> None:
        self._transport.abort()


def find_wire(send: Any) -> Wire | None:
    """The connection behind the server's own `send`, before any middleware has wrapped it."""
    protocol = getattr(send, "__self__", None)
    return Wire(protocol) if type(protocol) is WebSocketsSansIOProtocol else None
