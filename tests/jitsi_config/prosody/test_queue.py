"""The queue on disk: Darasa may be down, slow or wrong, Prosody may be killed; what happened is told, in order."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.prosody import INSTRUCTION, find_prosody
from tests.jitsi_config.prosody.receiver import Event, Receiver
from tests.jitsi_config.prosody.server import Prosody
from tests.jitsi_config.prosody.xmpp import Client

MODULES = Path(__file__).parents[3] / "jitsi_config" / "prosody" / "modules"
Start = Callable[..., Prosody]


@pytest.fixture
def darasa() -> Iterator[Receiver]:
    """Closed at first: each test says when Darasa begins to answer."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def start(darasa: Receiver, tmp_path: Path) -> Iterator[Start]:
    if not find_prosody():
        pytest.fail(INSTRUCTION)
    started: list[Prosody] = []

    def begin(**options: object) -> Prosody:
        server = Prosody(tmp_path, darasa, dict(options), muc_modules=("darasa_events",))
        started.append(server)
        server.start()
        return server

    yield begin
    for server in started:
        server.stop()


def lines_on_disk(prosody: Prosody, kind: str = "queue") -> list[Event]:
    """What lies in the segments, oldest first; half a line at the end is nothing."""
    try:
        text = "".join(file.read_text() for file in sorted(prosody.queue.glob(f"{kind}-*.jsonl")))
    except FileNotFoundError:  # delivered or put aside while we looked
        return lines_on_disk(prosody, kind)
    return [json.loads(line) for line in text.split("\n")[:-1]]


def enter_and_leave(client: Client, room: str, times: int) -> None:
    for _ in range(times):
        client.send(
            f'<presence xmlns="jabber:client" to="{room}/x"><x xmlns="http://jabber.org/protocol/muc"/></presence>'
        )
        client.send(f'<presence xmlns="jabber:client" type="unavailable" to="{room}/x"/>')


def queued(prosody: Prosody, darasa: Receiver, count: int) -> None:
    def lines() -> int:
        return sum(file.read_bytes().count(b"\n") for file in prosody.queue.glob("queue-*.jsonl"))

    darasa.wait_for(lambda: lines() >= count, f"{count} events on disk", 20)


def everything_is_struck_off(prosody: Prosody) -> bool:
    """Whether the cursor stands behind the last byte of the last segment."""
    try:
        segment, offset = map(int, (prosody.queue / "cursor").read_text().split())
        last = max(prosody.queue.glob("queue-*.jsonl"))
        return (int(last.stem.removeprefix("queue-")), last.stat().st_size) == (segment, offset)
    except (FileNotFoundError, ValueError):  # not written yet, or removed while we looked
        return False


def first_of_each(events: list[Event]) -> list[Event]:
    return list({event["id"]: event for event in events}.values())


def assert_whole(events: list[Event], count: int) -> None:
    """Nothing lost, nothing out of order; whatever came twice was the same both times."""
    once = first_of_each(events)
    assert [event["seq"] for event in once] == list(range(1, count + 1))
    assert len({event["meeting"] for event in once}) == 1
    assert all(event == next(one for one in once if one["id"] == event["id"]) for event in events[:200])


def test_the_queue_survives_the_death_of_prosody(start: Start, darasa: Receiver) -> None:
    prosody = start()
    room = prosody.focus().open_room("lesson")
    enter_and_leave(prosody.person(id="person-1"), room, 300)
    queued(prosody, darasa, 200)
    prosody.kill()
    kept = lines_on_disk(prosody)
    assert darasa.taken == []
    darasa.open()
    start()
    darasa.wait_for(lambda: len(darasa.of("lesson")) >= len(kept), "all that was kept")
    assert darasa.taken == kept
    assert_whole(darasa.taken, len(kept))


def test_what_has_happened_is_written_before_anything_else_happens(start: Start, darasa: Receiver) -> None:
    """Not when a buffer is full: one arrival, one more answer, and the death."""
    prosody = start()
    room = prosody.focus().open_room("lesson")
    person = prosody.person(id="person-1").join(room, "x")
    person.request("muc.meet.test", '<query xmlns="http://jabber.org/protocol/disco#info"/>', "get")
    prosody.kill()
    assert [event["type"] for event in lines_on_disk(prosody)] == ["room.created", "occupant.joined"]


