"""What the shapes of facts are made of: every field stands there, unless it says that it may be left out."""

from __future__ import annotations

from typing import TypeVar

import msgspec

T = TypeVar("T")


class Told(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The data of a fact, or a part of it."""


class NothingTold(Told):
    pass


class RefusalTold(Told):
    """What answers a command that cannot be carried out, on every socket."""

    code: str
