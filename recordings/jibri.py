"""The only Python that speaks Jibri's HTTP API. It has no password: the network is its only lock.

Facts from Jibri's sources: health is always 200; a start that is accepted means BUSY at once and says
nothing about pictures; 412 is busy or something missing, 500 is everything else; a stop answers only
after the finalize script.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from common.tls import trusted
from recordings.models import RecorderState

BASE = "/jibri/api/v1.0"
HEALTH_SECONDS = 2.0
START_SECONDS = 20.0
# A stop goes on without us; whether it is done is asked again.
STOP_SECONDS = 5.0
_WORD = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]{1,80})(?:@(?P<pool>[a-z0-9_-]{1,40}))?=)?(?P<url>https?://.+)"
)


class JibriAway(Exception):
    """No answer, or none that a Jibri would give."""


class JibriRefused(Exception):
    """It will not start; `code` is `busy` (412) or `failed` (500)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnreadableStatus(ValueError):
    """Not the status of a Jibri."""


@dataclass(frozen=True, slots=True)
class Address:
    name: str
    base_url: str
    pool: str


@dataclass(frozen=True, slots=True)
class Status:
    """`state` is a RecorderState; `detail` names what is unhealthy."""

    state: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What a Jibri must know to record a room into a file or, with `stream_to`, to send it there."""

    session_id: str
    base_url: str
    call_name: str
    domain: str
    username: str
    password: str
    stream_to: str = ""

    def body(self) -> dict[str, Any]:
        return {
            "sessionId": self.session_id,
            "callParams": {"callUrlInfo": {"baseUrl": self.base_url, "callName": self.call_name}},
            "callLoginParams": {
                "domain": self.domain,
                "username": self.username,
                "password": self.password,
            },
            "sinkType": "stream" if self.stream_to else "file",
            # Whatever its name says, Jibri takes it for the whole address.
            **({"youTubeStreamKey": self.stream_to} if self.stream_to else {}),
        }


class JibriClient(Protocol):
    """The border. Every verb raises JibriAway; `start` also JibriRefused."""

    def health(self, base_url: str) -> Status: ...
    def start(self, base_url: str, session: Session) -> None: ...
    def stop(self, base_url: str) -> None: ...


class HttpJibri:
    def __init__(self) -> None:
        self._client = httpx.Client(trust_env=False, follow_redirects=False, verify=trusted())

    def __enter__(self) -> HttpJibri:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def health(self, base_url: str) -> Status:
        answer = self._ask("GET", f"{base_url}{BASE}/health", HEALTH_SECONDS)
        try:
            return read_status(answer.json()["status"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise JibriAway("unreadable") from error

    def start(self, base_url: str, session: Session) -> None:
        answer = self._ask("POST", f"{base_url}{BASE}/startService", START_SECONDS, session.body())
        if answer.status_code != 200:
            raise JibriRefused("busy" if answer.status_code == 412 else "failed")

    def stop(self, base_url: str) -> None:
        answer = self._ask("POST", f"{base_url}{BASE}/stopService", STOP_SECONDS)
        if answer.status_code != 200:
            raise JibriAway(str(answer.status_code))

    def _ask(self, method: str, url: str, seconds: float, body: Any = None) -> httpx.Response:
        try:
            return self._client.request(
                method, url, json=body, timeout=httpx.Timeout(seconds, connect=HEALTH_SECONDS)
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise JibriAway(type(error).__name__) from error


def read_status(told: Any) -> Status:
    """`{busyStatus, health: {healthStatus, details}}`, of the health page and of the webhook.

    One that records is BUSY to us, however it feels: it must not be taken away from its lesson.
    """
    try:
        busy, health = str(told["busyStatus"]).upper(), told["health"]
        detail = "" if health["healthStatus"] == "HEALTHY" else _complaints(health.get("details"))
        is_well = health["healthStatus"] == "HEALTHY"
        state = {"IDLE": RecorderState.IDLE, "BUSY": RecorderState.BUSY, "EXPIRED": RecorderState.EXPIRED}[
            busy
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableStatus from error
    if not is_well and state != RecorderState.BUSY:
        return Status(RecorderState.UNHEALTHY, detail)
    return Status(state, detail)


def _complaints(details: Any) -> str:
    if not isinstance(details, dict):
        return ""
    ill = {name: one for name, one in details.items() if isinstance(one, dict)}
    said = [
        f"{name}: {one.get('detail', '')}"
        for name, one in ill.items()
        if one.get("healthStatus") != "HEALTHY"
    ]
    return "; ".join(said).replace("\0", "")[:300]


def read_addresses(listed: Iterable[str]) -> list[Address]:
    """The words of JIBRI_URLS: `http://host:2222`, `name=http://…` or `name@pool=http://…`."""
    return [_address(word) for word in listed]


def _address(word: str) -> Address:
    match = _WORD.fullmatch(word)
    parts = urlsplit(match["url"]) if match else None
    if match is None or parts is None or not parts.hostname:
        raise ValueError(f"{word!r} is not an address like http://jibri:2222 or name@pool=http://jibri:2222")
    name = match["name"] or (
        parts.hostname if parts.port in (None, 2222) else f"{parts.hostname}:{parts.port}"
    )
    return Address(name, match["url"].rstrip("/"), match["pool"] or "")