def test_what_was_delivered_is_not_sent_again_after_a_restart(start: Start, darasa: Receiver) -> None:
    darasa.open()
    prosody = start()
    room = prosody.focus().open_room("lesson")
    enter_and_leave(prosody.person(id="person-1"), room, 20)
    darasa.wait_for(lambda: len(darasa.taken) == 41, "all events")
    darasa.wait_for(lambda: everything_is_struck_off(prosody), "the note of it")
    prosody.kill()
    prosody = start()
    prosody.focus().open_room("later")
    darasa.wait_for(lambda: darasa.of("later"), "what came later")
    assert len(darasa.taken) == 42


def test_death_in_the_middle_of_a_delivery_loses_nothing(start: Start, darasa: Receiver) -> None:
    """Darasa takes a batch, and Prosody dies before it hears so: the batch comes again, the same."""
    darasa.mood = "slow"
    darasa.open()
    prosody = start(darasa_events_timeout=5)
    room = prosody.focus().open_room("lesson")
    enter_and_leave(prosody.person(id="person-1"), room, 150)
    queued(prosody, darasa, 301)
    before = darasa.tries
    darasa.wait_for(lambda: darasa.tries > before, "another delivery")
    taken = len(darasa.taken)
    prosody.kill()
    darasa.wait_for(lambda: len(darasa.taken) > taken, "what was under way")
    darasa.mood = 202
    start()
    darasa.wait_for(lambda: len(darasa.of("lesson")) == 301, "all events")
    assert_whole(darasa.taken, 301)
    assert len(darasa.taken) > 301


@pytest.mark.deep
def test_an_hour_without_darasa_costs_nothing(start: Start, darasa: Receiver) -> None:
    """A thousand times faster: back-off from 1 ms to 60 ms, 3.6 seconds of everything that can be wrong."""
    hour = 3.6
    prosody = start(darasa_events_retry_min=0.001, darasa_events_retry_max=0.06, darasa_events_timeout=0.3)
    room = prosody.focus().open_room("lesson")
    people = prosody.person(id="person-1")
    began = time.monotonic()
    for mood in (500, 401, "cut", 503, 404, 302):
        darasa.close()
        enter_and_leave(people, room, 60)
        time.sleep(hour / 12)
        darasa.mood = mood
        tries = darasa.tries
        darasa.open()
        enter_and_leave(people, room, 60)
        time.sleep(hour / 12)
        darasa.wait_for_try(tries, f"a try answered with {mood}")
    assert time.monotonic() - began >= hour
    queued(prosody, darasa, 1441)
    assert darasa.taken == []
    # Half of the longest wait is the shortest between two: no hammering.
    assert darasa.tries <= (time.monotonic() - began) / 0.03 + 20
    darasa.mood = 202
    darasa.wait_for(lambda: len(darasa.of("lesson")) == 1441, "the whole hour", 20)
    # On a busy machine an answer may come after the 0.3 s, and its batch once more.
    assert_whole(first_of_each(darasa.taken), 1441)
    assert max(darasa.batches) == 100
    assert not darasa.unsigned


def test_an_answer_that_comes_too_late_is_none(start: Start, darasa: Receiver) -> None:
    darasa.mood = "slow"
    darasa.open()
    prosody = start(darasa_events_timeout=0.3)
    prosody.focus().open_room("lesson")
    darasa.wait_for(lambda: darasa.tries >= 3, "more tries")
    darasa.mood = 202
    darasa.wait_for(lambda: len(darasa.taken) >= 2, "the event, more than once")
    assert len(darasa.of("lesson")) == 1


def test_a_full_queue_puts_its_oldest_aside_and_keeps_its_size(start: Start, darasa: Receiver) -> None:
    prosody = start(darasa_events_max_bytes=30_000, darasa_events_segment_bytes=6_000)
    room = prosody.focus().open_room("lesson")
    enter_and_leave(prosody.person(id="person-1"), room, 150)
    everything = [*range(1, 302)]
    darasa.wait_for(lambda: seqs_on_disk(prosody) == everything, "301 events", 20)
    assert sum(file.stat().st_size for file in prosody.queue.glob("queue-*")) <= 30_000
    assert "the event queue is full" in prosody.log
    dead = lines_on_disk(prosody, "dead")
    darasa.open()
    darasa.wait_for(lambda: len(darasa.of("lesson")) == 301 - len(dead), "what is left")
    assert [event["seq"] for event in [*dead, *darasa.taken]] == everything
    # A dead segment is brought back by its old name.
    prosody.stop()
    for file in prosody.queue.glob("dead-*"):
        file.rename(file.with_name(file.name.replace("dead", "queue")))
    start(darasa_events_max_bytes=300_000)
    darasa.wait_for(lambda: {event["seq"] for event in darasa.of("lesson")} >= set(everything), "the dead")


