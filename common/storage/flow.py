"""Bytes of an object on their way to a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async


async def flow(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    # Django would read a plain iterator to its end before sending the first byte.
    while chunk := await sync_to_async(_next, thread_sensitive=False)(chunks):
        yield chunk


def _next(chunks: Iterator[bytes]) -> bytes:
    return next(chunks, b"")
