"""Requests to addresses that others chose: never into a private network, never longer than a deadline.

A name is resolved once, every address it has is checked, and the socket connects to a checked address. Whoever
changes the name a moment later (DNS rebinding) changes nothing. Host header and TLS still bear the name.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urlsplit

from common.refusals import Refused

LONGEST_URL = 500
LARGEST_ANSWER = 64 * 1024
PORTS = frozenset({443, 8443})
FIRST_FREE_PORT = 1024
# Live video: the port that each scheme means, and those at which such services are found.
STREAM_SCHEMES = {"rtmp": 1935, "rtmps": 443}
STREAM_PORTS = frozenset({443, 1935, 1936})
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\]")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Reserved for what is near: no name server of the internet answers for them.
LOCAL_DOMAINS = frozenset({"localhost", "local", "internal", "lan"})
# Public by number, private by use: protocol assignments (Oracle's metadata), 6to4's relay, Azure's metadata.
REFUSED_V4 = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
# Everything on the internet is in here; mapped, translated (NAT64), local and multicast addresses are not.
GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
# ... but for tunnels that carry an IPv4 address inside (Teredo, 6to4), and documentation.
REFUSED_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


class Unreachable(Exception):
    """No answer came; `code` is a stable word: address_refused, unknown_host, timeout, tls, no_connection."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes  # the first 64 KB


