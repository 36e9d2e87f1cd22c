"""The lines that `make bench-recording` has to keep, and what it shows and says in the end."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

WHOLE_MINUTES = 10
EXTRAPOLATED = (
    "after_end_60_min: the pieces that were left when this lesson ended, which was filmed and composed at its own pace, "
    "and then each step after them on a film of sixty minutes. That an hour leaves no more pieces than this lesson is "
    "taken for granted: those before are made while it goes on. Counted from when the recorder's file is whole"
)


@dataclass(frozen=True, slots=True)
class Line:
    """`key` is that of the figure; `most` is still good."""

    key: str
    most: float
    says: str


LINES = (
    Line("ratio", 1.25, "our composite, in times of ffmpeg alone at the same preset and rate"),
    Line("after_end_60_min", 30.0, "seconds from the end of an hour until it is in the store"),
    Line("light_pack_mb_an_hour", 15.0, "megabytes of a light pack of an hour"),
    Line("replay_first_load_bytes", 60_000, "bytes of the replay page, first time, without media"),
    Line("glass_to_player_s", 6.0, "seconds from glass to player, in Chromium, 95 of 100 looks"),
    Line("viewers_dropped", 0, "viewers dropped where the ingest was away for nine seconds"),
    Line("not_whole", 0, "videos that were shorter than the lesson"),
)


def judged(found: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"line": one.key, "value": found[one.key], "most": one.most, "met": found[one.key] <= one.most}
        for one in LINES
    ]


def said(found: dict[str, Any]) -> dict[str, Any]:
    """The last line of the output. What a short run says is for whoever works on it, and no proof."""
    lines = judged(found)
    missed = [one["line"] for one in lines if not one["met"]]
    is_short = found["seconds"] < 60 * WHOLE_MINUTES
    about = {"is_short": is_short, "extrapolated": EXTRAPOLATED}
    return {**found, **about, "lines": lines, "missed": missed, "met": not missed}


def show(found: dict[str, Any]) -> None:
    if found["seconds"] < 60 * WHOLE_MINUTES:
        print(
            f"SHORT: {found['seconds'] // 60} minutes of lesson instead of {WHOLE_MINUTES}. Starting a program weighs more, "
            "and so do the few last pieces: for developing, not for quoting."
        )
    for name, value in rows_of(found):
        print(f"{name:<64}{value}")
    print(f"Extrapolated: {EXTRAPOLATED}.")
    print("The lines:")
    for one, line in zip(judged(found), LINES, strict=True):
        mark = "met" if one["met"] else "MISSED"
        print(f"  {mark:<7}{one['value']:>10} of at most {line.most:<8g} {line.says}")
    print(json.dumps(said(found)))


def rows_of(found: dict[str, Any]) -> list[tuple[str, str]]:
    stream, left = found["hls"], found["backlog"]
    return [
        ("the lesson", f"{found['seconds']} s of 720p30, {found['hands']} at once, {found['encoder']}"),
        *(row for rate in found["rates"] for row in _rows_of_rate(rate)),
        ("an hour’s sound, made while it goes on", f"{found['sound_during_the_hour']} s"),
        (
            f"left when a film of {found['seconds']} s at its own pace ends",
            f"{left['pieces']} pieces with {left['film_seconds']:.0f} s of it, made in {left['seconds']:.2f} s",
        ),
        *(
            (f"after the end of an hour: {name}", f"{seconds} s")
            for name, seconds in found["steps_of_an_hour"].items()
        ),
        ("glass to player, median of a live stream", f"{stream['glass_to_player_median_s']} s"),
        ("its way in killed: all see new pictures after", f"{stream['back_after_ingest_killed_s']} s"),
        (
            f"its ingest away for {stream['ingest_away_s']:.0f} s: all see new pictures after",
            f"{stream['back_after_ingest_away_s']} s from its new start, {stream['viewers']} viewers",
        ),
    ]


def _rows_of_rate(rate: dict[str, Any]) -> list[tuple[str, str]]:
    fps, mb = rate["fps"], (rate["limit_mb_an_hour"], rate["composite_mb_an_hour"])
    whole = f"{rate['composite_seconds']} s, {rate['ratio']} of that limit"
    return [
        (f"limit: the film alone, transcoded to {fps} a second", f"{rate['limit_seconds']} s"),
        (f"our composite at {fps} a second, all of it afterwards", whole),
        (f"megabytes an hour at {fps} a second", f"{mb[0]} alone, {mb[1]} ours"),
    ]
