"""The limit: sockets that are answered at once, by nobody who thinks. `python -m scripts.bench_bare <port> <script>`.

The script is JSON: `greetings`, what is said first by the beginning of the path, and `answers`, what is said when
somebody says a word: `{word: [to whom, frame]}`, to `asker` or to `all` whose path begins with the asker's.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from scripts.bench_board.frames import pack

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
script: dict[str, Any] = {}
sockets: set[Socket] = set()


class Socket(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self.transport, self.rest, self.path = transport, b"", ""

    def data_received(self, data: bytes) -> None:
        self.rest += data
        if not self.path and b"\r\n\r\n" in self.rest:
            head, self.rest = self.rest.split(b"\r\n\r\n", 1)
            self._greet(head)
        while self.path and (frame := self._next()) is not None:
            word = json.loads(frame)["type"] if frame[:1] == b"{" else ""
            for whom, answer in [script["answers"][word]] if word in script["answers"] else ():
                said = pack(1, answer.encode())
                for one in list(sockets) if whom == "all" else [self]:
                    if one.path.split("?")[0] == self.path.split("?")[0]:
                        one.transport.write(said)

    def _next(self) -> bytes | None:
        """One whole frame of a client, unmasked; these are short."""
        if len(self.rest) < 6:
            return None
        length, at = self.rest[1] & 127, 2
        if length == 126:
            length, at = int.from_bytes(self.rest[2:4], "big"), 4
        if len(self.rest) < at + 4 + length:
            return None
        mask, text = self.rest[at : at + 4], self.rest[at + 4 : at + 4 + length]
        self.rest = self.rest[at + 4 + length :]
        return bytes(letter ^ mask[place % 4] for place, letter in enumerate(text))

    def _greet(self, head: bytes) -> None:
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        key = headers["sec-websocket-key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()  # noqa: S324  WebSocket's own rule
        self.path = lines[0].split(" ")[1]
        answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        answer += [f"Sec-WebSocket-Accept: {accept}", "Sec-WebSocket-Protocol: darasa.v1", "", ""]
        self.transport.write("\r\n".join(answer).encode())
        sockets.add(self)
        for beginning, frame in script["greetings"].items():
            if self.path.startswith(beginning):
                self.transport.write(pack(1, frame.encode()))

    def connection_lost(self, exc: Exception | None) -> None:
        sockets.discard(self)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Socket, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    script.update(json.loads(Path(sys.argv[2]).read_text()))
    asyncio.run(main(int(sys.argv[1])))
