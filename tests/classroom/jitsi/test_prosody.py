"""Asking Prosody who is inside, and the simulated one that stands in for it: the same HTTP in both directions."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

from classroom.jitsi.border import BorderFailure
from classroom.jitsi.control import Orders, our_control
from classroom.jitsi.events import JitsiEvent, Snapshot, read_batch
from classroom.jitsi.simulated.prosody import Outbox, Rooms, Weather, make_handler, make_up
from classroom.models import Lesson, Prosody
from classroom.tasks import ask_prosody
from common.services.urls import free_port
from tests.conftest import Cast
from tests.processes import wait_until
from tests.receivers import Receiver, receiver

__all__ = ["receiver"]
TOKEN, SECRET = "t" * 40, "s" * 40


def make_rooms(weather: Weather | None = None, darasa: str = "http://127.0.0.1:1") -> Rooms:
    weather = weather or Weather()
    return Rooms(Outbox(darasa, SECRET, weather, random.Random(1)), weather)


def told(rooms: Rooms) -> list[dict[str, Any]]:
    return [event for _, event in rooms.outbox.waiting]


def join(person: str, **more: str) -> dict[str, Any]:
    return {"do": "join", "room": "r", "person": person, **more}


@pytest.fixture
def serve(settings: Any) -> Iterator[Callable[[Rooms], None]]:
    """`serve(rooms)`: they answer where we ask."""
    servers: list[ThreadingHTTPServer] = []

    def serve_(rooms: Rooms) -> None:
        server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(rooms, TOKEN))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        settings.PROSODY_URL = f"http://127.0.0.1:{server.server_port}/"

    settings.JITSI_HOOK_TOKEN = TOKEN
    yield serve_
    for server in servers:
        server.shutdown()
        server.server_close()


def test_what_somebody_sends_is_told_when_it_is_another_than_before() -> None:
    rooms, on = make_rooms(), {"microphone": True, "camera": False, "screen": False}
    rooms.do(join("p"))
    for media in (on, on, on | {"camera": True}):
        rooms.do({"do": "media", "room": "r", "person": "p", "media": media})
    rooms.do({"do": "media", "room": "r", "person": "nobody", "media": on})
    said = [one for one in told(rooms) if one["type"] == "occupant.media"]
    read = read_batch(json.dumps({"events": said}).encode()).events
    cameras = [
        one.occupant.media.camera
        for one in read
        if isinstance(one, JitsiEvent) and one.occupant and one.occupant.media
    ]
    assert cameras == [False, True]
    assert rooms.snapshot()[0]["occupants"][0]["media"] == on | {"camera": True}


def test_the_answer_says_who_is_inside(serve: Callable[[Rooms], None]) -> None:
    rooms = make_rooms()
    rooms.do(join("a"))
    serve(rooms)
    (room,) = read_rooms().rooms
    assert [one.person for one in room.occupants] == ["a"]


def read_rooms() -> Snapshot:
    control = our_control()
    assert control is not None
    return control.find_rooms()


def test_a_wrong_token_a_silent_port_and_nonsense_have_names(
    serve: Callable[[Rooms], None], settings: Any, receiver: Receiver
) -> None:
    serve(make_rooms())
    settings.JITSI_HOOK_TOKEN = "x" * 40
    for url, code in (
        (settings.PROSODY_URL, "refused"),
        (f"http://127.0.0.1:{free_port()}", "no_connection"),
        (receiver.url, "refused"),
        ("nonsense", "no_connection"),
        ("http://[", "no_connection"),
    ):
        settings.PROSODY_URL = url
        with pytest.raises(BorderFailure, match=code):
            read_rooms()


def test_nobody_is_asked_where_there_is_no_prosody(settings: Any) -> None:
    settings.JITSI_HOOK_TOKEN = ""
    assert our_control() is None


@pytest.mark.django_db
def test_it_is_asked_while_there_are_lessons(
    serve: Callable[[Rooms], None], lesson: Lesson, cast: Cast
) -> None:
    rooms = make_rooms()
    rooms.do(join(str(cast.amina.pk)) | {"room": lesson.room.name})
    serve(rooms)
    ask_prosody()
    assert [one.person for one in lesson.room.presences.all()] == [cast.amina]
    assert Prosody.objects.get().snapshot_at is not None


@pytest.mark.django_db
def test_it_is_left_alone_while_there_are_none(serve: Callable[[Rooms], None]) -> None:
    serve(make_rooms())
    ask_prosody()
    assert not Prosody.objects.exists()


def test_the_simulated_one_says_what_the_module_says() -> None:
    rooms = make_rooms()
    for step in (
        join("a"),
        join("b"),
        {"do": "leave", "room": "r", "person": "a"},
        {"do": "destroy", "room": "r"},
    ):
        rooms.do(step)
    events = told(rooms)
    assert [event["type"] for event in events] == [
        *("room.created", "occupant.joined", "occupant.joined", "occupant.left", "occupant.left"),
        "room.destroyed",
    ]
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert [one["person"] for one in events[-1]["occupants"]] == ["b"]
    assert rooms.snapshot() == []
    read = read_batch(json.dumps({"source": "s", "events": events}).encode())
    assert all(isinstance(one, JitsiEvent) for one in read.events)


def test_a_network_that_breaks_is_noticed_late_and_with_its_reason() -> None:
    rooms = make_rooms(Weather(hibernation_seconds=0.05))
    rooms.do(join("a"))
    rooms.do({"do": "drop", "room": "r", "person": "a"})
    assert rooms.snapshot()
    wait_until(lambda: len(told(rooms)) == 4, 5, what="the end of the waiting")
    assert told(rooms)[2]["reason"] == "timeout"


def test_a_recorder_is_told_by_its_domain_and_its_kind() -> None:
    rooms = make_rooms()
    rooms.do({"do": "join", "room": "r", "kind": "recorder"})
    occupant = told(rooms)[1]["occupant"]
    assert occupant["kind"] == "recorder"
    assert occupant["jid"].startswith("recorder@hidden.meet.jitsi/")


def test_what_is_not_taken_is_kept_and_what_the_weather_eats_is_gone() -> None:
    rooms = make_rooms(Weather(loss=1.0))
    rooms.do(join("a"))
    assert (told(rooms), rooms.outbox.lost) == ([], 2)
    rooms = make_rooms(Weather(duplicates=1.0))
    rooms.do(join("a"))
    assert len(told(rooms)) == 4
    stop = threading.Event()
    sender = threading.Thread(target=rooms.outbox.run, args=(stop,), daemon=True)
    sender.start()
    stop.wait(0.3)
    stop.set()
    sender.join(5)
    assert (rooms.outbox.taken, len(rooms.outbox.waiting)) == (0, 4)


def test_the_simulated_one_puts_out_and_ends_as_the_module_does(serve: Callable[[Rooms], None]) -> None:
    rooms = make_rooms()
    for person in ("a", "b", "c"):
        rooms.do(join(person))
    serve(rooms)
    control = our_control()
    assert control is not None
    nick = next(one.nick for one in read_rooms().rooms[0].occupants if one.person == "a")
    assert control.carry_out(Orders(put_out=[("r", nick), ("r", "nobody"), ("elsewhere", nick)])) == []
    assert [event["reason"] for event in told(rooms) if event["type"] == "occupant.left"] == ["kicked"]
    assert {one.person for one in read_rooms().rooms[0].occupants} == {"b", "c"}
    assert control.carry_out(Orders(end=["r", "elsewhere"])) == []
    assert read_rooms().rooms == ()


def test_of_a_deaf_room_nothing_is_told_but_everything_seen() -> None:
    rooms = make_rooms(Weather(deaf_rooms=frozenset({"r"})))
    rooms.do(join("a"))
    rooms.do(join("a") | {"room": "other"})
    assert {event["room"] for event in told(rooms)} == {"other"}
    assert {room["room"] for room in rooms.snapshot()} == {"r", "other"}


def test_people_that_are_made_up_come_before_they_go() -> None:
    inside: set[str] = set()
    for step in make_up(200, "r", ["a", "b", "c"], random.Random(1)):
        assert (step["do"] == "join") != (step["person"] in inside)
        inside ^= {step["person"]}


def test_loss_can_be_that_of_one_room_alone() -> None:
    rooms = make_rooms(Weather(loss=1.0, lossy_rooms=frozenset({"r"})))
    rooms.do(join("a"))
    rooms.do(join("a") | {"room": "other"})
    assert {event["room"] for event in told(rooms)} == {"other"}
