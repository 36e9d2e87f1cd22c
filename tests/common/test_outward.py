"""Requests to addresses that others chose: nothing private is reached, by whatever spelling."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from common.outward import (
    LARGEST_ANSWER,
    Unreachable,
    check_stream_url,
    check_url,
    find_addresses,
    is_public,
    open_stream,
    post,
    refuse_private,
)
from common.refusals import Refused
from tests.receivers import Receiver, closed_port, listening

LOOKUPS: list[str] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        LOOKUPS.append(str(arguments[0]))


@pytest.fixture
def server() -> Iterator[Receiver]:
    with listening() as made:
        yield made


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.school.example/", "url_needs_https"),
        ("ftp://hooks.school.example/", "url_needs_https"),
        ("file:///etc/passwd", "url_unreadable"),
        ("gopher://127.0.0.1:6379/_FLUSHALL", "url_needs_https"),
        ("//hooks.school.example/", "url_needs_https"),
        ("https://user@hooks.school.example/", "url_with_user"),
        ("https://user:word@hooks.school.example/", "url_with_user"),
        ("https://hooks.school.example@127.0.0.1/", "url_with_user"),
        ("https://hooks.school.example:22/", "url_port"),
        ("https://hooks.school.example:6379/", "url_port"),
        ("https://hooks.school.example:0/", "url_unreadable"),
        ("https://hooks.school.example:99999/", "url_unreadable"),
        ("https:///path", "url_unreadable"),
        ("https://hooks.school.example\\@127.0.0.1/", "url_unreadable"),
        ("https://hooks.school.example/\r\nHost: inside", "url_unreadable"),
        ("https://hooks school.example/", "url_unreadable"),
        ("https://hooks.school.example/\x00", "url_unreadable"),
        ("https://hooks.school.example/ä", "url_unreadable"),
        ("https://１２７.０.０.１/", "url_unreadable"),
        ("https://127。0。0。1/", "url_unreadable"),
        ("https://[fe80::1%25eth0]/", "url_unreadable"),
        ("https://[::1/", "url_unreadable"),
        ("https://%31%32%37.0.0.1/", "url_unreadable"),
        ("https://" + "a" * 600, "url_unreadable"),
        ("https://localhost/", "url_private"),
        ("https://localhost.:8443/", "url_private"),
        ("https://hooks.localhost/", "url_private"),
        ("https://intranet/", "url_private"),
        ("https://printer.local/", "url_private"),
        ("https://127.0.0.1/", "url_private"),
        ("https://127.1/", "url_private"),
        ("https://0/", "url_private"),
        ("https://0x7f000001/", "url_private"),
        ("https://2130706433/", "url_private"),
        ("https://0177.0.0.1/", "url_private"),
        ("https://10.0.0.1/", "url_private"),
        ("https://172.16.9.9/", "url_private"),
        ("https://192.168.1.1/", "url_private"),
        ("https://100.64.0.1/", "url_private"),
        ("https://100.100.100.200/", "url_private"),
        ("https://169.254.169.254/latest/meta-data/", "url_private"),
        ("https://168.63.129.16/", "url_private"),
        ("https://192.0.0.192/", "url_private"),
        ("https://224.0.0.1/", "url_private"),
        ("https://255.255.255.255/", "url_private"),
        ("https://240.0.0.1/", "url_private"),
        ("https://198.18.0.1/", "url_private"),
        ("https://192.88.99.1/", "url_private"),
        ("https://[::1]/", "url_private"),
        ("https://[::]/", "url_private"),
        ("https://[::ffff:127.0.0.1]/", "url_private"),
        ("https://[::ffff:7f00:1]/", "url_private"),
        ("https://[::7f00:1]/", "url_private"),
        ("https://[64:ff9b::7f00:1]/", "url_private"),
        ("https://[2002:7f00:1::]/", "url_private"),
        ("https://[2001:0:7f00:1::1]/", "url_private"),
        ("https://[fe80::1]/", "url_private"),
        ("https://[fec0::1]/", "url_private"),
        ("https://[fd00:ec2::254]/", "url_private"),
        ("https://[ff02::1]/", "url_private"),
        ("https://[2001:db8::1]/", "url_private"),
    ],
)
def test_a_nasty_address_is_refused_before_anybody_is_asked(url: str, code: str) -> None:
    with pytest.raises(Refused, match=f"^{code}$"):
        check_url(url, allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.school.example/a?b=c",
        "https://hooks.school.example:8443/",
        "https://hooks.school.example.:443/",
        "https://xn--bcher-kva.example/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    ],
)
def test_a_public_address_is_taken_as_it_is(url: str) -> None:
    assert check_url(url, allow_private=False) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://live.example.com/app", "url_needs_rtmp"),
        ("rtmp://live.example.com", "url_unreadable"),
        ("rtmp://live.example.com/", "url_unreadable"),
        ("rtmp://live.example.com/app#x", "url_unreadable"),
        ("rtmp://live.example.com/a b", "url_unreadable"),
        ("rtmp://live.example.com/app\nx", "url_unreadable"),
        ("rtmp://user:word@live.example.com/app", "url_with_user"),
        ("rtmp://live.example.com:6379/app", "url_port"),
        ("rtmp://localhost/app", "url_private"),
        ("rtmp://127.1/app", "url_private"),
        ("rtmps://10.0.0.1:443/app", "url_private"),
        ("rtmp://[::1]/app", "url_private"),
        ("rtmp://169.254.169.254/app", "url_private"),
    ],
)
def test_live_video_goes_to_no_nasty_address(url: str, code: str) -> None:
    with pytest.raises(Refused, match=f"^{code}$"):
        check_stream_url(url, allow_private=False)


def test_live_video_goes_to_public_services_and_to_no_name_that_leads_inside() -> None:
    for url in ("rtmps://live.example.com:443/live2?backup=1", "rtmp://live.example.com/app/two"):
        assert check_stream_url(url, allow_private=False) == url
    with pytest.raises(Refused, match="url_private"):
        open_stream("rtmp://localhost/app", timeout_seconds=2)


def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(server: Receiver) -> None:
    with pytest.raises(Refused, match="url_private"):
        post("https://localhost:8443/", b"{}", {}, timeout_seconds=2)
    with pytest.raises(Unreachable, match="address_refused"):
        find_addresses("localhost", server.port, allow_private=False)
    assert server.heard == []


@pytest.mark.parametrize("inner", ["10.0.0.1", "::1", "fe80::1%eth0"])
def test_a_name_with_one_inner_address_among_public_ones_is_refused(inner: str) -> None:
    refuse_private(["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
    with pytest.raises(Unreachable, match="address_refused"):
        refuse_private(["93.184.216.34", inner])


def test_an_unknown_name_is_unknown() -> None:
    with pytest.raises(Unreachable, match="unknown_host"):
        post("https://nobody.invalid/", b"{}", {}, timeout_seconds=5)


def test_a_name_is_resolved_once_so_that_rebinding_it_changes_nothing(server: Receiver) -> None:
    sys.addaudithook(_listen)
    LOOKUPS.clear()
    url = f"http://localhost:{server.port}/hook?x=1"
    assert post(url, b"{}", {"A": "b"}, timeout_seconds=5, allow_private=True).status == 200
    # Once to see whether it is a number, which asks nobody; once for its addresses.
    assert LOOKUPS.count("localhost") == 2
    for other in set(LOOKUPS) - {"localhost"}:
        ipaddress.ip_address(other)
    assert server.heard[0].headers["host"] == f"localhost:{server.port}"
    assert server.heard[0].path == "/hook?x=1"


def test_a_redirect_is_an_answer_and_not_followed(server: Receiver) -> None:
    server.say(302, Location=f"http://127.0.0.1:{server.port}/inside")
    assert post(server.url, b"{}", {}, timeout_seconds=5, allow_private=True).status == 302
    assert len(server.heard) == 1


def test_only_the_beginning_of_a_long_answer_is_read(server: Receiver) -> None:
    server.say(200, body=b"x" * (LARGEST_ANSWER * 4))
    assert len(post(server.url, b"{}", {}, timeout_seconds=5, allow_private=True).body) == LARGEST_ANSWER


def test_nobody_there_is_no_connection() -> None:
    with pytest.raises(Unreachable, match="no_connection"):
        post(f"http://127.0.0.1:{closed_port()}/", b"{}", {}, timeout_seconds=5, allow_private=True)


def test_something_that_speaks_no_http_is_no_connection(server: Receiver) -> None:
    server.answers = [lambda handler: handler.wfile.write(b"hello\r\n\r\n")]
    with pytest.raises(Unreachable, match="no_connection"):
        post(server.url, b"{}", {}, timeout_seconds=5, allow_private=True)


def test_an_answer_that_drips_ends_at_the_deadline(server: Receiver) -> None:
    """Each byte comes well within a socket's timeout; all of them never."""
    over = threading.Event()

    def drip(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not over.wait(0.05):
            handler.wfile.write(b"X: y\r\n" if handler.wfile else b"")

    server.answers = [drip]
    with pytest.raises(Unreachable, match="timeout"):
        post(server.url, b"{}", {}, timeout_seconds=0.5, allow_private=True)
    over.set()


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, pem = ec.generate_private_key(ec.SECP256R1()), tmp_path / "own.pem"
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _sock, sni, _context: names.append(sni)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_shake_hands, args=(listener, context), daemon=True)
        thread.start()
        port = listener.getsockname()[1]
        with pytest.raises(Unreachable, match="tls"):
            post(f"https://localhost:{port}/", b"{}", {}, timeout_seconds=5, allow_private=True)
        with pytest.raises(Unreachable, match="tls"):
            open_stream(f"rtmps://localhost:{port}/live", timeout_seconds=5, allow_private=True)
        thread.join(5)
    assert names == ["localhost", "localhost"]


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    for _ in range(2):
        raw, _address = listener.accept()
        try:
            context.wrap_socket(raw, server_side=True).close()
        except OSError:
            raw.close()


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700::1111"])
def test_the_internet_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))
