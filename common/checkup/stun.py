"""As little STUN and TURN (RFC 8489, 8656) as it takes to ask a relay whether it would serve us.

UDP, TCP and TLS; a binding, and an allocation that is given back at once. Nothing is relayed.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

MAGIC = 0x2112A442
HEADER = struct.Struct("!HHI12s")
BINDING, ALLOCATE, REFRESH = 0x001, 0x003, 0x004
SUCCESS, ERROR = 0x100, 0x110
USERNAME, INTEGRITY, ERROR_CODE, LIFETIME = 0x0006, 0x0008, 0x0009, 0x000D
REALM, NONCE, RELAYED, REQUESTED_TRANSPORT, MAPPED = 0x0014, 0x0015, 0x0016, 0x0019, 0x0020
OVER_UDP = struct.pack("!B3x", 17)
UNAUTHORISED, STALE_NONCE = 401, 438
RESEND_SECONDS = 0.5
INTEGRITY_BYTES = 24
Attributes = Sequence[tuple[int, bytes]]


class StunFailure(Exception):
    """`code`: no_name, no_answer, no_connection, no_tls, unreadable, open (no credentials wanted), or the number
    that the server answered."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Relay:
    """One address that browsers are told. `kind` is stun, stuns, turn or turns."""

    kind: str
    host: str
    port: int
    transport: str = "udp"
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_secured(self) -> bool:
        return self.kind.endswith("s")

    def __str__(self) -> str:
        return f"{self.kind}:{self.host}:{self.port}/{self.transport}"


@dataclass(frozen=True, slots=True)
class Message:
    kind: int
    transaction: bytes
    attributes: dict[int, bytes]

    @property
    def error(self) -> int:
        """0 when it is none."""
        told = self.attributes.get(ERROR_CODE, b"")
        return (told[2] & 7) * 100 + told[3] if self.kind & ERROR == ERROR and len(told) >= 4 else 0


def build(kind: int, transaction: bytes, attributes: Attributes, key: bytes | None = None) -> bytes:
    body = b"".join(_attribute(number, value) for number, value in attributes)
    if key is None:
        return HEADER.pack(kind, len(body), MAGIC, transaction) + body
    # The length that is signed counts the signature already.
    signed = HEADER.pack(kind, len(body) + INTEGRITY_BYTES, MAGIC, transaction) + body
    return signed + _attribute(INTEGRITY, hmac.digest(key, signed, "sha1"))


def _attribute(number: int, value: bytes) -> bytes:
    return struct.pack("!HH", number, len(value)) + value + bytes(-len(value) % 4)


def parse(data: bytes) -> Message:
    """StunFailure("unreadable") for anything that is no whole STUN message."""
    try:
        kind, length, magic, transaction = HEADER.unpack_from(data)
        if magic != MAGIC or kind & 0xC000 or len(data) < HEADER.size + length:
            raise StunFailure("unreadable")
        return Message(kind, transaction, dict(_attributes(data[HEADER.size : HEADER.size + length])))
    except struct.error as error:
        raise StunFailure("unreadable") from error


def _attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(body):
        number, length = struct.unpack_from("!HH", body, place)
        yield number, body[place + 4 : place + 4 + length]
        place += 4 + length + -length % 4


def address_of(value: bytes) -> str:
    """An XOR-MAPPED-ADDRESS or XOR-RELAYED-ADDRESS over IPv4; empty for any other."""
    if len(value) != 8 or value[1] != 1:
        return ""
    port, address = struct.unpack("!HI", value[2:])
    return f"{ipaddress.IPv4Address(address ^ MAGIC)}:{port ^ (MAGIC >> 16)}"


def key_of(username: str, realm: str, password: str) -> bytes:
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).digest()


