"""mod_darasa_events in a real Prosody: what Darasa hears of a lesson, and the snapshot that it may ask for."""

from __future__ import annotations

import json
import time
import uuid
from xml.sax.saxutils import quoteattr

import pytest

from tests.jitsi_config.prosody.receiver import Receiver
from tests.jitsi_config.prosody.server import AUTH, HIDDEN, MUC, Focus, Prosody

ADMIN = '<query xmlns="http://jabber.org/protocol/muc#admin">{}</query>'
OWNER = '<query xmlns="http://jabber.org/protocol/muc#owner">{}</query>'


def now_ms() -> int:
    return int(time.time() * 1000)


def test_a_lesson_is_told_in_order_with_one_meeting_and_no_gap(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    began = now_ms()
    room = focus.open_room(name)
    amina = prosody.person(id="person-1", name="Amina").join(room, "a1a1a1a1")
    guest = prosody.person(id="person-2", name="زائر").join(room, "b2b2b2b2")
    darasa.wait_for_type(name, "occupant.joined", 2)
    guest.leave(room)
    darasa.wait_for_type(name, "occupant.left", 1)
    amina.leave(room)
    darasa.wait_for_type(name, "occupant.left", 2)
    focus.client.leave(room)
    story = darasa.wait_for_types(
        name,
        *("room.created", "occupant.joined", "occupant.joined"),
        *("occupant.left", "occupant.left", "room.destroyed"),
    )
    assert [event["seq"] for event in story] == [1, 2, 3, 4, 5, 6]
    assert len({event["id"] for event in story}) == 6
    assert {event["meeting"] for event in story} == {str(uuid.UUID(story[0]["meeting"]))}
    assert {(event["room"], event["room_jid"]) for event in story} == {(name, room)}
    times = [event["at"] for event in story]
    assert times == sorted(times)
    assert began <= times[0] <= times[-1] <= now_ms()
    joined, left = story[1]["occupant"], story[4]["occupant"]
    assert joined == left
    assert joined == {
        "jid": amina.jid,
        "nick": "a1a1a1a1",
        "person": "person-1",
        "name": "Amina",
        "kind": "human",
        "affiliation": "none",
        "joined_at": joined["joined_at"],
    }
    assert abs(joined["joined_at"] - story[1]["at"]) <= 5
    assert story[2]["occupant"]["name"] == "زائر"
    assert story[3]["reason"] == story[4]["reason"] == "left"
    assert story[5]["occupants"] == []
    assert not darasa.unsigned
    assert darasa.sources == {"meet.test"}
    assert began <= darasa.sent_at[-1] <= now_ms()


def test_a_room_of_the_same_name_is_another_meeting(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    for life in (1, 2):
        focus.client.leave(focus.open_room(name))
        darasa.wait_for_type(name, "room.destroyed", life)
    assert [event["seq"] for event in darasa.of(name)] == [1, 2, 1, 2]
    assert len({event["meeting"] for event in darasa.of(name)}) == 2


def test_the_focus_is_silence_and_recorder_and_transcriber_are_told_apart(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    prosody.recorder().join(room, "recorder")
    prosody.recorder("transcriber").join(room, "transcriber")
    heard = darasa.wait_for_type(name, "occupant.joined", 2)
    assert [(event["occupant"]["nick"], event["occupant"]["kind"]) for event in heard] == [
        ("recorder", "recorder"),
        ("transcriber", "other"),
    ]
    assert heard[0]["occupant"]["jid"].startswith(f"recorder@{HIDDEN}/")
    assert heard[0]["occupant"]["person"] is None
    assert f"focus@{AUTH}" not in json.dumps(darasa.of(name))


def test_jicofos_health_checks_are_no_lessons(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    health = "__jicofo-health-check-1"
    focus.client.leave(focus.open_room(health))
    focus.open_room(name)
    darasa.wait_for_type(name, "room.created")
    assert darasa.of(health) == []


def test_a_connection_that_breaks_is_a_departure(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1").go()
    assert darasa.wait_for_type(name, "occupant.left")[0]["occupant"]["person"] == "person-1"


def test_who_could_have_come_back_but_did_not_has_timed_out(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    person = prosody.person(id="person-1").join(room, "a1a1a1a1")
    person.send('<enable xmlns="urn:xmpp:sm:3" resume="true"/>')
    person.wait_for(lambda one: one.tag == "{urn:xmpp:sm:3}enabled", what="stream management")
    person.go()
    assert darasa.wait_for_type(name, "occupant.left")[0]["reason"] == "timeout"


@pytest.mark.parametrize(("item", "reason"), [('role="none"', "kicked"), ('affiliation="outcast"', "banned")])
def test_who_is_thrown_out_leaves_with_a_reason(
    item: str, reason: str, prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    thrown = prosody.person(id="person-1").join(room, "a1a1a1a1")
    whom = f"jid={quoteattr(thrown.jid.split('/')[0])}" if "affil" in item else 'nick="a1a1a1a1"'
    assert focus.client.request(room, ADMIN.format(f"<item {whom} {item}/>")).get("type") == "result"
    assert darasa.wait_for_type(name, "occupant.left")[0]["reason"] == reason


def test_the_end_for_all_names_who_was_still_inside(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    for person in ("person-1", "person-2"):
        prosody.person(id=person).join(room, f"of{person[-1]}")
    focus.client.request(room, OWNER.format("<destroy/>"))
    last = darasa.wait_for_type(name, "room.destroyed")[0]
    assert [inside["person"] for inside in last["occupants"]] == ["person-1", "person-2"]
    left = darasa.of(name, "occupant.left")
    assert {event["reason"] for event in left} == {"destroyed"}
    assert {event["occupant"]["person"] for event in left} == {"person-1", "person-2"}
    assert last["seq"] == len(darasa.of(name)) == 6


def test_a_change_of_nick_loses_nobody(prosody: Prosody, darasa: Receiver, focus: Focus, name: str) -> None:
    room = focus.open_room(name)
    person = prosody.person(id="person-1").join(room, "old")
    person.send(f'<presence xmlns="jabber:client" to="{room}/new"/>')
    story = darasa.wait_for_types(name, "room.created", "occupant.joined", "occupant.left", "occupant.joined")
    assert [event["occupant"]["nick"] for event in story[1:]] == ["old", "old", "new"]
    assert {event["occupant"]["person"] for event in story[1:]} == {"person-1"}


def test_a_new_affiliation_is_told_at_the_next_arrival(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    teacher = prosody.person(id="person-1")
    item = f'<item jid="{teacher.jid.split("/")[0]}" affiliation="owner"/>'
    focus.client.request(room, ADMIN.format(item))
    teacher.join(room, "teacher")
    assert darasa.wait_for_type(name, "occupant.joined")[0]["occupant"]["affiliation"] == "owner"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("x" * 300, "x" * 255),
        ("ن" * 200, "ن" * 127),  # 400 bytes: cut between letters, never inside one
        ('"\\\x7f</presence>', '"\\\x7f</presence>'),
        ("", None),
    ],
)
def test_any_name_can_be_told(
    given: str, told: str | None, prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    prosody.person(id="person-1", name=given).join(room, "a1a1a1a1")
    assert darasa.wait_for_type(name, "occupant.joined")[0]["occupant"]["name"] == told


def test_without_a_token_the_name_is_what_the_client_calls_itself(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    nick = '<nick xmlns="http://jabber.org/protocol/nick">Sulayman</nick>'
    prosody.person().join(room, "a1a1a1a1", nick)
    occupant = darasa.wait_for_type(name, "occupant.joined")[0]["occupant"]
    assert (occupant["person"], occupant["name"]) == (None, "Sulayman")


ODD = [
    '<presence xmlns="jabber:client" to="{room}/a1a1a1a1" type="error"/>',
    '<presence xmlns="jabber:client" to="{room}/  "><x xmlns="http://jabber.org/protocol/muc"/></presence>',
    '<iq xmlns="jabber:client" type="result" id="darasa-recording-1" to="{room}/focus"/>',
    '<iq xmlns="jabber:client" type="error" id="x" to="{room}/a1a1a1a1"><jibri xmlns="http://jitsi.org/protocol/jibri"/></iq>',
    '<iq xmlns="jabber:client" type="get" id="x" to="{room}"><jibri xmlns="http://jitsi.org/protocol/jibri" action=""/></iq>',
    '<iq xmlns="jabber:client" type="set" id="x" to="nobody@muc.meet.test/focus"><jibri xmlns="http://jitsi.org/protocol/jibri"/></iq>',
    '<message xmlns="jabber:client" to="{room}" type="groupchat"><body>&#1;</body></message>',
]


@pytest.mark.parametrize("stanza", ODD)
def test_an_odd_stanza_breaks_nothing(
    stanza: str, prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    room = focus.open_room(name)
    odd = prosody.person(id="person-1").join(room, "a1a1a1a1")
    odd.send(stanza.format(room=room))
    prosody.person(id="person-2").join(room, "b2b2b2b2")
    people = [event["occupant"]["person"] for event in darasa.wait_for_type(name, "occupant.joined", 2)]
    assert people[-1] == "person-2"
    assert "stack traceback" not in prosody.log


def test_the_snapshot_says_who_is_inside(prosody: Prosody, darasa: Receiver, focus: Focus, name: str) -> None:
    room = focus.open_room(name)
    prosody.person(id="person-1", name="Amina").join(room, "a1a1a1a1")
    told = darasa.wait_for_type(name, "occupant.joined")[0]
    code, body = prosody.get(f"/darasa/rooms/{name}")
    answer = json.loads(body)
    assert code == 200
    assert answer["source"] == "meet.test"
    assert told["at"] <= answer["at"] <= now_ms()
    assert answer["rooms"] == [
        {
            "room": name,
            "room_jid": room,
            "meeting": told["meeting"],
            "seq": 2,
            "created_at": answer["rooms"][0]["created_at"],
            "occupants": [told["occupant"]],
        }
    ]
    everything = json.loads(prosody.get("/darasa/rooms")[1])["rooms"]
    assert name in [found["room"] for found in everything]


def test_the_snapshot_of_no_room_is_not_found(prosody: Prosody) -> None:
    assert prosody.get("/darasa/rooms/there-is-none")[0] == 404


@pytest.mark.parametrize("token", [None, "", "wrong", "the-token-of-the-hooks-in-these-test"])
@pytest.mark.parametrize("path", ["/darasa/rooms", "/darasa/rooms/there-is-none"])
def test_the_snapshot_is_for_darasa_alone(token: str | None, path: str, prosody: Prosody) -> None:
    code, body = prosody.get(path, token)
    assert code == 401
    assert json.loads(body) == {"code": "unauthorised"}


def test_a_reload_of_the_module_loses_nobody(
    prosody: Prosody, darasa: Receiver, focus: Focus, name: str
) -> None:
    """Even who came while it was away is told; who was told already is not told again."""
    room = focus.open_room(name)
    prosody.person(id="person-1").join(room, "a1a1a1a1")
    darasa.wait_for_type(name, "occupant.joined")
    assert prosody.get("/reload?module=darasa_events")[0] == 200
    prosody.person(id="person-2").join(room, "b2b2b2b2")
    story = darasa.wait_for_types(name, "room.created", "occupant.joined", "occupant.joined")
    assert [event["seq"] for event in story] == [1, 2, 3]


def test_rooms_are_found_by_their_muc_alone(prosody: Prosody) -> None:
    assert {
        room["room_jid"].split("@")[1] for room in json.loads(prosody.get("/darasa/rooms")[1])["rooms"]
    } == {MUC}
