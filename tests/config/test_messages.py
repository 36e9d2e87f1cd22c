"""The browser's half of the wire is written by the server's half."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import msgspec
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from common.sockets import codes
from config.management.commands import messages
from config.sockets import VOCABULARY
from dashboard.texts import room_texts
from whiteboard import messages as board

WIRE = (settings.BASE_DIR / "docs" / "wire.md").read_text()


def test_the_committed_types_are_in_step() -> None:
    call_command("messages", check=True)


def test_a_stale_file_fails_the_check_and_is_mended_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "messages.ts"
    stale.write_text("// old\n")
    monkeypatch.setattr(messages, "TARGET", stale)
    monkeypatch.setattr(settings, "BASE_DIR", tmp_path)
    with pytest.raises(CommandError, match=r"messages\.ts is stale"):
        call_command("messages", check=True)
    call_command("messages")
    call_command("messages", check=True)


def test_every_word_and_code_is_written() -> None:
    text = messages.typescript()
    for word in (*(word for words in VOCABULARY.values() for word in words), *codes.ERRORS):
        assert f'"{word}"' in text
    assert f"LESSON_OVER: {codes.LESSON_OVER}," in text


def test_a_word_with_a_default_may_be_left_out() -> None:
    class Wave(msgspec.Struct):
        kind: Literal["hand", "flag"]
        times: int | None = None

    text = "\n".join(messages.interfaces([Wave]))
    assert 'kind: "flag" | "hand";' in text
    assert "times?: number | null;" in text


def test_one_name_never_means_two_shapes() -> None:
    other = msgspec.defstruct("ItemErase", [("pages", list[str])])
    with pytest.raises(ValueError, match="ItemErase"):
        list(messages.interfaces([board.ItemErase, other]))


def test_the_page_for_people_knows_the_same_words() -> None:
    section = WIRE.split("## Error codes")[1].split("##")[0]
    assert set(re.findall(r"`([a-z_]+)`", section)) == set(codes.ERRORS)
    closing = WIRE.split("## Close codes")[1].split("##")[0]
    named = {name: value for name, value in vars(codes).items() if isinstance(value, int)}
    assert {name: int(code) for code, name in re.findall(r"\| (\d+) \| `(\w+)`", closing)} == named


def test_every_error_code_has_a_sentence() -> None:
    assert {f"error.{code}" for code in codes.ERRORS} <= set(room_texts())
