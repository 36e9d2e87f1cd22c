"""A made-up lesson: what a Jibri would have filmed, and what a teacher would have written on the board."""

from __future__ import annotations

import math
import random
from pathlib import Path

from recordings import ffmpeg
from whiteboard.board import Edit

START = 1_700_000_000.0
LOOP_SECONDS = 10
PAGES = 8
STROKES_A_MINUTE = 30


def film(path: Path, seconds: int, work: Path) -> Path:
    """720p30, H.264 and AAC in a transport stream: somebody who moves before a wall, with a camera's noise, and talks.

    Ten seconds of it again and again: making it is not what is measured.
    """
    wall = f"gradients=s=1280x720:r=30:c0=0x6b5d4f:c1=0x9c8d7c:speed=0.004:seed=3:d={LOOP_SECONDS}"
    head = f"testsrc2=s=320x420:r=30:d={LOOP_SECONDS},gblur=sigma=9"
    moves = "x='480+40*sin(1.3*t)+12*sin(5*t)':y='170+14*sin(2.1*t)'"
    graph = f"{wall}[wall];{head}[head];[wall][head]overlay={moves},noise=alls=7:allf=t[picture]"
    voice = "0.25*sin(2*PI*(140+25*sin(2*t))*t)+0.12*sin(2*PI*(280+50*sin(2*t))*t)+0.05*(random(0)-0.5)"
    words = "pow(abs(sin(2*PI*2.1*t)),2)*gt(sin(2*PI*0.11*t),-0.7)"
    sound = f"aevalsrc='({voice})*({words})':s=48000:d={LOOP_SECONDS}[sound]"
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "25", "-pix_fmt", "yuv420p", "-g", "60"]
    loop = work / "loop.ts"
    made = ["-y", "-filter_complex", f"{graph};{sound}", "-map", "[picture]", "-map", "[sound]", *encode]
    made += ["-c:a", "aac", "-b:a", "128k", "-ac", "2"]
    ffmpeg.run([*made, str(loop)], expected_seconds=LOOP_SECONDS)
    again = ["-stream_loop", str(math.ceil(seconds / LOOP_SECONDS) - 1), "-i", str(loop), "-t", str(seconds)]
    ffmpeg.run(["-y", *again, "-c", "copy", str(path)], expected_seconds=seconds)
    return path


def board(seconds: int) -> list[Edit]:
    """About 30 strokes a minute on eight pages, each a second or two long."""
    chance = random.Random(7)  # noqa: S311  a made-up hand, no secret
    edits: list[Edit] = []

    def add(kind: str, at: float, data: dict[str, object], ref: str = "") -> None:
        seq = len(edits) + 1
        edits.append(Edit(seq, kind, ref or f"ref-{seq}", "teacher", round((START + at) * 1000), data))

    for page in range(PAGES):
        about = {"page": f"page-{page}", "title": f"Page {page + 1}", "position": page, "background": None}
        add("page.added", 0, about)
    page, at = 0, 1.0
    while at < seconds - 3:
        if at > (page + 1) * seconds / PAGES:
            page += 1
            add("page.turned", at, {"page": f"page-{page}"})
        lasts = chance.uniform(0.6, 2.2)
        ink = {"kind": "pen", "layer": "", "colour": chance.choice(["#1d3557", "#c1121f", "#2a9d8f"])}
        stroke = {
            "points": _points(chance),
            "width": chance.choice([3, 4, 6]),
            "duration_ms": round(lasts * 1000),
        }
        add("item.added", at + lasts, {"page": f"page-{page}", **ink, **stroke})
        at += chance.uniform(0.5, 1.5) * 60 / STROKES_A_MINUTE
    return edits


def _points(chance: random.Random) -> list[list[float]]:
    x, y, way = chance.uniform(40, 800), chance.uniform(40, 660), chance.uniform(0, 6.3)
    points = []
    for _ in range(chance.randint(25, 70)):
        way += chance.uniform(-0.6, 0.6)
        x, y = min(950.0, max(5.0, x + 6 * math.cos(way))), min(710.0, max(5.0, y + 6 * math.sin(way)))
        points.append([round(x, 1), round(y, 1)])
    return points
