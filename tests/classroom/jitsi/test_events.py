"""Two dialects become one shape; whatever says nothing usable has a name for what is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.jitsi.events import (
    MOST_EVENTS,
    JitsiEvent,
    Unread,
    Unreadable,
    count_events,
    from_data,
    read_batch,
    read_event_sync,
    read_snapshot,
)
from classroom.models import PutAside
from tests.classroom.jitsi.speech import (
    batch,
    event,
    joined,
    left,
    occupant,
    snapshot,
    synced,
    synced_occupant,
)

T = 1_790_000_000_000
AMINA = occupant("a-person", T)
RECORDERS = "hidden.meet.jitsi"


def only(body: bytes) -> JitsiEvent:
    (found,) = read_batch(body).events
    assert isinstance(found, JitsiEvent)
    return found


def code_of(raw: Any) -> str:
    (found,) = read_batch(batch(raw)).events
    assert isinstance(found, Unread)
    return found.code


def test_an_event_of_our_module_keeps_its_id_its_time_and_who_it_is_about() -> None:
    raw = joined("Room-1", AMINA)
    found = only(batch(raw))
    assert (found.key, found.at, found.room) == (raw["id"], T, "room-1")
    assert found.occupant is not None
    assert (found.occupant.person, found.occupant.kind) == ("a-person", "human")


def test_joining_and_leaving_speak_of_the_same_visit_and_a_second_visit_is_another() -> None:
    came, went = only(batch(joined("r", AMINA))), only(batch(left("r", AMINA, T + 9000)))
    again = only(batch(joined("r", AMINA | {"joined_at": T + 20_000})))
    assert came.occupant and went.occupant and again.occupant
    assert came.occupant.visit == went.occupant.visit != again.occupant.visit


def test_a_snapshot_and_the_contributed_component_speak_of_the_same_visit_too() -> None:
    told = synced_occupant("p", T // 1000)
    mine = occupant("p", T + 345, told["occupant_jid"])
    found = read_event_sync(say(synced("r", occupant=told)), "occupant/joined", recorder_domain=RECORDERS)
    seen = read_snapshot(snapshot(T, "r", mine)).rooms[0].occupants[0]
    assert found.occupant
    assert found.occupant.visit == seen.visit


def test_the_tenant_that_jitsi_puts_in_front_of_a_room_is_taken_off() -> None:
    assert only(batch(event("room.created", "[school]Room-1", T))).room == "room-1"


def test_what_is_kept_of_an_event_is_read_back_as_the_same() -> None:
    found = only(batch(event("room.destroyed", "r", T, occupants=[AMINA])))
    assert from_data(json.loads(json.dumps(found.as_data()))) == found


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("words", "not_an_object"),
        ({"type": "occupant.danced"}, "unknown_type"),
        ({"type": ["occupant.joined"]}, "unknown_type"),
        ({"id": ""}, "bad_id"),
        ({"id": 7}, "bad_id"),
        ({"id": "x" * 201}, "bad_id"),
        ({"at": "now"}, "bad_time"),
        ({"at": True}, "bad_time"),
        ({"at": 10**400}, "bad_time"),
        ({"at": float("nan")}, "bad_time"),
        ({"at": T // 1000}, "bad_time"),
        ({"room": None}, "bad_room"),
        ({"room": ""}, "bad_room"),
        ({"occupant": None}, "bad_occupant"),
        ({"occupant": {"jid": "a@b/c"}}, "bad_time"),
        ({"occupant": {"joined_at": T}}, "bad_occupant"),
        ({"room": "a\0b"}, "bad_text"),
        ({"reason": "\ud800"}, "bad_text"),
    ],
)
def test_a_bad_event_says_what_is_wrong_with_it(wrong: Any, code: str) -> None:
    raw = {**joined("r", AMINA), **wrong} if isinstance(wrong, dict) else wrong
    assert code_of(raw) == code
    assert code in PutAside.values


def test_a_bad_event_does_not_keep_its_neighbours_out_and_has_the_same_key_each_time() -> None:
    body = batch(joined("r", AMINA), {"type": "?"}, left("r", AMINA, T + 1))
    first, second = read_batch(body), read_batch(body)
    assert [type(one) for one in first.events] == [JitsiEvent, Unread, JitsiEvent]
    assert [one.key for one in first.events] == [one.key for one in second.events]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"{", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "not_an_object"),
        (b"null", "not_an_object"),
        (b'{"events": {}}', "not_an_object"),
        (batch(*[{}] * (MOST_EVENTS + 1)), "too_many"),
    ],
)
def test_a_bad_delivery_says_what_is_wrong_with_it(body: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_batch(body)
    assert caught.value.code == code


def test_the_answer_counts_what_came_and_never_stumbles() -> None:
    assert [count_events(body) for body in (batch({}, {}), b"{}", b"nonsense")] == [2, 0, 0]


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=9)
)
def test_whatever_stands_in_an_event_there_is_an_answer(value: Any) -> None:
    for name in ("id", "type", "at", "room", "room_jid", "occupant", "occupants", "reason"):
        (found,) = read_batch(batch({**joined("r", AMINA), name: value})).events
        assert isinstance(found, JitsiEvent) or found.code in PutAside.values


def say(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()


def test_seconds_become_milliseconds_and_a_repetition_has_the_same_key() -> None:
    told = synced("r", occupant=synced_occupant("p", T // 1000, T // 1000 + 9))
    first = read_event_sync(say(told), "occupant/left", recorder_domain=RECORDERS)
    second = read_event_sync(
        say(told | {"active_occupants_count": 3}), "occupant/left", recorder_domain=RECORDERS
    )
    assert first.key == second.key
    assert first.at == T + 9000


def test_coming_and_going_have_keys_of_their_own() -> None:
    body = say(synced("r", occupant=synced_occupant("p", T // 1000, T // 1000)))
    keys = {
        read_event_sync(body, f"occupant/{word}", recorder_domain=RECORDERS).key
        for word in ("joined", "left")
    }
    assert len(keys) == 2


def test_the_recorder_is_told_by_its_domain_and_the_focus_by_its_name() -> None:
    def kind(jid: str) -> str:
        told = synced("r", occupant=synced_occupant("p", T // 1000, occupant_jid=jid))
        found = read_event_sync(say(told), "occupant/joined", recorder_domain=RECORDERS).occupant
        assert found
        return found.kind

    assert kind("recorder@hidden.meet.jitsi/x") == "recorder"
    assert kind("focus@auth.meet.jitsi/y") == "other"
    assert kind("c0ffee@meet.jitsi/z") == "human"


def test_a_destroyed_room_brings_everybody_who_was_ever_inside() -> None:
    people = [synced_occupant("a", T // 1000, T // 1000 + 5), synced_occupant("b", T // 1000), "nonsense"]
    body = say(synced("r", created_at=T // 1000, destroyed_at=T // 1000 + 60, all_occupants=people))
    found = read_event_sync(body, "room/destroyed", recorder_domain=RECORDERS)
    assert [one.left_at for one in found.occupants] == [T + 5000, None]
    assert found.at == T + 60_000


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (synced("r", occupant=synced_occupant("p", T // 1000)), "bad_time"),  # a leave without its time
        (synced("r", occupant=7), "bad_occupant"),
        ({"room_name": "r"}, "bad_room"),
        (synced("", occupant=synced_occupant("p", 1, 2)), "bad_time"),
        (synced("r\0", occupant=synced_occupant("p", T // 1000, T // 1000)), "bad_text"),
    ],
)
def test_a_bad_body_of_the_component_says_what_is_wrong(body: dict[str, Any], code: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_event_sync(say(body), "occupant/left", recorder_domain=RECORDERS)
    assert caught.value.code == code


def test_an_empty_table_of_lua_is_an_empty_snapshot_and_a_broken_one_is_none() -> None:
    assert read_snapshot(json.dumps({"source": "p", "at": T, "rooms": {}}).encode()).rooms == ()
    # Whoever is missing counts as gone: half a snapshot is worse than no snapshot.
    for rooms in ([7], [{"room": 3}], [{"room": ""}], {"a": 1}, "none", None):
        with pytest.raises(Unreadable):
            read_snapshot(json.dumps({"source": "p", "at": T, "rooms": rooms}).encode())


@pytest.mark.parametrize("inside", [[{}], [7], [{"jid": "j" * 4000, "joined_at": T}], "nobody"])
def test_where_somebody_cannot_be_read_the_room_is_not_whole(inside: Any) -> None:
    rooms = [{"room": "r", "occupants": inside}, {"room": "whole", "occupants": {}}, {"room": "n" * 300}]
    seen = read_snapshot(json.dumps({"source": "p", "at": T, "rooms": rooms}).encode())
    assert [(one.room, one.is_whole) for one in seen.rooms] == [("r", False), ("whole", True)]
