"""What a line of the log is about: the request, the task, the lesson or recording that is being worked on."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_about: ContextVar[Mapping[str, str]] = ContextVar("about", default={})  # noqa: B039  never changed, only replaced


def what_it_is_about() -> Mapping[str, str]:
    return _about.get()


def begin(**ids: str) -> None:
    """From here on, in this request or task, instead of whatever was before."""
    _about.set(ids)


@contextmanager
def about(**ids: str) -> Iterator[None]:
    """Within it, besides what was before."""
    token = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(token)


def request_id_of(said: str) -> str:
    """The client's own, when it is a decent one, so that a trail may begin at the proxy."""
    return said if REQUEST_ID.fullmatch(said) else secrets.token_hex(8)
