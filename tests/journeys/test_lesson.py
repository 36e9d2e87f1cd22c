"""One lesson, end to end, as its people live it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import boto3
import numpy as np
import pytest

from attendance.queries import register_of
from classroom.models import Fact, Lesson, Presence
from recordings.models import Recording
from scripts.headless import PATIENCE, PHONE, Visitor, circle, wave
from tests.conftest import Cast
from tests.journeys.conftest import BUCKET, elsewhere
from tests.processes import House
from whiteboard.models import Board, Edit

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]
RED = (0xC4, 0x16, 0x1C)


def test_a_lesson_from_the_timetable_to_the_replay(
    cast: Cast,
    lesson: Lesson,
    board: Board,
    house: House,
    s3_server: str,
    tmp_path: Path,
    arrive: Callable[..., Visitor],
) -> None:
    teacher, amina = arrive(cast.teacher), arrive(cast.amina, size=PHONE)
    for visitor in (teacher, amina):
        visitor.go("/")
        visitor.page.get_by_role("link", name="Fractions", exact=True).click()
        visitor.click("Join")
        visitor.join()
    for visitor in (teacher, amina):
        visitor.wait_for_state(lambda state: state["remoteVideoTracks"] >= 1, 30, "the other's picture")
    teacher.wait_for_state(lambda state: state["recording"] == "recording", 20, "the recorder")

    teacher.page.keyboard.press("3")  # red
    teacher.draw(circle(0.5, 0.5, 0.3))
    amina.wait_for_state(lambda state: state["items"] == 1, 5, "the stroke")
    assert amina.latencies(teacher), "the stroke was seen while it grew"
    turn_page(teacher, amina)
    turn_page(teacher, amina)
    time.sleep(2.5)  # a chapter shorter than two seconds would merge into its neighbour
    end_lesson(teacher, amina)

    recording = wait_for_replay(teacher, lesson)
    assert_length(recording, lesson)
    assert [chapter.title for chapter in elsewhere(list, recording.chapters.all())] == [
        "Page 1",
        "Page 2",
        "Page 3",
    ]
    video = fetch(recording, s3_server, tmp_path)
    assert_stroke_is_in_the_picture(video, recording, board)
    assert has_sound(video)
    plays(amina)
    assert_register(lesson, cast)
    assert teacher.troubles + amina.troubles == []


def turn_page(teacher: Visitor, amina: Visitor) -> None:
    time.sleep(3)
    before = teacher.state()["page"]
    teacher.click("Add a page")
    amina.wait_for_state(lambda state: state["page"] != before, 5, "the page turn")
    teacher.draw(wave(0.4))


def end_lesson(teacher: Visitor, amina: Visitor) -> None:
    teacher.wait_for_state(lambda state: state["pending"] == 0, 5, "the acknowledgements")
    teacher.click("End lesson")
    teacher.page.locator("dialog button.danger").click()
    for visitor in (teacher, amina):
        visitor.click("Go to the recording")


def wait_for_replay(teacher: Visitor, lesson: Lesson) -> Recording:
    teacher.page.locator("video").wait_for(timeout=PATIENCE * 90_000)
    recording: Recording = elsewhere(_recording, lesson)
    assert recording.state == "published"
    return recording


def _recording(lesson: Lesson) -> Recording:
    return Recording.objects.get(lesson=lesson)


def assert_length(recording: Recording, lesson: Lesson) -> None:
    """Within a second of the time with people in the room."""

    def inside() -> float:
        presences = Presence.objects.filter(room__lesson=lesson)
        begun = min(presence.joined_at for presence in presences)
        left = [presence.left_at for presence in presences if presence.left_at]
        assert len(left) == len(presences)
        return (max(left) - begun).total_seconds()

    assert recording.duration_seconds == pytest.approx(elsewhere(inside), abs=1.0)


def fetch(recording: Recording, s3_server: str, folder: Path) -> Path:
    """The published object, out of the store."""
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.download_file(BUCKET, recording.video_key, str(folder / "video.mp4"))
    return folder / "video.mp4"


def assert_stroke_is_in_the_picture(video: Path, recording: Recording, board: Board) -> None:
    """Red appears on the board when the stroke was drawn, and not before."""

    def first_stroke() -> Edit:
        return Edit.objects.filter(board=board, type="item.added").order_by("seq")[0]

    stroke = elsewhere(first_stroke)
    assert recording.starts_at is not None
    drawn = stroke.at / 1000 - recording.starts_at.timestamp()
    begun = drawn - stroke.data["duration_ms"] / 1000
    reds = {offset: red_pixels(video, at) for offset, at in (("before", begun - 0.5), ("after", drawn + 0.5))}
    assert reds["before"] < 20 < 300 < reds["after"]


def red_pixels(video: Path, at: float) -> int:
    """How many pixels of the board's half are near the pen's red at `at` seconds."""
    with av.open(str(video)) as container:
        container.seek(int(max(0.0, at - 3) * av.time_base))
        for frame in container.decode(video=0):
            if frame.time is not None and frame.time >= at:
                board: Any = frame.to_ndarray(format="rgb24")[:720, :960].astype(int)
                return int((np.abs(board - np.array(RED)).sum(axis=2) < 160).sum())
    raise AssertionError(f"the video has no frame at {at} s")


def has_sound(video: Path) -> bool:
    with av.open(str(video)) as container:
        loudest = max(np.abs(frame.to_ndarray()).max() for frame in container.decode(audio=0))
    return bool(loudest > 0.01)


def plays(visitor: Visitor) -> None:
    """Time passes in the picture, from S3 through a signed link."""
    visitor.page.locator("video").wait_for()
    visitor.page.evaluate("document.querySelector('video').play()")
    visitor.wait_for(
        lambda: visitor.page.evaluate("document.querySelector('video').currentTime") > 1, 20, "the replay"
    )
    visitor.page.get_by_role("button", name="Page 3").click()
    visitor.wait_for(
        lambda: visitor.page.evaluate("document.querySelector('video').currentTime") > 5, 10, "the chapter"
    )


def assert_register(lesson: Lesson, cast: Cast) -> None:
    def lines() -> dict[str, float]:
        lesson.refresh_from_db()
        assert lesson.ended_at is not None
        assert Fact.objects.filter(lesson=lesson, type="recording.published").count() == 1
        return {line.name: line.seconds for line in register_of(lesson, now=lesson.ended_at)}

    seconds = elsewhere(lines)
    assert seconds["Tomas"] > 5
    assert seconds["Amina"] > 5
    assert seconds["Bilal"] == 0
