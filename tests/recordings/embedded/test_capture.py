"""The recorder process against a real room socket and real peer connections."""

import asyncio
import json
import time
from typing import Any

import pytest

from tests.recordings.embedded.conftest import Recorder, Start, beeps, flashes, span, until
from tests.recordings.embedded.publisher import Publisher
from tests.recordings.embedded.room_server import RoomServer


async def capturing(room: RoomServer, start: Start, name: str = "Amina") -> tuple[Recorder, Publisher]:
    """A recorder with one person whose sound and picture both arrive."""
    person = Publisher(room.url, room.invite(name))
    await person.enter()
    recorder = await start(room)
    await recorder.heard("capturing")
    return recorder, person


async def both_tracks(recorder: Recorder) -> None:
    await until(lambda: len([told for told in recorder.events if told["event"] == "track"]) == 2)


def offsets(recorder: Recorder, camera: dict[str, Any], microphone: dict[str, Any]) -> list[float]:
    """Sound minus picture on the wall clock, for each flash that has its beep."""
    seen = [camera["started_at"] + at for at in flashes(recorder.directory / camera["file"])]
    heard = [microphone["started_at"] + at for at in beeps(recorder.directory / microphone["file"])]
    return [beep - flash for flash in seen for beep in heard if abs(beep - flash) < 0.9]


async def test_flash_and_beep_stay_together_and_the_session_is_complete(
    room: RoomServer, start: Start
) -> None:
    asked_at = time.monotonic()
    recorder, person = await capturing(room, start)
    print("start to first frame, with the process:", round(time.monotonic() - asked_at, 2))
    await both_tracks(recorder)
    await asyncio.sleep(5.2)
    recorder.order({"command": "stop"})
    assert await recorder.ended() == 0
    await person.leave()
    [camera], [microphone] = recorder.tracks("camera"), recorder.tracks("microphone")
    together = offsets(recorder, camera, microphone)
    print("sound minus picture:", [round(x * 1000) for x in together], "ms")
    assert len(together) >= 2
    assert max(map(abs, together)) <= 0.1
    for flash in flashes(recorder.directory / camera["file"]):
        sent = (camera["started_at"] + flash - person.clock.epoch) % 2
        assert min(sent, 2 - sent) < 0.15, "the wall clock is the sender's"
    for track in (camera, microphone):
        first, last = span(recorder.directory / track["file"])
        assert first < 0.05
        assert abs(last - 5.2) < 1
        assert abs(track["ended_at"] - track["started_at"] - last) < 0.2
        assert (track["name"], track["role"], track["dropped"], track["pauses"]) == (
            "Amina",
            "student",
            0,
            [],
        )
    manifest = recorder.manifest()
    assert (manifest["version"], manifest["engine"], manifest["room"]) == (1, "embedded", "fractions")
    assert manifest["started_at"] < manifest["ended_at"]
    assert [told["state"] for told in manifest["states"]][:3] == ["connecting", "connecting", "connected"]
    assert manifest["joined_at"] <= manifest["offered_at"] <= manifest["connected_at"] <= manifest["ended_at"]
    metadata = json.loads((recorder.directory / "metadata.json").read_text())
    assert metadata == {"meeting_url": "/fractions", "participants": [{"name": "Amina", "role": "student"}]}
    assert (recorder.directory / "finalized").read_bytes() == b""
    assert [told["event"] for told in recorder.events][-2:] == ["left", "finalized"]


async def test_a_kill_costs_at_most_three_seconds(room: RoomServer, start: Start) -> None:
    recorder, person = await capturing(room, start)
    await both_tracks(recorder)
    await asyncio.sleep(4)
    recorder.process.kill()
    killed_at = time.time()
    await recorder.ended()
    await person.leave()
    assert not (recorder.directory / "finalized").exists()
    for kind in ("camera", "microphone"):
        [track] = recorder.tracks(kind)
        _, last = span(recorder.directory / track["file"])
        lost = killed_at - track["started_at"] - last
        print(f"lost at kill: {kind} {lost:.2f} s")
        assert lost <= 3
        assert track["ended_at"] is None


@pytest.mark.deep
async def test_a_lost_socket_costs_nothing_and_an_orphan_goes_on_until_it_is_succeeded(
    room: RoomServer, start: Start
) -> None:
    recorder, person = await capturing(room, start)
    await both_tracks(recorder)
    await asyncio.sleep(1)
    assert room.recorder is not None
    room.drop(room.recorder)
    await until(lambda: room.entries == 2)
    await asyncio.sleep(1.5)
    recorder.close_stdin()
    await asyncio.sleep(0.5)
    assert recorder.process.returncode is None
    await start(room)
    assert await recorder.ended() == 0
    await person.leave()
    assert recorder.events[-2] == {"event": "left", "reason": "succeeded"}
    assert {"socket_lost", "socket_back"} <= {told["state"] for told in recorder.manifest()["states"]}
    assert person.answered == 1
    [camera] = recorder.tracks("camera")
    assert camera["pauses"] == []
    assert span(recorder.directory / camera["file"])[1] > 2.3
    assert (recorder.directory / "finalized").exists()


@pytest.mark.deep
async def test_a_new_session_gives_new_files_and_a_dark_camera_leaves_a_hole(
    room: RoomServer, start: Start
) -> None:
    recorder, person = await capturing(room, start)
    await both_tracks(recorder)
    await asyncio.sleep(0.8)
    assert room.recorder is not None
    await person.offer(room.recorder)
    await asyncio.sleep(1)
    person.camera(on=False)
    await asyncio.sleep(2)
    person.camera(on=True)
    await asyncio.sleep(3.2)
    await room.end_lesson()
    assert await recorder.ended() == 0
    await person.leave()
    assert recorder.events[-2] == {"event": "left", "reason": "lesson_over"}
    first, second = recorder.tracks("camera")
    assert first["occupant"] == second["occupant"]
    assert (first["file"][8:], second["file"][8:]) == ("-camera-1.mkv", "-camera-2.mkv")
    assert first["ended_at"] <= second["started_at"] + 1
    [(since, until)] = second["pauses"]
    assert 1.5 < until - since < 3.2
    together = offsets(recorder, second, recorder.tracks("microphone")[1])
    print("sound minus picture around a pause:", [round(x * 1000) for x in together], "ms")
    assert together
    assert max(map(abs, together)) <= 0.1


async def test_a_signal_ends_a_recording_of_nobody(room: RoomServer, start: Start) -> None:
    recorder = await start(room)
    await recorder.heard("joined")
    recorder.process.terminate()
    assert await recorder.ended() == 0
    assert recorder.events[-2:] == [{"event": "left", "reason": "signal"}, {"event": "finalized"}]
    manifest = recorder.manifest()
    assert (manifest["tracks"], manifest["offered_at"], manifest["connected_at"]) == ([], None, None)
    assert manifest["joined_at"] <= manifest["ended_at"]
    assert "attending" not in [event["event"] for event in recorder.events], "too short to know"


async def test_a_recorder_that_is_not_let_in_says_so(room: RoomServer, start: Start) -> None:
    recorder = await start(room, "not the token")
    assert await recorder.ended() == 1
    assert {"event": "failed", "reason": "refused"} in recorder.events
    assert not recorder.tracks("camera")
