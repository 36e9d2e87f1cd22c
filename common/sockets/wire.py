"""Envelopes of docs/wire.md, in and out."""

import re
from typing import Any, TypeVar

import msgspec

from common.refusals import Refused

T = TypeVar("T")

MAX_BYTES = 64 * 1024
# Behind an even number of backslashes; behind an odd one it is a text about NUL.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Incoming(msgspec.Struct):
    """A command as it came: the data still undecoded."""

    type: str
    data: msgspec.Raw = msgspec.Raw(b"{}")
    ref: str | None = None


def read_envelope(frame: str | bytes) -> Incoming:
    if len(frame) > MAX_BYTES:
        raise Refused("too_big")
    try:
        return msgspec.json.decode(frame, type=Incoming)
    except msgspec.DecodeError as error:
        code = "bad_data" if isinstance(error, msgspec.ValidationError) else "not_json"
        raise Refused(code) from error
    except RecursionError as error:  # thousands of brackets in each other
        raise Refused("not_json") from error


def read_data(raw: msgspec.Raw, shape: type[T]) -> T:
    """Refused("bad_data") when it is of another shape, or has a NUL in any text: PostgreSQL keeps none."""
    if _has_nul(bytes(raw)):
        raise Refused("bad_data")
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused("bad_data") from error


def _has_nul(raw: bytes) -> bool:
    return b"\\u0000" in raw and _NUL.search(raw) is not None


def envelope(
    type_: str, data: dict[str, Any], *, seq: int | None = None, ref: str | None = None
) -> dict[str, Any]:
    message: dict[str, Any] = {"type": type_, "data": data}
    if seq is not None:
        message["seq"] = seq
    if ref is not None:
        message["ref"] = ref
    return message


def error(code: str, ref: str | None) -> dict[str, Any]:
    return envelope("error", {"code": code}, ref=ref)
