"""Offers, candidates and goodbyes, without a socket."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription

from recordings.embedded.peers import MOST_PEOPLE, Peers
from recordings.embedded.studio import Job, Studio
from tests.recordings.embedded.conftest import until
from tests.recordings.embedded.publisher import CONFIGURATION


class Room:
    """Peers with a studio around them; what they send is kept."""

    def __init__(self, directory: Path, **seconds: float) -> None:
        job = Job("ws://a/", "t", "o", directory, "s", "r", "fractions")
        self.told: list[str] = []
        self.studio = Studio(job, lambda event: self.told.append(event["event"]))
        self.sent: list[dict[str, Any]] = []
        self.peers = Peers(self.studio, lambda kind, data: self.sent.append(data), **seconds)

    def states(self, occupant: str) -> list[str]:
        told = self.studio.manifest.pages(0)["manifest.json"]["states"]
        return [state["state"] for state in told if state["occupant"] == occupant]

    def join(self, **sends: bool) -> str:
        occupant = str(uuid.uuid4())
        self.peers.joined({"occupant": occupant, "person": "p", "name": "Amina", "role": "student", **sends})
        return occupant


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(tmp_path / "s")
    yield room
    await room.peers.close()


async def offer(*kinds: str) -> dict[str, str]:
    connection = RTCPeerConnection(CONFIGURATION)
    for kind in kinds or ("audio", "video", "video"):
        connection.addTransceiver(kind, direction="sendonly")
    await connection.setLocalDescription(await connection.createOffer())
    told = {"type": "offer", "sdp": connection.localDescription.sdp}
    await connection.close()
    return told


async def test_candidates_may_overtake_their_offer_and_nonsense_is_passed_over(room: Room) -> None:
    occupant, session = room.join(), str(uuid.uuid4())
    candidate = {"candidate": "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host", "sdpMid": "0"}
    end = {"candidate": "", "sdpMid": "2", "sdpMLineIndex": 2}
    for told in (candidate, {"candidate": "candidate:nonsense", "sdpMid": "0"}, end, None):
        room.peers.signalled({"from": occupant, "session": session, "candidate": told})
    room.peers.signalled(
        {"from": occupant, "session": session, "description": await offer(), "candidate": None}
    )
    await until(lambda: len(room.sent) == 1)
    assert (room.sent[0]["to"], room.sent[0]["session"]) == (occupant, session)
    answer = room.sent[0]["description"]["sdp"]
    assert answer.count("a=recvonly") == 3
    assert answer.count("m=") == 3


async def test_an_offer_that_comes_twice_is_answered_twice_with_the_same(room: Room) -> None:
    told = {"from": room.join(), "session": str(uuid.uuid4()), "description": await offer()}
    room.peers.signalled(told)
    room.peers.signalled(told)
    await until(lambda: len(room.sent) == 2)
    assert room.sent[0] == room.sent[1]


@pytest.mark.parametrize("kinds", [("audio",), ("video", "audio", "video")])
async def test_other_lines_than_the_three_are_not_answered(room: Room, kinds: tuple[str, ...]) -> None:
    occupant = room.join()
    room.peers.signalled({"from": occupant, "session": "s", "description": await offer(*kinds)})
    room.peers.signalled({"from": occupant, "session": "s", "description": {"type": "offer", "sdp": "no"}})
    room.peers.signalled({"from": "../../x", "session": "s", "description": await offer()})
    await until(lambda: room.states(occupant).count("closed") == 2)
    assert room.sent == []


@pytest.fixture
async def hasty_room(tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(tmp_path / "s", offer_seconds=0.1, left_grace_seconds=0.1)
    yield room
    await room.peers.close()


async def test_who_does_not_offer_is_noted_and_who_leaves_is_let_go(hasty_room: Room) -> None:
    room = hasty_room
    occupant = room.join()
    await until(lambda: "not_offered" in room.states(occupant))
    room.peers.signalled({"from": occupant, "session": "s", "description": await offer()})
    await until(lambda: len(room.sent) == 1)
    room.peers.entered({"participants": [], "ice_servers": []})
    await until(lambda: room.states(occupant)[-1] == "closed")


async def test_the_seventh_person_is_refused_until_somebody_leaves(room: Room) -> None:
    occupants = [room.join() for _ in range(MOST_PEOPLE + 1)]
    described = await offer()
    for occupant in occupants[:-1]:
        room.peers.signalled({"from": occupant, "session": occupant, "description": described})
    await until(lambda: len(room.sent) == MOST_PEOPLE)
    room.peers.signalled({"from": occupants[-1], "session": "s", "description": described})
    await until(lambda: "refused" in room.states(occupants[-1]))
    room.peers.left(occupants[0])
    room.peers.signalled({"from": occupants[-1], "session": "t", "description": described})
    await until(lambda: len(room.sent) == MOST_PEOPLE + 1)


async def test_closing_leaves_nobody_behind(room: Room) -> None:
    occupant = room.join()
    for session in ("a", "b"):
        room.peers.signalled({"from": occupant, "session": session, "description": await offer()})
    await until(lambda: len(room.sent) == 2)
    await asyncio.wait_for(room.peers.close(), 5)
    assert room.states(occupant).count("closed") == 2


MUTED = {"microphone": False, "camera": False, "screen": False}
NOBODY: dict[str, Any] = {"participants": [], "ice_servers": []}


@pytest.mark.parametrize("sends", [MUTED, MUTED | {"camera": True}, {}], ids=["muted", "camera", "unknown"])
async def test_where_nobody_offers_anything_the_recorder_is_at_work(
    hasty_room: Room, sends: dict[str, bool]
) -> None:
    """Also of whom the camera is on: who must not be recorded offers nothing."""
    hasty_room.peers.entered(NOBODY)
    hasty_room.join(**sends)
    assert hasty_room.told == []
    await until(lambda: hasty_room.told == ["attending"])


@pytest.mark.parametrize("sends", [MUTED, MUTED | {"camera": True}], ids=["muted", "camera"])
async def test_who_offered_something_and_is_not_connected_is_waited_for(
    hasty_room: Room, sends: dict[str, bool]
) -> None:
    room = hasty_room
    room.peers.entered(NOBODY)
    occupant = room.join(**sends)
    room.peers.signalled({"from": occupant, "session": "s", "description": await offer()})
    room.peers.signalled({"from": occupant, "session": "t", "description": {"type": "offer", "sdp": "no"}})
    await until(lambda: room.states(occupant).count("closed") == 2)
    await asyncio.sleep(0.5)
    assert room.told == []
    room.peers.left(occupant)
    await until(lambda: room.told == ["attending"])


async def test_who_is_connected_with_nothing_on_is_not_waited_for(hasty_room: Room) -> None:
    room = hasty_room
    room.peers.entered(NOBODY)
    occupant = room.join(**MUTED | {"camera": True})
    connection = RTCPeerConnection(CONFIGURATION)
    for kind in ("audio", "video", "video"):
        connection.addTransceiver(kind, direction="sendonly")
    await connection.setLocalDescription(await connection.createOffer())
    told = {"type": "offer", "sdp": connection.localDescription.sdp}
    room.peers.signalled({"from": occupant, "session": "s", "description": told})
    await until(lambda: len(room.sent) == 1)
    await connection.setRemoteDescription(RTCSessionDescription(**room.sent[0]["description"]))
    await until(lambda: "connected" in room.states(occupant))
    await asyncio.sleep(0.5)
    assert room.told == [], "the camera is said to be on, and nothing has come"
    room.peers.sends({"occupant": occupant, **MUTED})
    await until(lambda: room.told == ["attending"])
    await connection.close()
