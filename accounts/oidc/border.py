"""The only way out to an identity provider: https, no redirects, little time, little memory, no inner network."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

TIMEOUT_SECONDS = 3.0
LARGEST_ANSWER_BYTES = 256 * 1024
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class BorderError(Exception):
    """Nothing usable came back; `code` says why, `detail` what was seen."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Answer:
    data: dict[str, Any]
    date: datetime | None


def fetch_json(url: str, *, bearer: str = "") -> Answer:
    """A JSON object by GET; BorderError for everything else."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    try:
        with httpx.Client(transport=BoundedTransport(), timeout=TIMEOUT_SECONDS) as client:
            response = client.get(url, headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise BorderError("unreachable", type(error).__name__) from error
    if response.status_code != 200:
        raise BorderError("status", str(response.status_code))
    return Answer(_read_object(response), _read_date(response))


def _read_object(response: httpx.Response) -> dict[str, Any]:
    try:
        data = response.json()
    except (ValueError, RecursionError) as error:
        raise BorderError("not_json") from error
    if not isinstance(data, dict):
        raise BorderError("not_json")
    return data


def _read_date(response: httpx.Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None


class BoundedTransport(httpx.HTTPTransport):
    """Looks at the address of every single request, and stops reading an answer that has no end."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        check_address(str(request.url))
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101  what the base class makes
        response.stream = _BoundedStream(response.stream)
        return response


class _BoundedStream(httpx.SyncByteStream):
    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        size, deadline = 0, time.monotonic() + 2 * TIMEOUT_SECONDS
        for chunk in self._stream:
            size += len(chunk)
            if size > LARGEST_ANSWER_BYTES:
                raise BorderError("too_large")
            if time.monotonic() > deadline:  # one byte a second would outlive every single read's limit
                raise BorderError("unreachable", "slow")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def check_address(url: str) -> None:
    """Raises BorderError unless we may ask this address. Plain http and this machine: only for demo and tests."""
    if any(not one.isprintable() or one.isspace() for one in url):  # `urlsplit` would drop some in silence
        raise BorderError("bad_address", repr(url[:200]))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BorderError("bad_address", url[:200]) from error
    host = parts.hostname or ""
    if host in LOOPBACK and parts.scheme in {"http", "https"} and (settings.DEBUG or settings.DARASA_DEMO):
        return
    if parts.scheme != "https":
        raise BorderError("not_https", url[:200])
    if not host or parts.username is not None:
        raise BorderError("bad_address", url[:200])
    if not settings.OIDC_PRIVATE_NETWORKS:
        _refuse_inner_network(host, port or 443)


def _refuse_inner_network(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BorderError("unknown_host", host) from error
    for *_rest, address in found:
        if not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global:
            raise BorderError("private_address", host)
