"""A made-up teacher for the demo: slow colours and a soft chord, in the file a Jibri would leave."""

from __future__ import annotations

from pathlib import Path

from recordings import ffmpeg


def make_sample_clip(path: Path, seconds: float, *, width: int = 1280, height: int = 720) -> Path:
    """Write an H.264/AAC file (the suffix says which container), 25 pictures a second."""
    colours = "c0=0x274690:c1=0x576ca8:c2=0x1b998b:c3=0xf4d58d:n=4"
    picture = f"gradients=s={width}x{height}:r=25:speed=0.012:seed=7:{colours}:d={seconds}"
    chord = "0.06*sin(2*PI*220*t)+0.05*sin(2*PI*277.18*t)+0.04*sin(2*PI*329.63*t)"
    sound = f"aevalsrc='({chord})*(0.6+0.4*sin(2*PI*0.25*t))':s=48000:d={seconds}"
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
    encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "26", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    args = ["-y", *inputs, *encode, "-b:a", "96k", "-ac", "2", "-shortest", str(path)]
    ffmpeg.run(args, expected_seconds=seconds)
    return path
