"""What a slow reader of the room is spared, and what never."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

from classroom.messages import NEWEST, SPARED, LinkTell, link_changed, name_of
from common.sockets.wire import envelope

WIRE = Path(__file__).parents[2] / "docs" / "wire.md"


def words_of_the_room() -> dict[str, bool]:
    """Whether each bears a `seq`, as docs/wire.md says."""
    section = WIRE.read_text().split("\n## Room socket", 1)[1].split("### Client → server", 1)[0]
    rows = re.findall(r"^\| (`[^|]+) \| (yes|–) \|", section, re.MULTILINE)
    return {word: seq == "yes" for names, seq in rows for word in re.findall(r"`([a-z.]+)`", names)}


def test_nobody_is_spared_what_has_a_number_or_is_said_once() -> None:
    words = words_of_the_room()
    assert {"room.entered", "media.changed", "lesson.ended"} <= words.keys()
    spared = SPARED | NEWEST
    assert spared <= words.keys()
    assert not any(words[word] for word in spared)
    once = {
        "knock.waiting",
        "knock.decided",
        "mute.asked",
        "peer.signalled",
        "token.renewed",
        "recorder.joined",
    }
    assert not once & spared


def test_what_is_replaced_is_replaced_by_what_is_said_of_the_same_occupant() -> None:
    one, other = (link_changed(uuid4(), LinkTell(None, None, True, 0)) for _ in range(2))
    media = [envelope("media.changed", message["data"]) for message in (one, other)]
    assert len({name_of(message) for message in (*media, media[0])}) == 2
    assert name_of(envelope("audience.counted", {"count": 3})) == name_of(
        envelope("audience.counted", {"count": 4})
    )
    assert name_of(envelope("lesson.ended", {}, seq=4)) == ""
