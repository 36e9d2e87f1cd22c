"""Who is before a socket: origin, cookie, session, person."""

from __future__ import annotations

from typing import Any

from channels.sessions import CookieMiddleware
from django.conf import settings
from django.contrib.auth.models import AnonymousUser

from common.sockets.batches import Batched
from common.sockets.doors import Asgi, CheckOrigin, Scope
from common.sockets.sessions import Known, Said, recognise


class Recognise:
    """Puts `session` and `user` into the scope; those who come together are looked up together."""

    def __init__(self, inner: Asgi) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        key = scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        session, user = await _recognised.ask(key) if key else (Said(), AnonymousUser())
        return await self.inner({**scope, "session": session, "user": user}, receive, send)


_recognised: Batched[str, Known] = Batched(recognise)


def authenticate(inner: Any) -> Any:
    return CheckOrigin(CookieMiddleware(Recognise(inner)))
