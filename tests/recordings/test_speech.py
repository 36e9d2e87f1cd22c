"""The border to speech engines, with a small program that speaks as one of them does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from common.refusals import Refused
from recordings.speech import OUR_ENGINE, Program, find_engine
from recordings.vtt import Cue

SAYS = """
import json, sys, time
mode, model, language, sound = sys.argv[1], sys.argv[3], sys.argv[5], sys.argv[6]
def say(**line): print(json.dumps(line), flush=True)
say(done=0.5)
say(starts=0.5, ends=2.0, text=f" {model} {language} <b>½</b> ")
if mode == "hangs": time.sleep(60)
if mode == "babbles": print("no json")
if mode == "lies": say(starts="soon", ends=3, text="x")
say(starts=2.0, ends=2.0, text="no time")
say(starts=1.0, ends=3.0, text="back in time")
say(starts=3.0, ends=4.0, text="   ")
say(done=1)
sys.exit(3 if mode == "fails" else 0)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "engine.py"
    path.write_text(SAYS)
    return path


def hear(program: Path, mode: str, told: list[float] | None = None) -> list[Cue]:
    engine = Program([sys.executable, str(program), mode], "small", stall_seconds=1.0)
    return list(engine.hear(program, language="sw", progress=(told if told is not None else []).append))


def test_what_an_engine_says_becomes_cues_without_markup(program: Path) -> None:
    told: list[float] = []
    assert hear(program, "well", told) == [
        Cue(0.5, 2.0, "small sw &lt;b&gt;½&lt;/b&gt;"),
        Cue(1.0, 3.0, "back in time"),
    ]
    assert told == [0.5, 1]


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ("fails", "speech_failed"),
        ("babbles", "speech_failed"),
        ("lies", "speech_failed"),
        ("hangs", "speech_stalled"),
    ],
)
def test_an_engine_that_fails_or_hangs_is_ended_with_a_reason(program: Path, mode: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        hear(program, mode)
    assert refused.value.code == code


def test_a_program_that_is_not_there_is_a_failure_too(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="speech_failed"):
        list(Program(["/nowhere/engine"], "").hear(tmp_path, language="en", progress=print))


def test_without_a_model_or_a_command_there_is_no_engine(settings: pytest.FixtureRequest) -> None:
    assert find_engine() is None
    settings.SPEECH_COMMAND = "engine --fast"  # type: ignore[attr-defined]
    assert isinstance(find_engine(), Program)


def test_our_own_program_fetches_no_model(tmp_path: Path) -> None:
    engine = Program(OUR_ENGINE, "small")
    with pytest.raises(Refused, match="speech_failed"):
        list(engine.hear(tmp_path / "speech.wav", language="en", progress=print))
