"""The only way out to an identity provider: https, no redirects, little time, little memory, no inner network."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from common.outward import Unreachable, check_url, find_addresses
from common.refusals import Refused
from common.tls import trusted

TIMEOUT_SECONDS = 3.0
LARGEST_ANSWER_BYTES = 256 * 1024
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# The outer border's words in ours.
REFUSALS = {
    "url_needs_https": "not_https",
    "url_with_user": "bad_address",
    "url_unreadable": "bad_address",
    "url_port": "bad_port",
    "url_private": "private_address",
}


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
        with httpx.Client(transport=BoundedTransport(verify=trusted()), timeout=TIMEOUT_SECONDS) as client:
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
        response = self._ask(request, check_address(str(request.url)))
        assert isinstance(response.stream, httpx.SyncByteStream)  # noqa: S101  what the base class makes
        response.stream = _BoundedStream(response.stream)
        return response

    def _ask(self, request: httpx.Request, addresses: list[str]) -> httpx.Response:
        """At a checked address: a name that is changed after the look (DNS rebinding) leads nowhere else.

        The Host header is in the request already; TLS asks for the name and checks it.
        """
        url = request.url
        for number, address in enumerate(addresses, start=1):
            request.url = url.copy_with(host=address)
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            try:
                return super().handle_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if number == len(addresses):
                    raise
            finally:
                request.url = url
        return super().handle_request(request)


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


def check_address(url: str) -> list[str]:
    """The checked addresses behind a URL; none for this machine itself, which only the demo and tests may ask.

    Raises BorderError unless we may ask there: https, port 443, no inner network (unless OIDC_PRIVATE_NETWORKS).
    """
    if _is_own_machine(url):
        return []
    private = settings.OIDC_PRIVATE_NETWORKS
    try:
        check_url(url, allow_private=private)
    except Refused as refusal:
        raise BorderError(
            REFUSALS[refusal.code], url[:200] if url.isprintable() else repr(url[:200])
        ) from refusal
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if parts.scheme != "https":
        raise BorderError("not_https", url[:200])
    if port != 443 and not private:
        raise BorderError("bad_port", url[:200])
    try:
        return find_addresses(host, port, allow_private=private)
    except Unreachable as error:
        raise BorderError(
            "unknown_host" if error.code == "unknown_host" else "private_address", host
        ) from error


def _is_own_machine(url: str) -> bool:
    if not (settings.DEBUG or settings.DARASA_DEMO) or any(
        not one.isprintable() or one.isspace() for one in url
    ):
        return False
    try:
        parts = urlsplit(url)
        return parts.hostname in LOOPBACK and parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        return False