@dataclass(slots=True)
class Conversation:
    """Questions and answers over one socket, until `deadline` (monotonic)."""

    line: socket.socket
    deadline: float
    is_stream: bool

    def ask(self, method: int, attributes: Attributes = (), key: bytes | None = None) -> Message:
        transaction = os.urandom(12)
        question = build(method, transaction, attributes, key)
        try:
            while True:
                self.line.sendall(question)
                answer = self._hear(transaction)
                if answer is not None:
                    return answer
        except ConnectionError as error:
            raise StunFailure("no_connection") from error
        except OSError as error:
            raise StunFailure("no_answer") from error

    def _hear(self, transaction: bytes) -> Message | None:
        """None when it is time to ask again: a datagram may be lost."""
        until = self.deadline if self.is_stream else min(self.deadline, time.monotonic() + RESEND_SECONDS)
        while (left := until - time.monotonic()) > 0:
            self.line.settimeout(left)
            try:
                answer = parse(self._read_one() if self.is_stream else self.line.recv(4096))
            except TimeoutError:
                break
            if answer.transaction == transaction:
                return answer
        if time.monotonic() >= self.deadline:
            raise StunFailure("no_answer")
        return None

    def _read_one(self) -> bytes:
        head = self._read(HEADER.size)
        return head + self._read(HEADER.unpack(head)[1])

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self.line.recv(count - len(data))
            if not more:
                raise ConnectionResetError
            data += more
        return data


@contextmanager
def talking_to(relay: Relay, *, seconds: float) -> Iterator[Conversation]:
    deadline = time.monotonic() + seconds
    is_stream = relay.transport == "tcp" or relay.is_secured
    with closing(_connect(relay, seconds, is_stream=is_stream)) as line:
        yield Conversation(line, deadline, is_stream)


def _connect(relay: Relay, seconds: float, *, is_stream: bool) -> socket.socket:
    try:
        if not is_stream:
            family, kind, protocol, _, address = socket.getaddrinfo(
                relay.host, relay.port, type=socket.SOCK_DGRAM
            )[0]
            line = socket.socket(family, kind, protocol)
            line.connect(address)
            return line
        line = socket.create_connection((relay.host, relay.port), seconds)
        context = ssl.create_default_context()
        return context.wrap_socket(line, server_hostname=relay.host) if relay.is_secured else line
    except socket.gaierror as error:
        raise StunFailure("no_name") from error
    except ssl.SSLError as error:
        raise StunFailure("no_tls") from error
    except OSError as error:
        raise StunFailure("no_connection") from error


def bind(relay: Relay, *, seconds: float) -> str:
    """The address from which the server sees us. Raises StunFailure."""
    with talking_to(relay, seconds=seconds) as conversation:
        answer = conversation.ask(BINDING)
    if answer.kind != BINDING | SUCCESS:
        raise StunFailure(str(answer.error or "unreadable"))
    return address_of(answer.attributes.get(MAPPED, b""))


def allocate(relay: Relay, *, seconds: float) -> str:
    """An address that would be relayed to us, given back at once. Raises StunFailure."""
    wanted = [(REQUESTED_TRANSPORT, OVER_UDP)]
    with talking_to(relay, seconds=seconds) as conversation:
        challenge = conversation.ask(ALLOCATE, wanted)
        if challenge.kind == ALLOCATE | SUCCESS:
            raise StunFailure("open")
        proof, key = _answer_to(challenge, relay)
        answer = conversation.ask(ALLOCATE, [*wanted, *proof], key)
        if answer.kind != ALLOCATE | SUCCESS:
            raise StunFailure(str(answer.error or "unreadable"))
        conversation.ask(REFRESH, [(LIFETIME, bytes(4)), *proof], key)
    return address_of(answer.attributes.get(RELAYED, b""))


def _answer_to(challenge: Message, relay: Relay) -> tuple[Attributes, bytes]:
    realm, nonce = challenge.attributes.get(REALM), challenge.attributes.get(NONCE)
    if challenge.error != UNAUTHORISED or realm is None or nonce is None:
        raise StunFailure(str(challenge.error or "unreadable"))
    proof = [(USERNAME, relay.username.encode()), (REALM, realm), (NONCE, nonce)]
    return proof, key_of(relay.username, realm.decode(errors="replace"), relay.password)