def check_url(url: str, *, allow_private: bool) -> str:
    """The URL in its plain form. Raises Refused with a code that says what is wrong with it; asks no name server."""
    parts = _split(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme not in ({"https", "http"} if allow_private else {"https"}):
        raise Refused("url_needs_https")
    _check_place(parts, host, port, PORTS, allow_private=allow_private)
    return parts._replace(fragment="").geturl()


def check_stream_url(url: str, *, allow_private: bool) -> str:
    """Where live video is sent to (RTMP), under the rules of `check_url`; the path names the application there."""
    parts = _split(url)
    if parts.scheme not in STREAM_SCHEMES:
        raise Refused("url_needs_rtmp")
    if not parts.path.strip("/") or parts.fragment:
        raise Refused("url_unreadable")
    port = parts.port or STREAM_SCHEMES[parts.scheme]
    _check_place(parts, parts.hostname or "", port, STREAM_PORTS, allow_private=allow_private)
    return parts.geturl()


def _check_place(
    parts: SplitResult, host: str, port: int, ports: frozenset[int], *, allow_private: bool
) -> None:
    if "@" in parts.netloc:
        raise Refused("url_with_user")
    if port not in ports and not (allow_private and port >= FIRST_FREE_PORT):
        raise Refused("url_port")
    numeric = _numeric(host)
    is_private = is_local_name(host) if numeric is None else not is_public(numeric)
    if is_private and not allow_private:
        raise Refused("url_private")


def _split(url: str) -> SplitResult:
    """Raises Refused("url_unreadable") for whatever two programs could read in two ways."""
    if len(url) > LONGEST_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise Refused("url_unreadable")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused("url_unreadable") from error
    if port == 0 or not HOST.fullmatch(f"[{host}]" if ":" in host else host):
        raise Refused("url_unreadable")
    return parts


def is_local_name(host: str) -> bool:
    """A name that means something only inside a network, whatever a name server says of it."""
    last = host.rstrip(".").rpartition(".")[2]
    return last == host.rstrip(".") or last in LOCAL_DOMAINS


def is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        special = address.is_multicast or address.is_reserved or any(address in net for net in REFUSED_V4)
        return address.is_global and not special
    return (
        address in GLOBAL_V6 and address.is_global and not any(address in network for network in REFUSED_V6)
    )


def _numeric(host: str) -> Address | None:
    """The address that a host is spelt as, `127.1` and `0x7f000001` included; None for a name."""
    with suppress(OSError, ValueError):
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return ipaddress.ip_address(found[0][4][0])
    return None


def find_addresses(host: str, port: int, *, allow_private: bool) -> list[str]:
    """All addresses of a host. Raises Unreachable when it has none, or when a single one is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("unknown_host") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not allow_private:
        refuse_private(addresses)
    return addresses


def refuse_private(addresses: Iterable[str]) -> None:
    """One inner address among public ones is enough: the socket would take whichever answers."""
    if not all(_is_public_text(address) for address in addresses):
        raise Unreachable("address_refused")


def _is_public_text(address: str) -> bool:
    return "%" not in address and is_public(ipaddress.ip_address(address))


def post(
    url: str, body: bytes, headers: dict[str, str], *, timeout_seconds: float, allow_private: bool = False
) -> Answer:
    """One POST, redirects not followed. The timeout is for all of it, also for an answer that drips.

    Raises Refused as `check_url` does, and Unreachable.
    """
    deadline = time.monotonic() + timeout_seconds
    parts = urlsplit(check_url(url, allow_private=allow_private))
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = find_addresses(host, port, allow_private=allow_private)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = _connect(parts.scheme, host, port, addresses, deadline)
    except OSError as error:
        raise Unreachable(_code_of(error)) from error
    return _exchange(connection, target, body, headers, deadline)


def open_stream(url: str, *, timeout_seconds: float, allow_private: bool = False) -> socket.socket:
    """A line to where live video goes, inside TLS for `rtmps`: the name is looked up now and its addresses checked.

    Raises Refused as `check_stream_url` does, and Unreachable.
    """
    deadline = time.monotonic() + timeout_seconds
    parts = urlsplit(check_stream_url(url, allow_private=allow_private))
    host, port = parts.hostname or "", parts.port or STREAM_SCHEMES[parts.scheme]
    addresses = find_addresses(host, port, allow_private=allow_private)
    try:
        raw = _open_socket(addresses, port, deadline)
        raw.settimeout(_left(deadline))
        if parts.scheme == "rtmp":
            return raw
        return _trusted().wrap_socket(raw, server_hostname=host)
    except OSError as error:
        raise Unreachable(_code_of(error)) from error


@cache
def _trusted() -> ssl.SSLContext:
    """Whom this machine believes, read once a process: common/tls.py says why."""
    return ssl.create_default_context()


def _connect(
    scheme: str, host: str, port: int, addresses: list[str], deadline: float
) -> http.client.HTTPConnection:
    """To the first checked address that answers; the name goes into the Host header and into TLS."""
    raw = _open_socket(addresses, port, deadline)
    raw.settimeout(_left(deadline))
    if scheme == "http":  # only where private addresses are allowed
        plain = http.client.HTTPConnection(host, port)
        plain.sock = raw
        return plain
    secure = http.client.HTTPSConnection(host, port)
    secure.sock = _trusted().wrap_socket(raw, server_hostname=host, do_handshake_on_connect=False)
    return secure


def _open_socket(addresses: list[str], port: int, deadline: float) -> socket.socket:
    failure: OSError = TimeoutError()
    for address in addresses:
        try:
            return socket.create_connection((address, port), timeout=_left(deadline))
        except OSError as error:
            failure = error
    raise failure


def _exchange(
    connection: http.client.HTTPConnection, target: str, body: bytes, headers: dict[str, str], deadline: float
) -> Answer:
    # A socket's timeout begins anew with each byte. This one does not: at the deadline the line is cut.
    watch = threading.Timer(_left(deadline), _cut, args=(connection.sock,))
    watch.daemon = True
    watch.start()
    try:
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        answer = Answer(response.status, response.read(LARGEST_ANSWER))
    except (OSError, http.client.HTTPException) as error:
        late = time.monotonic() >= deadline
        raise Unreachable("timeout" if late else _code_of(error)) from error
    finally:
        watch.cancel()
        connection.close()
    if time.monotonic() >= deadline:
        raise Unreachable("timeout")
    return answer


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _code_of(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    return "tls" if isinstance(error, ssl.SSLError) else "no_connection"
