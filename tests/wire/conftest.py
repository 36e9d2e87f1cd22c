"""Sockets against a real web process on the test database."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any

import pytest
import websockets
from django.conf import settings
from django.db import connection
from django.test import Client
from websockets.asyncio.client import ClientConnection
from websockets.typing import Subprotocol

from accounts.models import Person
from tests.processes import House, wait_until
from tests.sessions import sign_in
from tests.wire.lexicon import look_up, vocabulary_at


@pytest.fixture(scope="session")
def web(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path_factory.mktemp("web"))
    house.start_web()
    yield house
    house.stop()


class Socket:
    """One client of a socket; `heard` keeps everything, `frames` as it came."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        assert connection.request is not None
        self.vocabulary = vocabulary_at(connection.request.path)
        self.heard: list[dict[str, Any]] = []
        self.frames: list[bytes] = []
        self._waiting: list[dict[str, Any]] = []

    async def say(self, type_: str, data: dict[str, Any] | None = None, ref: str | None = None) -> str:
        ref = ref or str(uuid.uuid4())
        await self.connection.send(json.dumps({"type": type_, "ref": ref, "data": data or {}}))
        return ref

    async def hear(self, type_: str, seconds: float = 60, **expected: Any) -> dict[str, Any]:
        """The next message of this type (and with these data); what comes before it is only kept in `heard`."""
        async with asyncio.timeout(seconds):
            while True:
                message = await self.next()
                if message["type"] == type_ and expected.items() <= message["data"].items():
                    return message

    async def hears_nothing(self, type_: str, seconds: float = 0.4) -> bool:
        try:
            await self.hear(type_, seconds)
        except TimeoutError:
            return True
        return False

    async def next(self) -> dict[str, Any]:
        if not self._waiting:
            text = await self.connection.recv()
            self.frames.append(text if isinstance(text, bytes) else text.encode())
            if isinstance(text, bytes):  # live, for who asked for bytes
                return await self.next()
            frame = json.loads(text)
            told = frame if isinstance(frame, list) else [frame]
            self._waiting = [look_up(one, self.vocabulary) for one in told]
            self.heard += self._waiting
        return self._waiting.pop(0)


Connect = Callable[..., AbstractAsyncContextManager[Socket]]


@pytest.fixture
def connect(transactional_db: None, web: House) -> Iterator[Connect]:
    """`connect(path, person)`: an open socket with the session of that person."""
    yield partial(open_socket, web)
    wait_until(is_quiet, 5, what="the end of what the server still does")


@asynccontextmanager
async def open_socket(
    house: House, path: str, person: Person | None, **options: Any
) -> AsyncIterator[Socket]:
    """A socket of this house; nobody's session for None."""
    headers = {"Origin": options.pop("origin", house.url), **options.pop("headers", {})}
    if person is not None:
        headers["Cookie"] = await asyncio.to_thread(cookie_of, person)
    async with websockets.connect(
        house.url.replace("http", "ws") + path,
        additional_headers={k: v for k, v in headers.items() if v},
        subprotocols=[Subprotocol("darasa.v1")],
        max_queue=None,  # a client that does not listen must still hear the goodbye
        **options,
    ) as connection_:
        yield Socket(connection_)


def is_quiet() -> bool:
    """Whether the server's connections are idle, so that emptying the tables cannot meet a transaction."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
    time.sleep(0.1)
    with connection.cursor() as cursor:
        cursor.execute(busy)
        return bool(cursor.fetchone()[0] <= 1)


def cookie_of(person: Person) -> str:
    client = Client()
    sign_in(client, person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
