"""One video from what the recorder left: pictures, sounds and the board, on the lesson's clock."""

from recordings.compositing.assembly import compose, finish, poster, sound_ahead
from recordings.compositing.encoders import ChipFailed, forbid_chips
from recordings.compositing.jobs import Job, Plan, lay_plan
from recordings.compositing.plan import (
    FOREVER,
    Chart,
    Composed,
    Composition,
    Emblem,
    Look,
    NothingUsable,
    TitleCard,
    Track,
)
from recordings.compositing.soundtrack import BrokenSound
from recordings.compositing.workshop import work_off

__all__ = [
    "FOREVER",
    "BrokenSound",
    "Chart",
    "ChipFailed",
    "Composed",
    "Composition",
    "Emblem",
    "Job",
    "Look",
    "NothingUsable",
    "Plan",
    "TitleCard",
    "Track",
    "compose",
    "finish",
    "forbid_chips",
    "lay_plan",
    "poster",
    "sound_ahead",
    "work_off",
]
