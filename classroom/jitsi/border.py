"""How we ask Jitsi's servers over HTTP: within a few seconds in all, with a name for every way to fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from common.tls import trusted

# Each request has so long in all. httpx itself only limits each wait for another byte.
DEADLINE_SECONDS = 2.5
LARGEST_ANSWER = 8 * 1024 * 1024

T = TypeVar("T")


class BorderFailure(Exception):
    """`code`: timeout, no_connection, refused (an answer that is no yes), missing (404), unreadable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


async def ask(
    client: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    said: Mapping[str, Any] | None = None,
) -> httpx.Response:
    """Any answer but 2xx is a failure."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            answer = await client.request(method, url, headers=dict(headers or {}), json=said)
    except (TimeoutError, httpx.TimeoutException) as error:
        raise BorderFailure("timeout") from error
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise BorderFailure("no_connection") from error
    if answer.status_code == 404:
        raise BorderFailure("missing")
    if not answer.is_success:
        raise BorderFailure("refused")
    return answer


def read_body(answer: httpx.Response) -> bytes:
    if len(answer.content) > LARGEST_ANSWER:
        raise BorderFailure("unreadable")
    return answer.content


def read_object(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = json.loads(read_body(answer))
    except (ValueError, RecursionError) as error:
        raise BorderFailure("unreadable") from error
    if not isinstance(said, dict):
        raise BorderFailure("unreadable")
    return said


def together(
    questions: Sequence[Callable[[httpx.AsyncClient], Awaitable[T]]],
) -> list[T | BorderFailure]:
    """All at the same time, so that one that hangs costs the others nothing; answers in the same order."""
    return asyncio.run(_together(questions))


async def _together(
    questions: Sequence[Callable[[httpx.AsyncClient], Awaitable[T]]],
) -> list[T | BorderFailure]:
    async with httpx.AsyncClient(timeout=DEADLINE_SECONDS, trust_env=False, verify=trusted()) as client:
        return list(await asyncio.gather(*(_caught(question, client) for question in questions)))


async def _caught(
    question: Callable[[httpx.AsyncClient], Awaitable[T]], client: httpx.AsyncClient
) -> T | BorderFailure:
    try:
        return await question(client)
    except BorderFailure as failure:
        return failure


def alone(question: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    """One question; its failure is raised."""
    (answer,) = together([question])
    if isinstance(answer, BorderFailure):
        raise answer
    return answer
