"""A session that ends takes its own sockets along, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http.cookies import SimpleCookie
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from websockets.exceptions import InvalidStatus

from accounts import actions as people
from accounts.models import ApiKey, IdentityProvider, ProviderSession
from classroom.actions import make_join_link, schedule_lesson
from classroom.models import Lesson
from common.sockets.recheck import recheck_sockets
from tests.api.conftest import make_key
from tests.conftest import PASSWORD, Cast
from tests.wire.conftest import Connect
from tests.wire.test_removal import REMOVED, WITHIN_SECONDS, goodbye
from tests.wire.test_room_socket import path
from whiteboard.models import Board

pytestmark = pytest.mark.django_db(transaction=True)
COME_BACK = 1012


def signed_in(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.amina, backend="django.contrib.auth.backends.ModelBackend")
    return client


def cookie(client: Client) -> dict[str, str]:
    name = settings.SESSION_COOKIE_NAME
    found: SimpleCookie = client.cookies
    return {"Cookie": f"{name}={found[name].value}"}


def sign_out(client: Client, cast: Cast) -> None:
    assert client.post("/sign-out").status_code == 302


def by_the_provider(client: Client, cast: Cast) -> None:
    provider = IdentityProvider.objects.create(
        institution=cast.school, slug="school", label="School", issuer="https://idp.test/"
    )
    key = str(client.session.session_key)
    ProviderSession.objects.create(provider=provider, sid="this", subject="amina", session_key=key)
    ProviderSession.objects.create(provider=provider, sid="that", subject="amina", session_key="of-another")
    assert people.end_provider_sessions(provider=provider, sid="this", subject="amina") == 1
    assert ProviderSession.objects.get().sid == "that"


@pytest.mark.parametrize("end", [sign_out, by_the_provider])
async def test_the_sockets_of_the_ended_session_close_and_those_of_another_device_stay(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect, end: Callable[[Client, Cast], None]
) -> None:
    here, there = await asyncio.to_thread(signed_in, cast), await asyncio.to_thread(signed_in, cast)
    board_path = f"/ws/boards/{board.pk}/"
    async with (
        connect(path(lesson), None, headers=cookie(here)) as room,
        connect(board_path, None, headers=cookie(here)) as drawing,
        connect(path(lesson), None, headers=cookie(there)) as other,
    ):
        await room.hear("room.entered")
        await drawing.hear("board.opened")
        await other.hear("room.entered")
        await sync_to_async(end)(here, cast)
        for socket in (room, drawing):
            code, seconds = await goodbye(socket)
            assert (code, seconds < WITHIN_SECONDS) == (REMOVED, True)
        await other.say("room.ping", ref="still-here")
        assert (await other.hear("room.ponged"))["ref"] == "still-here"


async def test_a_new_password_ends_the_other_devices_and_asks_this_one_to_come_back(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    here, there = await asyncio.to_thread(signed_in, cast), await asyncio.to_thread(signed_in, cast)
    stolen = cookie(here)

    def change() -> None:
        new = {"new_password1": "a much better one 7", "new_password2": "a much better one 7"}
        answer = here.post("/account/password", {"old_password": PASSWORD, **new})
        assert (answer.status_code, answer["Location"]) == (302, "/account")

    async with (
        connect(path(lesson), None, headers=stolen) as room,
        connect(path(lesson), None, headers=cookie(there)) as other,
    ):
        await room.hear("room.entered")
        await other.hear("room.entered")
        await sync_to_async(change)()
        assert (await goodbye(room))[0] == COME_BACK
        code, seconds = await goodbye(other)
        assert (code, seconds < WITHIN_SECONDS) == (REMOVED, True)
    async with connect(path(lesson), None, headers=cookie(here)) as again:
        await again.hear("room.entered")
    assert cookie(here) != stolen
    assert not await Session.objects.filter(pk=stolen["Cookie"].partition("=")[2]).aexists()


async def test_the_password_from_a_letter_ends_every_device(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    def reset() -> None:
        people.change_password(person=cast.amina, password="a much better one 7")

    async with connect(path(lesson), cast.amina) as room:
        await room.hear("room.entered")
        await sync_to_async(reset)()
        code, seconds = await goodbye(room)
        assert (code, seconds < WITHIN_SECONDS) == (REMOVED, True)


async def test_a_session_whose_hours_are_over_cuts_nobody_off(
    cast: Cast, lesson: Lesson, connect: Connect
) -> None:
    client = await asyncio.to_thread(signed_in, cast)

    def run_out() -> None:
        from common.sockets.recheck import recheck_sockets

        Session.objects.update(expire_date=timezone.now())
        recheck_sockets(cast.amina.pk)

    async with connect(path(lesson), None, headers=cookie(client)) as room:
        await room.hear("room.entered")
        await sync_to_async(run_out)()
        await room.say("room.ping", ref="still-here")
        assert (await room.hear("room.ponged"))["ref"] == "still-here"


def test_the_providers_word_still_finds_a_session_after_a_new_password(cast: Cast) -> None:
    client: Any = signed_in(cast)
    provider = IdentityProvider.objects.create(
        institution=cast.school, slug="school", label="School", issuer="https://idp.test/"
    )
    key = str(client.session.session_key)
    ProviderSession.objects.create(provider=provider, sid="this", subject="amina", session_key=key)
    new = {"new_password1": "a much better one 7", "new_password2": "a much better one 7"}
    client.post("/account/password", {"old_password": PASSWORD, **new})
    assert client.get("/account").status_code == 200
    people.end_provider_sessions(provider=provider, sid="this", subject="amina")
    assert client.get("/account").status_code == 302


async def test_who_came_by_a_link_has_the_sockets_of_that_lesson_until_its_key_is_revoked(
    cast: Cast, lesson: Lesson, board: Board, connect: Connect
) -> None:
    key, client = await sync_to_async(come_by_link)(cast, lesson)
    other = await sync_to_async(another_lesson)(cast, lesson)
    for closed in (path(other), "/ws/connection/"):
        with pytest.raises(InvalidStatus):
            async with connect(closed, None, headers=cookie(client)):
                pass
    async with (
        connect(path(lesson), None, headers=cookie(client)) as room,
        connect(f"/ws/boards/{board.pk}/", None, headers=cookie(client)) as drawing,
    ):
        await room.hear("room.entered")
        await drawing.hear("board.opened")
        await sync_to_async(people.revoke_api_key)(key=key, by=cast.head, now=timezone.now())
        await sync_to_async(recheck_sockets)(cast.teacher.pk)
        assert [(await goodbye(socket))[0] for socket in (room, drawing)] == [REMOVED] * 2


def come_by_link(cast: Cast, lesson: Lesson) -> tuple[ApiKey, Client]:
    key, now, client = make_key(cast, "join_links:write")[0], timezone.now(), Client()
    made = make_join_link(lesson=lesson, person=cast.teacher, by=key.pk, now=now)
    assert client.post(f"/join/{made.token}").status_code == 302
    return key, client


def another_lesson(cast: Cast, lesson: Lesson) -> Lesson:
    return schedule_lesson(
        course=cast.course,
        title="Decimals",
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        created_by=cast.teacher,
    )
