"""Our modules beside Jitsi's own: whose name is told, which meeting it is, who may record."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import jwt
import pytest

from tests.jitsi_config.prosody.jitsi import SECRET, jitsi_prosody
from tests.jitsi_config.prosody.receiver import Receiver
from tests.jitsi_config.prosody.server import MUC, Prosody
from tests.jitsi_config.prosody.xmpp import NotLetInError, error_names

RECORDING = "2f9f6a52-8d0e-4a3c-9a67-7d3c6a1d0001"
START = '<jibri xmlns="http://jitsi.org/protocol/jibri" action="start" recording_mode="file"/>'
DISCO = '<query xmlns="http://jabber.org/protocol/disco#info"/>'


@pytest.fixture(scope="module")
def prosody(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    server = jitsi_prosody(tmp_path_factory.mktemp("jitsi"), darasa, enable_domain_verification=False)
    server.start()
    yield server
    server.stop()


def token(room: str, person: str, name: str, *, moderator: bool) -> str:
    now = int(time.time())
    claims = {
        "iss": "darasa",
        "aud": "jitsi",
        "sub": "meet.test",
        "room": room,
        "nbf": now - 60,
        "exp": now + 600,
        "context": {
            "user": {"id": person, "name": name, "moderator": moderator},
            "features": {"recording": True},
        },
    }
    return jwt.encode(claims, SECRET, "HS256")


def test_a_recorded_lesson_beside_jitsis_plugins(prosody: Prosody, darasa: Receiver, name: str) -> None:
    darasa.recordings[name] = {"record": True, "recording": RECORDING, "room": name}
    focus = prosody.focus()
    focus.on_start = lambda there: prosody.recorder().join(there, "recorder")
    room = focus.open_room(name)
    teacher = prosody.person(token=token(name, "teacher-1", "Layla", moderator=True))
    teacher.join(room, teacher.jid[:8])
    student = prosody.person(token=token(name, "student-1", "Amina", moderator=False))
    student.join(room, student.jid[:8])
    darasa.wait_for_type(name, "occupant.joined", 3)
    darasa.wait_for_type(name, "recording.confirmed")
    told = {event["occupant"]["nick"]: event["occupant"] for event in darasa.of(name, "occupant.joined")}
    assert [
        (one["person"], one["name"], one["kind"], one["affiliation"])
        for one in (told[teacher.jid[:8]], told[student.jid[:8]], told["recorder"])
    ] == [
        ("teacher-1", "Layla", "human", "owner"),
        ("student-1", "Amina", "human", "member"),
        (None, None, "recorder", "none"),
    ]
    # The meeting is the one that Jitsi tells its clients and writes into recordings.
    info = teacher.request(room, DISCO, "get")
    fields = [
        field for field in info.iter("{jabber:x:data}field") if field.get("var") == "muc#roominfo_meetingId"
    ]
    assert [event["meeting"] for event in darasa.of(name)] == ["".join(fields[0].itertext())] * len(
        darasa.of(name)
    )
    # Jitsi would let this teacher record: moderator, and the feature is in the token. We do not.
    answer = teacher.request(f"{room}/focus", START)
    assert (error_names(answer)[0], "Darasa decides" in "".join(answer.itertext())) == ("forbidden", True)
    assert len(focus.asked) == 1
    assert "stack traceback" not in prosody.log


def test_nobody_is_inside_before_the_focus(prosody: Prosody, darasa: Receiver, name: str) -> None:
    early = prosody.person(token=token(name, "student-1", "Amina", moderator=False))
    with pytest.raises(NotLetInError, match="exist"):
        early.join(f"{name}@{MUC}", early.jid[:8])
    assert darasa.of(name) == []
    assert name not in json.dumps(json.loads(prosody.get("/darasa/rooms")[1]))


def ask_for_room(prosody: Prosody, name: str) -> Element:
    """What a Jitsi client sends to jicofo before it enters."""
    client = prosody.person(token=token(name, "teacher-1", "Layla", moderator=True))
    conference = f'<conference xmlns="http://jitsi.org/protocol/focus" room="{name}@{MUC}" machine-uid="x"/>'
    return client.request("focus.meet.test", conference)


def test_darasa_may_refuse_a_room(prosody: Prosody, darasa: Receiver, name: str) -> None:
    darasa.reserve = (403, {"message": "no lesson now"})
    answer = ask_for_room(prosody, name)
    refusal = answer.find(".//{http://jitsi.org/protocol/focus}reservation-error")
    assert refusal is not None
    assert refusal.get("error-code") == "403"
    assert "no lesson now" in "".join(answer.itertext())
    # The refusal sticks: within half a minute nobody is asked again.
    darasa.reserve = (200, {"id": "1", "duration": 3600})
    assert (
        ask_for_room(prosody, name).find(".//{http://jitsi.org/protocol/focus}reservation-error") is not None
    )
    assert [method for method, _, form in darasa.reserved if form.get("name") == name] == ["POST"]


def test_a_reserved_room_is_given_back_when_it_dies(prosody: Prosody, darasa: Receiver, name: str) -> None:
    darasa.reserve = (200, {"id": f"reservation-{name}", "duration": 3600})
    answer = ask_for_room(prosody, name)
    # There is no jicofo behind this address; that the request got so far is the point.
    assert answer.find(".//{http://jitsi.org/protocol/focus}reservation-error") is None
    ((method, path, form),) = [one for one in darasa.reserved if one[2].get("name") == name]
    assert (method, path) == ("POST", "/conference")
    assert sorted(form) == ["mail_owner", "name", "start_time"]
    assert form["mail_owner"].endswith("@meet.test")  # a random address: nothing says who it is
    focus = prosody.focus()
    focus.client.leave(focus.open_room(name))
    given_back = f"/conference/reservation-{name}"
    darasa.wait_for(
        lambda: ("DELETE", given_back) in [one[:2] for one in darasa.reserved], "the end of the reservation"
    )