def seqs_on_disk(prosody: Prosody) -> list[int]:
    return [event["seq"] for kind in ("dead", "queue") for event in lines_on_disk(prosody, kind)]


# Two segments of one line each are full: the third line buries the first, which is on its way to Darasa.
BURIED_ON_ITS_WAY = """
local folder, modules = arg[1], arg[2];
package.path = modules .. "/?.lib.lua;" .. package.path;
local limits = { max_bytes = 20, segment_bytes = 10, max_dead = 5 };
local queue = assert(require "darasa_queue".open(folder, limits, function () end));
queue:append("first-123"); queue:append("second-12");
local batch = queue:peek(1, 1000);
queue:append("third-123");
if arg[3] == "delivered" then queue:strike_off(batch); end
repeat
	local next_one = queue:peek(1, 1000);
	if next_one then print(next_one[1]); queue:strike_off(next_one); end
until not next_one;
"""


@pytest.mark.parametrize("outcome", ["delivered", "refused"])
def test_a_batch_that_was_put_aside_on_its_way_strikes_off_nothing_else(outcome: str, tmp_path: Path) -> None:
    lua = shutil.which("lua5.4") or shutil.which("lua")
    if not lua:
        pytest.fail(INSTRUCTION)
    script = tmp_path / "bury.lua"
    script.write_text(BURIED_ON_ITS_WAY)
    ran = subprocess.run(
        [lua, script, tmp_path / "queue", MODULES, outcome], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["second-12", "third-123"]
    assert [file.read_text() for file in (tmp_path / "queue").glob("dead-*.jsonl")] == ["first-123\n"]


def test_dead_letters_are_bounded_too(start: Start, darasa: Receiver) -> None:
    prosody = start(
        darasa_events_max_bytes=6_000, darasa_events_segment_bytes=2_000, darasa_events_max_dead=3
    )
    room = prosody.focus().open_room("lesson")
    enter_and_leave(prosody.person(id="person-1"), room, 100)
    darasa.wait_for(lambda: 201 in seqs_on_disk(prosody), "201 events", 20)
    assert len(list(prosody.queue.glob("dead-*.jsonl"))) == 3
    assert "was deleted" in prosody.log


def test_rubbish_on_the_disk_stops_nothing(start: Start, darasa: Receiver, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "darasa_events"
    folder.mkdir(parents=True)
    good = {"id": "1", "room": "before", "type": "room.created"}
    (folder / "queue-0000000003.jsonl").write_text(
        f'{json.dumps(good)}\nrubbish\n["no event"]\n{{"id": "2", "ro'
    )
    (folder / "cursor").write_text("\x00\x00")
    darasa.open()
    prosody = start()
    prosody.focus().open_room("lesson")
    darasa.wait_for(lambda: darasa.of("lesson"), "what came later")
    assert darasa.taken[0] == good
    assert len(darasa.taken) == 2
    assert (folder / "dead-unreadable.txt").read_text() == 'rubbish\n["no event"]\n'


def test_an_event_too_big_for_its_neighbours_travels_alone(start: Start, darasa: Receiver) -> None:
    darasa.mood = 413
    darasa.open()
    prosody = start()
    room = prosody.focus().open_room("lesson")
    enter_and_leave(prosody.person(id="person-1"), room, 20)
    queued(prosody, darasa, 41)
    darasa.wait_for(lambda: darasa.tries >= 8, "eight refusals")
    darasa.mood = 202
    darasa.wait_for(lambda: len(darasa.of("lesson")) == 41, "all events")
    assert darasa.batches[0] == 1
    assert_whole(darasa.taken, 41)


def test_what_the_disk_refuses_waits_in_memory(start: Start, darasa: Receiver) -> None:
    prosody = start()
    darasa.wait_for(prosody.queue.exists, "the module")
    prosody.queue.rmdir()
    prosody.queue.write_text("no folder")
    focus = prosody.focus()
    focus.open_room("lesson")
    darasa.wait_for(lambda: "cannot be written" in prosody.log, "the complaint")
    prosody.queue.unlink()
    prosody.queue.mkdir()
    focus.client.leave("lesson@muc.meet.test")
    darasa.open()
    assert [event["type"] for event in darasa.wait_for_types("lesson", "room.created", "room.destroyed")] == [
        "room.created",
        "room.destroyed",
    ]


def test_without_a_secret_nothing_is_sent_and_nothing_is_lost(start: Start, darasa: Receiver) -> None:
    darasa.open()
    prosody = start(darasa_event_secret="too short")
    prosody.focus().open_room("lesson")
    queued(prosody, darasa, 1)
    assert "events wait on disk" in prosody.log
    assert darasa.tries == 0
