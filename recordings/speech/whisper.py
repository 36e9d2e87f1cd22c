"""The engine that comes as an extra (`speech` in pyproject.toml): faster-whisper, with a model from the operator's disk."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--model", required=True, help="a folder with a converted model; nothing is downloaded"
    )
    parser.add_argument("--language", required=True)
    parser.add_argument("sound", type=Path)
    asked = parser.parse_args()
    if not Path(asked.model).is_dir():
        parser.error("--model must be a folder: models are never fetched")
    library: Any = importlib.import_module("faster_whisper")
    model = library.WhisperModel(asked.model, device="auto", compute_type="default", local_files_only=True)
    segments, about = model.transcribe(str(asked.sound), language=asked.language, vad_filter=True)
    for segment in segments:
        say({"starts": segment.start, "ends": segment.end, "text": segment.text.strip()})
        say({"done": segment.end / max(about.duration, 0.001)})


def say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
