"""The border to speech engines: sound in, cues out. An engine is a program of its own, which may be slow, hang or die.

It is called as `<SPEECH_COMMAND> --model <SPEECH_MODEL> --language <code> <16 kHz mono WAV>` and writes a JSON line
for each thing it heard, `{"starts": 1.2, "ends": 3.4, "text": "…"}`, and whenever it likes `{"done": 0.25}`. It gets
no address to send anything to, and what it says is words, never markup.
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings

from common.refusals import Refused
from recordings import ffmpeg
from recordings.probe import probe
from recordings.vtt import LONGEST_CUE_SECONDS, MOST_CUES, Cue, escape

STALL_SECONDS = 600.0
MOST_LINE_BYTES = 64 * 1024
OUR_ENGINE = (sys.executable, "-m", "recordings.speech.whisper")
OUR_PACKAGE = "faster_whisper"
Tell = Callable[[float], None]


class Engine(Protocol):
    def hear(self, sound: Path, *, language: str, progress: Tell) -> Iterator[Cue]:
        """What was said, in order. Raises Refused("speech_failed") or ("speech_stalled")."""


def find_engine() -> Engine | None:
    """The one that the operator has set up; None, and then no page speaks of automatic captions."""
    if settings.SPEECH_COMMAND:
        return Program(settings.SPEECH_COMMAND.split(), settings.SPEECH_MODEL)
    if settings.SPEECH_MODEL and importlib.util.find_spec(OUR_PACKAGE) is not None:
        return Program(OUR_ENGINE, settings.SPEECH_MODEL)
    return None


def take_speech(video: Path, out: Path, *, progress: Tell) -> Path:
    """The video's sound as all engines want it."""
    wav = ["-vn", "-map", "0:a:0", "-ac", "1", "-ar", "16000", "-c:a", "pcm_s16le", "-f", "wav", str(out)]
    if probe(video).audio is None:
        raise Refused("nothing_heard")
    ffmpeg.run([*ffmpeg.source(video), *wav], progress=progress, expected_seconds=1)
    return out


class Program:
    """An engine behind a command line."""

    def __init__(self, command: Sequence[str], model: str, *, stall_seconds: float = STALL_SECONDS) -> None:
        self._command, self._model, self._stall_seconds = list(command), model, stall_seconds

    def hear(self, sound: Path, *, language: str, progress: Tell) -> Iterator[Cue]:
        command = [*self._command, "--model", self._model, "--language", language, str(sound)]
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                preexec_fn=ffmpeg.die_with(os.getpid()),
            )
        except OSError as error:
            raise Refused("speech_failed") from error
        try:
            yield from self._listen(child, progress)
        finally:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()

    def _listen(self, child: subprocess.Popen[bytes], progress: Tell) -> Iterator[Cue]:
        last, count = 0.0, 0
        for line in self._lines(child):
            said = _read(line)
            if isinstance(said.get("done"), int | float):
                progress(min(1.0, max(0.0, said["done"])))
                continue
            cue = _cue(said, last)
            if cue is not None:
                last, count = cue.starts_seconds, count + 1
                yield cue
            if count >= MOST_CUES:
                break
        if child.wait() != 0 and count < MOST_CUES:
            raise Refused("speech_failed")

    def _lines(self, child: subprocess.Popen[bytes]) -> Iterator[bytes]:
        out, pending = child.stdout, b""
        if out is None:
            raise Refused("speech_failed")
        heard_at = time.monotonic()
        while True:
            if not select.select([out], [], [], min(1.0, self._stall_seconds / 4))[0]:
                if time.monotonic() - heard_at > self._stall_seconds:
                    raise Refused("speech_stalled")
                continue
            piece, heard_at = os.read(out.fileno(), 65536), time.monotonic()
            if not piece:
                break
            *lines, pending = (pending + piece).split(b"\n")
            if len(pending) > MOST_LINE_BYTES:
                raise Refused("speech_failed")
            yield from filter(None, lines)
        if pending:
            yield pending


def _read(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError as error:
        raise Refused("speech_failed") from error
    if not isinstance(said, dict):
        raise Refused("speech_failed")
    return said


def _cue(said: dict[str, Any], last: float) -> Cue | None:
    """None for silence; Refused for what is no cue."""
    starts, ends, text = said.get("starts"), said.get("ends"), said.get("text")
    if not (isinstance(starts, int | float) and isinstance(ends, int | float) and isinstance(text, str)):
        raise Refused("speech_failed")
    begins = max(last, float(starts))
    words = escape(text)
    if not words or not begins < ends <= begins + LONGEST_CUE_SECONDS:
        return None
    return Cue(begins, float(ends), words)
