"""What a videobridge says of itself, and how it is emptied: JVB's private REST port."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import httpx

from classroom.jitsi.border import BorderFailure, alone, ask, read_object, together

CLOCK = "%Y-%m-%d %H:%M:%S.%f"


@dataclass(frozen=True, slots=True)
class Stats:
    """`stress` is 1 at 90 % of the processor. `measured_at` is when the bridge made this answer, on its clock."""

    stress: float
    measured_at: datetime | None = None
    participants: int = 0
    conferences: int = 0
    region: str = ""
    relay_id: str = ""
    version: str = ""
    is_draining: bool = False
    is_leaving: bool = False
    is_healthy: bool = True


class Bridges(Protocol):
    def ask_all(self, urls: Sequence[str]) -> Mapping[str, Stats | BorderFailure]: ...

    def set_drain(self, url: str, *, on: bool) -> None:
        """No new conferences while it is on. Raises BorderFailure."""


class HttpBridges:
    def ask_all(self, urls: Sequence[str]) -> Mapping[str, Stats | BorderFailure]:
        answers = together([partial(_read, url) for url in urls])
        return dict(zip(urls, answers, strict=True))

    def set_drain(self, url: str, *, on: bool) -> None:
        target = f"{url.rstrip('/')}/colibri/drain/{'enable' if on else 'disable'}"
        alone(lambda client: ask(client, "POST", target))


async def _read(url: str, client: httpx.AsyncClient) -> Stats:
    base = url.rstrip("/")
    said = read_object(await ask(client, "GET", f"{base}/colibri/stats"))
    return parse_stats(said, is_healthy=await _is_healthy(client, base))


async def _is_healthy(client: httpx.AsyncClient, base: str) -> bool:
    """5xx is how a bridge says that it is not; one that does not offer the question may be asked the rest."""
    try:
        await ask(client, "GET", f"{base}/about/health")
    except BorderFailure as failure:
        return failure.code == "missing"
    return True


def parse_stats(said: Mapping[str, Any], *, is_healthy: bool = True) -> Stats:
    """Raises BorderFailure("unreadable") without a stress that is a number."""
    stress = said.get("stress_level")
    if isinstance(stress, bool) or not isinstance(stress, int | float) or stress != stress:
        raise BorderFailure("unreadable")
    return Stats(
        stress=float(stress),
        measured_at=_instant(said.get("current_timestamp")),
        participants=_count(said.get("participants", said.get("endpoints"))),
        conferences=_count(said.get("conferences")),
        region=_word(said.get("region"), 60),
        relay_id=_word(said.get("relay_id"), 200),
        version=_word(said.get("version"), 60),
        is_draining=said.get("drain") is True,
        is_leaving=said.get("graceful_shutdown") is True or said.get("shutting_down") is True,
        is_healthy=is_healthy and said.get("healthy") is not False,
    )


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.strptime(text, CLOCK).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def _count(number: Any) -> int:
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    return min(max(0, int(number)), 1_000_000) if is_number and number == number else 0


def _word(text: Any, longest: int) -> str:
    return text.replace("\x00", "")[:longest] if isinstance(text, str) else ""
