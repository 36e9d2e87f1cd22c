"""What the log says and leaves out. Read before the apps are loaded, so it imports none of them."""

from __future__ import annotations

import json
import logging
import os
import re
from datetime import UTC, datetime
from functools import cache

from common.about import what_it_is_about
from config.env import TABLE

HIDDEN = "[hidden]"
SHORTEST_SECRET = 8
# In words of libraries, addresses and bodies: bearers and tokens, whatever they open.
TELLTALES = (
    re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"),
    re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]{5,}"),
    re.compile(
        r"(?i)\b((?:access_|refresh_|id_)?token|secret|password|passwd|api_key|jwt|signature|sig)=[^&\s\"']{4,}"
    ),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)


class WithoutTraceback(logging.Filter):
    """A refusal is one line of the log: where it was raised says nothing that its address does not."""

    def filter(self, record: logging.LogRecord) -> bool:
        if 400 <= getattr(record, "status_code", 500) < 500:
            record.exc_info = record.exc_text = None
        return True


def scrub(text: str) -> str:
    """Without the secrets of the settings, and without whatever looks like somebody's key."""
    for secret in _own_secrets():
        text = text.replace(secret, HIDDEN)
    for telltale in TELLTALES:
        text = telltale.sub(lambda found: f"{found[1]} {HIDDEN}" if found.re.groups else HIDDEN, text)
    return text


@cache
def _own_secrets() -> tuple[str, ...]:
    """Longest first: one may be a part of another."""
    told = {os.environ.get(setting.name, "") for setting in TABLE if setting.secret}
    return tuple(sorted((one for one in told if len(one) >= SHORTEST_SECRET), key=len, reverse=True))


class PlainLines(logging.Formatter):
    """For people: what it is about stands behind the words."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        ids = " ".join(f"{name}={one}" for name, one in what_it_is_about().items())
        head, newline, rest = super().format(record).partition("\n")
        return scrub(f"{head} [{ids}]{newline}{rest}" if ids else f"{head}{newline}{rest}")


class JsonLines(logging.Formatter):
    """For machines: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname, "logger": record.name, **what_it_is_about()}
        told["message"] = scrub(record.getMessage())
        if record.exc_info:
            told["traceback"] = scrub(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)
