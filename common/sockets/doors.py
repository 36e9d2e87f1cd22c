"""Who is knocking: the session of a browser on our own pages, or a bearer of a pass. Nobody else.

`scope["user"]` is the session's person; `scope["bearer"]` the text after `Authorization: Bearer`;
`scope["server_send"]` the server's own `send`, which no middleware has wrapped (`common/sockets/direct.py`).
A stranger is answered 404, the same as for a door that does not exist.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

Scope = dict[str, Any]
Asgi = Callable[[Scope, Callable[..., Awaitable[Any]], Callable[..., Awaitable[Any]]], Awaitable[Any]]


class CheckOrigin:
    """Browsers always send `Origin` and it must be ours; without one only a bearer may go on."""

    def __init__(self, inner: Asgi) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        scope = {**scope, "bearer": read_bearer(headers), "server_send": send}
        if not (is_ours(headers) if b"origin" in headers else scope["bearer"]):
            return await deny(send)
        return await self.inner(scope, receive, send)


def read_bearer(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def is_ours(headers: dict[bytes, bytes]) -> bool:
    origin = headers[b"origin"].decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return origin == settings.PUBLIC_URL or (urlsplit(origin).netloc == host and bool(host))


async def deny(send: Any, *, status: int = 404) -> None:
    """Answer the handshake with a status (ASGI's websocket denial response)."""
    await send({"type": "websocket.http.response.start", "status": status, "headers": []})
    await send({"type": "websocket.http.response.body", "body": b""})
