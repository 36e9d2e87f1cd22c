"""How loud speech is (EBU R 128), measured piece by piece while composing, and what brings it to the target.

The target is −16 LUFS, what players and phones expect of speech.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

TARGET_LUFS = -16.0
# A lesson in which hardly anybody spoke is not blown up to a roar of hiss.
MOST_GAIN_DB, LEAST_GAIN_DB = 20.0, -20.0
SILENCE_LUFS = -70.0
RELATIVE_GATE_LU = 10.0
Measured = tuple[float, float]


def loudness_of(pieces: Iterable[Measured]) -> float | None:
    """Of the whole, from `(LUFS, seconds)` of its pieces, gated as R 128 gates its blocks; None for silence."""
    heard = [one for one in pieces if one[0] > SILENCE_LUFS]
    whole = _mean(heard)
    if whole is None:
        return None
    return _mean([one for one in heard if one[0] > whole - RELATIVE_GATE_LU])


def gain_for(loudness: float | None) -> float:
    """In dB; nothing is done to silence."""
    if loudness is None:
        return 0.0
    return min(MOST_GAIN_DB, max(LEAST_GAIN_DB, TARGET_LUFS - loudness))


def _mean(pieces: Sequence[Measured]) -> float | None:
    seconds = sum(one[1] for one in pieces)
    if seconds <= 0:
        return None
    energy = sum(10 ** (lufs / 10) * length for lufs, length in pieces)
    return 10 * math.log10(energy / seconds)
