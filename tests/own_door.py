"""Darasa itself behind a real port, in a thread: for whoever asks us over HTTP. The test's database is its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connections


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing on the tests' screen."""


@contextmanager
def own_door() -> Iterator[str]:
    """What a test has not committed is not seen through it."""
    application = get_wsgi_application()

    def answer(environ: dict[str, Any], start: Any) -> Any:
        try:
            return list(application(environ, start))
        finally:
            connections.close_all()

    server = make_server("127.0.0.1", 0, answer, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
