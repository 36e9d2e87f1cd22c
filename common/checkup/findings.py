"""What a check says of one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    FINE = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is what was looked at, `found` what was seen there, `remedy` what to type or change."""

    mark: Mark
    about: str
    found: str
    remedy: str = ""


def fine(about: str, found: str) -> Finding:
    return Finding(Mark.FINE, about, found)


def warning(about: str, found: str, remedy: str) -> Finding:
    return Finding(Mark.WARNING, about, found, remedy)


def fault(about: str, found: str, remedy: str) -> Finding:
    return Finding(Mark.FAULT, about, found, remedy)


def skipped(about: str, why: str) -> Finding:
    """Not configured, so there is nothing to look at."""
    return Finding(Mark.SKIPPED, about, why)
