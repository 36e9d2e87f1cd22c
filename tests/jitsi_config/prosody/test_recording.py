"""mod_darasa_recording in a real Prosody: a wanted recording is asked for until its recorder stands in the room."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from tests.jitsi_config.prosody.receiver import Event, Receiver
from tests.jitsi_config.prosody.server import Focus, Prosody
from tests.jitsi_config.prosody.xmpp import JIBRI, Client, error_names
from tests.patience import PATIENCE

COMMAND = '<jibri xmlns="http://jitsi.org/protocol/jibri" action="{}" recording_mode="file"/>'
RECORDING = "2f9f6a52-8d0e-4a3c-9a67-7d3c6a1d0001"


@pytest.fixture
def focus(prosody: Prosody) -> Iterator[Focus]:
    """A jicofo for one test: another one's replies would confuse it."""
    made = prosody.focus()
    yield made
    made.client.go()


@pytest.fixture(autouse=True)
def darasa_answers(darasa: Receiver) -> None:
    darasa.recordings.clear()
    darasa.mood = 202


def wanted(darasa: Receiver, name: str) -> None:
    darasa.recordings[name] = {"record": True, "recording": RECORDING, "room": name}


def story(darasa: Receiver, name: str) -> list[tuple[str, str | None]]:
    return [
        (event["type"].removeprefix("recording."), event.get("reason"))
        for event in darasa.of(name)
        if event["type"].startswith("recording.")
    ]


def confirmed(darasa: Receiver, name: str, count: int = 1) -> list[Event]:
    return darasa.wait_for_type(name, "recording.confirmed", count)


def sent_by(prosody: Prosody, focus: Focus) -> Callable[[], Client]:
    """Gives the recorders that were asked for, one after the other, once each knows that it is inside: Darasa may hear of
    it before, and who goes away then waits for an answer for ever."""
    inside: Queue[Client] = Queue()
    numbers = count(1)

    def send_one(room: str) -> None:
        inside.put(prosody.recorder().join(room, f"recorder{next(numbers)}"))

    focus.on_start = send_one
    return lambda: inside.get(timeout=30 * PATIENCE)


def quiet_for(darasa: Receiver, focus: Focus, room: str, seconds: float = 1.2) -> None:
    """Longer than any of the intervals under test: nobody is asked for anything meanwhile."""
    before = len(focus.asked_in(room))
    time.sleep(seconds)
    assert len(focus.asked_in(room)) == before, story(darasa, room.split("@")[0])


