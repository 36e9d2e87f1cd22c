"""The limit: a bare broadcast loop. No people, no rights, no order, no Redis: `python loop.py <port>`.

Every binary frame that comes in goes out to every socket, bundled by the same tick as the board's in a large room.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import sys

from scripts.bench_board.frames import pack, unpack

TICK = 0.016
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
sockets: set[Socket] = set()
waiting: list[bytes] = []


class Socket(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport, self.rest, self.is_open = transport, b"", False

    def data_received(self, data: bytes) -> None:
        self.rest += data
        if not self.is_open and b"\r\n\r\n" in self.rest:
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            self._greet(head)
        if self.is_open:
            frames, self.rest = unpack(self.rest)
            waiting.extend(payload for opcode, payload in frames if opcode == 2)
            if waiting and not tick.is_running:
                tick.start()

    def _greet(self, head: bytes) -> None:
        key = head.lower().split(b"sec-websocket-key:")[1].split(b"\r\n")[0]
        key = head[head.lower().index(key) : head.lower().index(key) + len(key)].strip()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())  # noqa: S324  WebSocket's own rule
        answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.transport.write(answer + b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
        self.is_open = True
        sockets.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        sockets.discard(self)


class Tick:
    is_running = False

    def start(self) -> None:
        self.is_running = True
        asyncio.get_running_loop().call_soon(self._tell)

    def _tell(self) -> None:
        if not waiting:
            self.is_running = False
            return
        frame = pack(2, b"".join(waiting))
        waiting.clear()
        for one in sockets:
            one.transport.write(frame)
        asyncio.get_running_loop().call_later(TICK, self._tell)


tick = Tick()


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Socket, "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
