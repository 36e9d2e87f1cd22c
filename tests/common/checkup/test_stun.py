"""STUN by the letter (RFC 5769's examples), and against a real coturn."""

from __future__ import annotations

import base64
import hmac
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.checkup import stun
from common.checkup.stun import Relay, StunFailure, allocate, bind
from common.services.urls import free_port
from tests.coturn import SECRET, coturn

# RFC 5769, 2.4: a request with a long-term credential, without padding that is not zero.
TRANSACTION = bytes.fromhex("78ad3433c6ad72c029da412e")
NAME = "\u30de\u30c8\u30ea\u30c3\u30af\u30b9"
NONCE = b"f//499k954d6OL34oL9FSTvy64sA"
SIGNED = bytes.fromhex(
    "000100602112a44278ad3433c6ad72c029da412e"
    "00060012e3839ee38388e383aae38383e382afe382b90000"
    "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f726700"
    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666"
)
# 2.2: an answer over IPv4.
ANSWER = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643"
    "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96"
)


def test_a_signed_request_is_as_the_rfc_has_it() -> None:
    said = [(stun.USERNAME, NAME.encode()), (stun.NONCE, NONCE), (stun.REALM, b"example.org")]
    key = stun.key_of(NAME, "example.org", "TheMatrIX")
    assert stun.build(stun.BINDING, TRANSACTION, said, key) == SIGNED


def test_an_answer_is_read_as_the_rfc_has_it() -> None:
    read = stun.parse(ANSWER)
    assert read.kind == stun.BINDING | stun.SUCCESS and read.error == 0
    assert stun.address_of(read.attributes[stun.MAPPED]) == "192.0.2.1:32853"


@pytest.mark.parametrize(
    "data", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", ANSWER[:-8], bytes(20), ANSWER[:4] + bytes(16)]
)
def test_anything_else_is_unreadable(data: bytes) -> None:
    with pytest.raises(StunFailure, match="unreadable"):
        stun.parse(data)


@pytest.mark.parametrize("value", [b"", bytes(8), bytes([0, 2]) + bytes(18)])
def test_an_address_of_another_kind_is_left_out(value: bytes) -> None:
    assert stun.address_of(value) == ""


def test_a_relay_does_not_show_its_password() -> None:
    assert "sesame" not in repr(Relay("turn", "t", 1, password="sesame"))


# Against a real one


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with coturn(tmp_path_factory.mktemp("coturn")) as port:
        yield port


def relay(port: int, transport: str, *, secret: str = SECRET, seconds: int = 60, kind: str = "turn") -> Relay:
    """With the credentials that Prosody would make of this secret."""
    username = str(int(time.time()) + seconds)
    password = base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
    return Relay(kind, "127.0.0.1", port, transport, username, password)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_real_relay_sees_us_and_relays_for_us(transport: str, real: int) -> None:
    assert bind(relay(real, transport, kind="stun"), seconds=30).startswith("127.0.0.1:")
    assert allocate(relay(real, transport), seconds=30).startswith("127.0.0.1:")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_real_relay_refuses_credentials_of_another_secret(transport: str, real: int) -> None:
    with pytest.raises(StunFailure, match="401"):
        allocate(relay(real, transport, secret="another"), seconds=30)


def test_a_real_relay_refuses_credentials_that_are_over(real: int) -> None:
    with pytest.raises(StunFailure, match="401"):
        allocate(relay(real, "udp", seconds=-60), seconds=30)


def test_a_relay_without_secrets_is_found_to_be_open(tmp_path: Path) -> None:
    with coturn(tmp_path, "--no-auth") as port, pytest.raises(StunFailure, match="open"):
        allocate(relay(port, "udp"), seconds=3)


# Against what is no relay


def test_silence_ends_at_its_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(StunFailure, match="no_answer"):
            bind(Relay("stun", "127.0.0.1", silent.getsockname()[1]), seconds=0.3)


def test_a_lost_datagram_is_sent_again() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))

        def answer_the_second() -> None:
            deaf.recv(100)
            asked, sender = deaf.recvfrom(100)
            mapped = ANSWER[36:48]
            deaf.sendto(stun.HEADER.pack(0x101, 12, stun.MAGIC, asked[8:20]) + mapped, sender)

        threading.Thread(target=answer_the_second, daemon=True).start()
        assert bind(Relay("stun", "127.0.0.1", deaf.getsockname()[1]), seconds=5) == "192.0.2.1:32853"


def closes(line: socket.socket) -> None:
    line.close()


def speaks_http(line: socket.socket) -> None:
    line.recv(100)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    line.recv(1)


@pytest.mark.parametrize(("does", "code"), [(closes, "no_connection"), (speaks_http, "unreadable|no_answer")])
def test_something_else_on_the_port(does: Callable[[socket.socket], None], code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=lambda: does(listening.accept()[0]), daemon=True).start()
        with pytest.raises(StunFailure, match=code):
            bind(Relay("stun", "127.0.0.1", listening.getsockname()[1], "tcp"), seconds=1)


def test_names_and_doors_that_are_not_there() -> None:
    with pytest.raises(StunFailure, match="no_name"):
        bind(Relay("stun", "nowhere.invalid", 3478), seconds=3)
    with pytest.raises(StunFailure, match="no_connection"):
        bind(Relay("stun", "127.0.0.1", free_port(), "tcp"), seconds=3)
    with pytest.raises(StunFailure, match="no_connection"):
        bind(Relay("stun", "127.0.0.1", free_port()), seconds=3)
