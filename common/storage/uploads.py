"""An upload in parts that a killed process left unfinished: kept beside its file, continued by the next one.

The note names the upload and the parts that the store acknowledged. It is believed only as far as the store
lists the same parts: whoever continues sends the rest.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Upload:
    """`parts`: number → [ETag, base64 SHA-256]."""

    bucket: str
    key: str
    sha256: str
    part_size: int
    upload_id: str = ""
    parts: dict[int, tuple[str, str]] = field(default_factory=dict)

    def is_of(self, other: Upload) -> bool:
        return (self.bucket, self.key, self.sha256, self.part_size) == (
            other.bucket,
            other.key,
            other.sha256,
            other.part_size,
        )


def note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.upload")


def read_note(path: Path, wanted: Upload) -> Upload:
    """What is known of an earlier upload of exactly this; `wanted`, which is nothing begun, otherwise."""
    try:
        told = json.loads(note_of(path).read_bytes())
        parts = {int(number): (str(etag), str(sum_)) for number, (etag, sum_) in told.pop("parts").items()}
        known = Upload(**told, parts=parts)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return wanted
    return known if known.is_of(wanted) and known.upload_id else wanted


def write_note(path: Path, upload: Upload) -> None:
    """Written aside and renamed: a crash leaves the note before or the note after."""
    part = note_of(path).with_suffix(".upload-part")
    part.write_text(json.dumps(asdict(upload)))
    part.replace(note_of(path))


def forget_note(path: Path) -> None:
    note_of(path).unlink(missing_ok=True)
