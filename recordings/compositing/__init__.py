"""One video from what the recorder left: pictures, sounds and the board, on the lesson's clock."""

from recordings.compositing.assembly import compose, finish, poster
from recordings.compositing.plan import Composed, Composition, NothingUsable, Track

__all__ = ["Composed", "Composition", "NothingUsable", "Track", "compose", "finish", "poster"]
