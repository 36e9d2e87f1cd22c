"""What a frame may hold, whatever socket it comes to."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from common.refusals import Refused
from common.sockets.wire import read_data


class Words(msgspec.Struct):
    text: str = ""
    more: list[dict[str, str]] = []


@pytest.mark.parametrize("data", [{"text": "a\0b"}, {"more": [{"x": "\0"}]}, {"more": [{"\0": "x"}]}])
def test_nul_is_refused_wherever_it_stands_because_postgresql_keeps_none(data: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        read_data(msgspec.Raw(json.dumps(data).encode()), Words)
    assert refused.value.code == "bad_data"


def test_a_text_about_nul_is_no_nul() -> None:
    about = {"text": r"In C a text ends with \u0000.", "more": [{"path": "C:\\u0000"}]}
    read = read_data(msgspec.Raw(json.dumps(about).encode()), Words)
    assert msgspec.to_builtins(read) == about
