"""As much of WebSocket as a measurement needs, in a few lines of Python that cost little."""

from __future__ import annotations

import base64
import os
import struct

Frames = list[tuple[int, bytes]]


def pack(opcode: int, payload: bytes) -> bytes:
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", 0x80 | opcode, length) + payload
    if length < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, length) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, length) + payload


def pack_masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame. The mask is all zeros: allowed, and it costs neither side anything."""
    frame = pack(opcode, payload)
    head = len(frame) - len(payload)
    return frame[:1] + bytes([frame[1] | 0x80]) + frame[2:head] + b"\0\0\0\0" + payload


def unpack(data: bytes) -> tuple[Frames, bytes]:
    """Whole frames and what is left over. Uncompressed, unfragmented, masked with zeros or not at all."""
    frames: Frames = []
    at, end = 0, len(data)
    while end - at >= 2:
        length, begun = data[at + 1] & 127, at + 2
        if length == 126:
            if end - at < 4:
                break
            length, begun = data[at + 2] << 8 | data[at + 3], at + 4
        elif length == 127:
            if end - at < 10:
                break
            length, begun = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
        if data[at + 1] & 128:
            begun += 4
        if begun + length > end:
            break
        frames.append((data[at] & 15, data[begun : begun + length]))
        at = begun + length
    return frames, data[at:]


def handshake(host: str, path: str, headers: dict[str, str]) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
