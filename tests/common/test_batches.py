"""Many ask, PostgreSQL is asked once; and each is told what is theirs."""

from __future__ import annotations

import asyncio
import threading

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.models import Session
from django.test import Client

from common.sockets.batches import Batched
from common.sockets.sessions import recognise
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"


async def test_who_asks_meanwhile_is_answered_together_and_each_gets_their_own_answer() -> None:
    batches: list[list[int]] = []
    go_on = threading.Event()

    def double(asked: list[int]) -> list[int]:
        batches.append(asked)
        go_on.wait(30)
        return [2 * one for one in asked]

    batched = Batched(double)
    asking = [asyncio.ensure_future(batched.ask(0))]
    while not batches:  # noqa: ASYNC110  another thread says so
        await asyncio.sleep(0.001)
    asking += [asyncio.ensure_future(batched.ask(one)) for one in (1, 2, 3)]
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.gather(*asking) == [0, 2, 4, 6]
    assert batches == [[0], [1, 2, 3]]


async def test_a_failure_reaches_everybody_who_asked_and_nobody_after_them() -> None:
    def refuse_odd(asked: list[int]) -> list[int]:
        if any(one % 2 for one in asked):
            raise LookupError
        return asked

    batched = Batched(refuse_odd)
    with pytest.raises(LookupError):
        await batched.ask(1)
    assert await batched.ask(2) == 2


@pytest.mark.django_db
def test_a_session_is_its_persons_until_another_password_or_their_last_day(cast: Cast) -> None:
    keys = []
    for person in (cast.teacher, cast.amina, cast.bilal):
        client = Client()
        client.force_login(person, backend=BACKEND)
        keys.append(str(client.session.session_key))
    assert [who for _, who in recognise([*keys, "none"])] == [
        cast.teacher,
        cast.amina,
        cast.bilal,
        AnonymousUser(),
    ]
    cast.amina.set_password("something else altogether")
    cast.amina.save()
    cast.bilal.is_active = False
    cast.bilal.save()
    assert [who for _, who in recognise(keys)] == [cast.teacher, AnonymousUser(), AnonymousUser()]
    Session.objects.update(expire_date="2001-01-01T00:00Z")
    assert [who for _, who in recognise(keys)] == [AnonymousUser()] * 3