def test_the_first_person_starts_the_recording(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    room = focus.open_room(name)
    focus.on_start = lambda there: prosody.recorder().join(there, "recorder")
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    confirmed(darasa, name)
    (asked,) = focus.asked_in(room)
    jibri = asked.find(f"{JIBRI}jibri")
    assert jibri is not None
    assert asked.get("from") == f"{room}/a1a1a1a1"
    assert {key: value for key, value in jibri.attrib.items() if key != "app_data"} == {
        "action": "start",
        "recording_mode": "file",
    }
    assert json.loads(jibri.attrib["app_data"]) == {
        "file_recording_metadata": {"darasa": {"recording": RECORDING, "room": name}}
    }
    assert story(darasa, name) == [("requested", "wanted"), ("confirmed", None)]
    events = darasa.of(name)
    assert {event["recording"] for event in events if event["type"].startswith("recording.")} == {RECORDING}
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    quiet_for(darasa, focus, room)


def test_it_is_asked_again_until_the_recorder_comes(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    """All busy three times, no answer once, then yes."""
    wanted(darasa, name)
    focus.replies = ["resource-constraint"] * 3 + ["silence", "ok"]
    focus.on_start = lambda there: prosody.recorder().join(there, "recorder")
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    confirmed(darasa, name)
    assert story(darasa, name) == [
        *([("requested", "wanted"), ("refused", "resource-constraint")]),
        *([("requested", "again"), ("refused", "resource-constraint")] * 2),
        *([("requested", "again"), ("refused", "no-answer")]),
        *([("requested", "again"), ("confirmed", None)]),
    ]
    quiet_for(darasa, focus, room)


def test_after_a_refusal_it_is_the_back_off_that_asks_again_and_not_the_minutes_look(
    darasa: Receiver, name: str, tmp_path: Path
) -> None:
    """Where rooms are looked at so rarely that a look cannot be what helped."""
    rarely = {"darasa_recording_recheck": 600, "darasa_recording_focus_timeout": 600}
    server = Prosody(tmp_path, darasa, rarely)
    server.start()
    try:
        wanted(darasa, name)
        focus = server.focus()
        focus.replies = ["resource-constraint", "resource-constraint", "ok"]
        focus.on_start = lambda there: server.recorder().join(there, "recorder")
        server.person(id="person-1").join(focus.open_room(name), "a1a1a1a1")
        confirmed(darasa, name)
        assert len(focus.asked) == 3
    finally:
        server.stop()


def test_a_recorder_that_dies_is_replaced(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    sent = sent_by(prosody, focus)
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    confirmed(darasa, name)
    sent().go()
    confirmed(darasa, name, 2)
    assert [word for word, _ in story(darasa, name)] == [
        *("requested", "confirmed", "lost"),
        *("requested", "confirmed"),
    ]
    assert darasa.asked.count(name) == 2  # still wanted?


def test_a_recorder_that_will_not_stay_is_not_called_in_a_tight_loop(
    darasa: Receiver, name: str, tmp_path: Path
) -> None:
    own = Prosody(tmp_path, darasa, {"darasa_recording_settle": 30, "darasa_recording_retry_min": 0.4})
    own.start()
    try:
        wanted(darasa, name)
        focus = own.focus()
        focus.on_start = lambda there: own.recorder().join(there, "recorder").leave(there)
        room = focus.open_room(name)
        own.person(id="person-1").join(room, "a1a1a1a1")
        darasa.wait_for_type(name, "recording.lost", 2)
        lost, again = darasa.of(name, "recording.lost", "recording.requested")[1:3]
        assert (lost["type"], again["type"]) == ("recording.lost", "recording.requested")
        assert again["at"] - lost["at"] >= 140  # half of the shortest interval here
    finally:
        own.stop()


def test_nothing_starts_without_a_person_whom_the_recorder_would_see(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    room = focus.open_room(name)
    prosody.recorder("transcriber").join(room, "transcriber")
    prosody.person(id="observer", hidden="true").join(room, "b2b2b2b2")
    darasa.wait_for_type(name, "occupant.joined", 2)
    quiet_for(darasa, focus, room, 0.5)
    assert name not in darasa.asked
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for_type(name, "recording.requested")
    assert focus.asked_in(room)[0].get("from") == f"{room}/a1a1a1a1"


@pytest.mark.parametrize("answer", [{"record": False}, 404])
def test_what_is_not_wanted_is_not_recorded(
    answer: Any, prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    darasa.recordings[name] = answer
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    quiet_for(darasa, focus, room, 0.8)
    assert focus.asked_in(room) == []
    assert story(darasa, name) == []
    wanted(darasa, name)  # the teacher changes her mind; it is noticed at the next look
    darasa.wait_for_type(name, "recording.requested")


def test_a_recording_that_is_no_longer_wanted_is_not_restarted(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    sent = sent_by(prosody, focus)
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    confirmed(darasa, name)
    darasa.recordings[name] = {"record": False}
    sent().leave(room)
    darasa.wait_for_type(name, "recording.lost")
    quiet_for(darasa, focus, room)
    assert len(focus.asked_in(room)) == 1, "also not at once, before we looked"


def test_when_all_have_gone_nobody_is_asked_any_more(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    focus.replies = ["service-unavailable"]
    room = focus.open_room(name)
    person = prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for_type(name, "recording.refused", 2)
    person.leave(room)
    darasa.wait_for_type(name, "occupant.left")
    quiet_for(darasa, focus, room)
    assert ("lost", "left") not in story(darasa, name)


def test_darasa_may_be_down_when_the_lesson_begins(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    room = focus.open_room(name)
    darasa.close()
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    quiet_for(darasa, focus, room, 0.8)
    darasa.open()
    darasa.wait_for_type(name, "recording.requested")
    assert len(focus.asked_in(room)) == 1


MALFORMED: list[Any] = [
    500,
    302,
    b"",
    b"null",
    b"not json",
    b"[]",
    b'{"record": "yes"}',
    b'{"record": true}',
    b'{"record": true, "recording": 7}',
    b'{"record": true, "recording": "<jibri/>"}',
    b'{"record": true, "recording": "a", "room": "another-lesson"}',
    b"[" * 100_000,
    b'{"record": true, "recording": "' + b"a" * 65 + b'"}',
]


@pytest.mark.parametrize("answer", MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_answer_starts_nothing_and_is_asked_again(
    answer: Any, prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    darasa.recordings[name] = answer
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for(lambda: darasa.asked.count(name) >= 2, "a second question")
    assert focus.asked_in(room) == []
    wanted(darasa, name)
    darasa.wait_for_type(name, "recording.requested")


def test_jicofos_own_news_of_a_failure_is_enough(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for(lambda: focus.asked_in(room), "the request")
    focus.tell(room, status="off", session_id="of another", failure_reason="error")
    focus.tell(room, status="pending", session_id="session-1")
    focus.tell(room, status="off", session_id="session-1", failure_reason="busy")
    darasa.wait_for_type(name, "recording.requested", 2)
    assert story(darasa, name)[:3] == [("requested", "wanted"), ("refused", "busy"), ("requested", "again")]


def test_a_session_that_jicofo_has_already_is_waited_for(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    wanted(darasa, name)
    focus.replies = ["unexpected-request"]
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for_type(name, "recording.refused")
    time.sleep(0.5)  # more than the back-off, less than the patience with a session that runs
    assert len(focus.asked_in(room)) == 1
    prosody.recorder().join(room, "recorder")
    confirmed(darasa, name)
    quiet_for(darasa, focus, room)


def test_a_moderator_speaks_for_the_room(prosody: Prosody, darasa: Receiver, focus: Focus, name: str) -> None:
    """Jicofo may insist on one."""
    wanted(darasa, name)
    focus.replies = ["not-allowed"]
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "student")
    teacher = prosody.person(id="person-2")
    item = f'<item jid="{teacher.jid.split("/")[0]}" affiliation="owner"/>'
    focus.client.request(room, f'<query xmlns="http://jabber.org/protocol/muc#admin">{item}</query>')
    teacher.join(room, "teacher")
    darasa.wait_for(lambda: focus.asked_in(room)[-1].get("from") == f"{room}/teacher", "the teacher's turn")
    assert focus.asked_in(room)[0].get("from") == f"{room}/student"


@pytest.mark.parametrize("action", ["start", "stop", "status", "START"])
def test_a_client_cannot_command_recorders(action: str, prosody: Prosody, focus: Focus, name: str) -> None:
    room = focus.open_room(name)
    person = prosody.person(id="person-1").join(room, "a1a1a1a1")
    answer = person.request(f"{room}/focus", COMMAND.format(action))
    assert (answer.get("type"), error_names(answer)[0]) == ("error", "forbidden")
    # A decoy beside it in the same request changes nothing.
    answer = person.request(f"{room}/focus", '<x xmlns="x"/>' + COMMAND.format(action))
    assert answer.get("type") == "error"
    assert focus.asked == []


def test_the_focus_commands_as_it_likes(prosody: Prosody, focus: Focus, name: str) -> None:
    room = focus.open_room(name)
    recorder = prosody.recorder().join(room, "recorder")
    focus.client.send(
        f'<iq xmlns="jabber:client" type="set" id="1" to="{room}/recorder">{COMMAND.format("stop")}</iq>'
    )
    heard = recorder.wait_for(lambda one: one.find(f"{JIBRI}jibri") is not None, what="the command")
    assert heard.get("from") == f"{room}/focus"


def test_an_answer_that_a_client_forged_is_not_jicofos(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    """It would make us wait for a recorder that nobody sends."""
    wanted(darasa, name)
    focus.replies = ["silence"]
    room = focus.open_room(name)
    person = prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for(lambda: focus.asked_in(room), "the request")
    mark = focus.asked_in(room)[0].get("id")
    person.send(f'<iq xmlns="jabber:client" type="result" id="{mark}" to="{room}/a1a1a1a1"/>')
    assert darasa.wait_for_type(name, "recording.refused")[0]["reason"] == "no-answer"
    assert [one for one in person.heard if one.get("id") == mark] == []


def test_moderators_may_command_recorders_where_the_school_says_so(
    darasa: Receiver, name: str, tmp_path: Path
) -> None:
    own = Prosody(tmp_path, darasa, {"darasa_recording_by_moderators": True})
    own.start()
    try:
        focus = own.focus()
        room = focus.open_room(name)
        student = own.person(id="person-1").join(room, "student")
        teacher = own.person(id="person-2")
        item = f'<item jid="{teacher.jid.split("/")[0]}" affiliation="owner"/>'
        focus.client.request(room, f'<query xmlns="http://jabber.org/protocol/muc#admin">{item}</query>')
        teacher.join(room, "teacher")
        assert teacher.request(f"{room}/focus", COMMAND.format("start")).get("type") == "result"
        assert student.request(f"{room}/focus", COMMAND.format("start")).get("type") == "error"
        assert len(focus.asked) == 1
    finally:
        own.stop()


def test_the_trouble_of_one_room_is_not_anothers(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    other = f"{name}-other"
    darasa.recordings[name] = b"not json"
    wanted(darasa, other)
    for lesson in (name, other):
        prosody.person(id="person-1").join(focus.open_room(lesson), "a1a1a1a1")
    darasa.wait_for_type(other, "recording.requested")
    assert "stack traceback" not in prosody.log
