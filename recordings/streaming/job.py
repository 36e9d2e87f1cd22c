"""What a station is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


class JobError(ValueError):
    """The start line is not one."""


@dataclass(frozen=True, slots=True)
class Job:
    """`shelf` is the absolute folder of the pieces, `heights` those of the smaller pictures, `key` what whoever sends
    must know; it never reaches a file or a log. `port` 0 is any free one."""

    broadcast: str
    shelf: Path
    key: str
    address: str
    port: int
    heights: tuple[int, ...]

    @classmethod
    def read(cls, told: Any) -> Job:
        """Raises JobError."""
        try:
            job = cls(
                broadcast=str(told["broadcast"]),
                shelf=Path(told["shelf"]),
                key=str(told["key"]),
                address=str(told["address"]),
                port=int(told["port"]),
                heights=tuple(int(height) for height in told["heights"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise JobError(type(error).__name__) from error
        if not (job.shelf.is_absolute() and job.key and len(job.heights) <= 2):
            raise JobError("out of bounds")
        return job
