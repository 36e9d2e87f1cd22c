"""The doctor at a real Prosody: tokens, the snapshot, and the relays that it names to browsers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

import pytest

from classroom.jitsi.checkup import RelaysServe, RoomEntered, SnapshotAnswers, TokenAccepted
from classroom.jitsi.checkup.rooms import find_token, judge_own
from classroom.jitsi.events import TRIAL_ROOM
from common.checkup import Check, Finding, Mark
from common.services.urls import free_port
from tests.coturn import SECRET as TURN_SECRET
from tests.coturn import coturn
from tests.jitsi_config.prosody.jitsi import SECRET, jitsi_prosody
from tests.jitsi_config.prosody.receiver import TOKEN, Receiver
from tests.jitsi_config.prosody.server import DOMAIN, Focus, Lua, Prosody
from tests.jitsi_config.prosody.xmpp import CLIENT

BROWSERS = ("bosh", "external_services")
ROOMS = ("darasa_events", "darasa_recording", "simulated_room_claim")
DOOR = 'authentication = "simulated_jwt" app_id = "darasa"'


def relays(*told: str) -> Lua:
    return Lua("{ " + "; ".join("{ " + one + " }" for one in told) + " }")


def turn(port: int, transport: str) -> str:
    how = 'secret = true; algorithm = "turn"; ttl = 60'
    return f'type = "turn"; host = "127.0.0.1"; port = {port}; transport = "{transport}"; {how}'


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with coturn(tmp_path_factory.mktemp("coturn")) as port:
        yield port


@pytest.fixture(scope="module")
def prosody(relay: int, darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    stun = f'type = "stun"; host = "127.0.0.1"; port = {relay}; transport = "udp"'
    yield from served(
        tmp_path_factory.mktemp("prosody"),
        darasa,
        f'{DOOR} app_secret = "{SECRET}"',
        external_service_secret=TURN_SECRET,
        external_services=relays(stun, turn(relay, "udp"), turn(relay, "tcp")),
    )


def served(
    folder: Path, darasa: Receiver, door: str, rooms: tuple[str, ...] = ROOMS, **options: Any
) -> Iterator[Prosody]:
    server = Prosody(folder, darasa, options, global_modules=BROWSERS, domain_options=door, muc_modules=rooms)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def configured(settings: Any, prosody: Prosody) -> None:
    """As jitsi_config/compose.yaml has it, with Prosody in the place of the front end."""
    settings.JITSI_DOMAIN = settings.JITSI_ORIGIN = prosody.url
    settings.PROSODY_URL = prosody.url
    settings.JITSI_XMPP_DOMAIN = DOMAIN
    settings.JITSI_SIGNING, settings.JITSI_APP_ID, settings.JITSI_APP_SECRET = "HS256", "darasa", SECRET
    settings.JITSI_HOOK_TOKEN = TOKEN


def ask(check: Check) -> list[Finding]:
    return list(check.examine())


def test_our_token_is_let_in_and_no_other(prosody: Prosody) -> None:
    (found,) = ask(TokenAccepted())
    assert (found.mark, found.about) == (Mark.FINE, prosody.url)


@pytest.mark.parametrize(
    ("setting", "value", "words", "remedy"),
    [
        (
            "JITSI_APP_SECRET",
            "another secret, as long as one should be",
            "Invalid signature",
            "JWT_APP_SECRET",
        ),
        ("JITSI_APP_ID", "somebody-else", "invalid 'iss' claim", "JWT_ACCEPTED_ISSUERS"),
    ],
)
def test_a_refused_token_names_the_setting(
    setting: str, value: str, words: str, remedy: str, settings: Any
) -> None:
    setattr(settings, setting, value)
    (found,) = ask(TokenAccepted())
    assert found.mark == Mark.FAULT
    assert words in found.found and remedy in found.remedy
    assert SECRET not in str(found) and value not in str(found)


def test_a_prosody_without_this_domain_names_the_domain(settings: Any) -> None:
    settings.JITSI_XMPP_DOMAIN = "elsewhere.test"
    found, *_again = ask(TokenAccepted())
    assert found.mark == Mark.FAULT and "JITSI_XMPP_DOMAIN" in found.remedy


def test_a_front_end_that_is_away_is_told_from_prosody(prosody: Prosody, settings: Any) -> None:
    settings.JITSI_ORIGIN = f"http://127.0.0.1:{free_port()}"
    front, behind = ask(TokenAccepted())
    assert (front.mark, front.found) == (Mark.FAULT, "no connection") and "nginx" in front.remedy
    assert (behind.mark, behind.about) == (Mark.FINE, prosody.url)


def test_a_prosody_that_lets_everybody_in_is_a_fault(darasa: Receiver, settings: Any, tmp_path: Path) -> None:
    door = f'{DOOR} app_secret = "{SECRET}" allow_empty_token = true'
    for server in served(tmp_path, darasa, door):
        settings.JITSI_ORIGIN = server.url
        found = ask(TokenAccepted())
    assert [one.mark for one in found] == [Mark.FINE, Mark.FAULT, Mark.FAULT]
    assert "forged" in found[1].found and "without a token" in found[2].found
    assert "JWT_ALLOW_EMPTY=0" in found[2].remedy


def test_without_a_secret_nothing_is_signed(settings: Any) -> None:
    settings.JITSI_APP_SECRET = ""
    (found,) = ask(TokenAccepted())
    assert found.mark == Mark.FAULT and "JITSI_APP_SECRET" in found.remedy


def test_without_jitsi_there_is_nothing_to_ask(settings: Any) -> None:
    settings.JITSI_DOMAIN = settings.JITSI_ORIGIN = settings.PROSODY_URL = ""
    for check in (TokenAccepted(), SnapshotAnswers(), RelaysServe()):
        assert [one.mark for one in ask(check)] == [Mark.SKIPPED]


def test_our_module_answers_who_is_inside(prosody: Prosody) -> None:
    (found,) = ask(SnapshotAnswers())
    assert (found.mark, found.about) == (Mark.FINE, prosody.url)


def test_another_hook_token_is_named(settings: Any) -> None:
    settings.JITSI_HOOK_TOKEN = "x" * 40
    (found,) = ask(SnapshotAnswers())
    assert found.mark == Mark.FAULT and "JITSI_HOOK_TOKEN" in found.remedy


def test_a_prosody_that_is_away_is_a_fault(settings: Any) -> None:
    settings.PROSODY_URL = f"http://127.0.0.1:{free_port()}"
    (found,) = ask(SnapshotAnswers())
    assert found.mark == Mark.FAULT and "logs --tail 50 prosody" in found.remedy


def test_the_relays_that_browsers_are_told_of_serve(relay: int) -> None:
    found = ask(RelaysServe())
    assert [(one.about, one.mark) for one in found] == [
        (f"stun:127.0.0.1:{relay}/udp", Mark.FINE),
        (f"turn:127.0.0.1:{relay}/udp", Mark.FINE),
        (f"turn:127.0.0.1:{relay}/tcp", Mark.FINE),
    ]


def test_relays_that_are_wrong_in_every_way(
    relay: int, darasa: Receiver, settings: Any, tmp_path: Path
) -> None:
    closed = free_port()
    stuns = [f'type = "turns"; host = "localhost"; port = {relay}; transport = "tcp"', turn(closed, "tcp")]
    told = relays(turn(relay, "udp"), *stuns, 'type = "turn"; host = "nowhere.invalid"; port = 3478')
    options: dict[str, Any] = {
        "external_services": told,
        "external_service_secret": "the secret of somebody else",
    }
    for server in served(tmp_path, darasa, f'{DOOR} app_secret = "{SECRET}"', **options):
        settings.JITSI_ORIGIN = server.url
        found = ask(RelaysServe())
    assert {one.mark for one in found} == {Mark.FAULT}
    remedies = (
        "TURN_CREDENTIALS",
        "certificate|coturn",
        "docker compose ps coturn",
        "A record for nowhere.invalid",
    )
    for one, remedy in zip(found, remedies, strict=True):
        assert any(word in one.remedy for word in remedy.split("|")), one


def test_a_prosody_that_knows_no_relay_is_a_warning(darasa: Receiver, settings: Any, tmp_path: Path) -> None:
    for server in served(tmp_path, darasa, f'{DOOR} app_secret = "{SECRET}"'):
        settings.JITSI_ORIGIN = server.url
        (found,) = ask(RelaysServe())
    assert found.mark == Mark.WARNING and "TURN_HOST" in found.remedy


def test_relays_wait_for_a_token_that_is_accepted(settings: Any) -> None:
    settings.JITSI_APP_SECRET = "another secret, as long as one should be"
    (found,) = ask(RelaysServe())
    assert found.mark == Mark.WARNING and "token" in found.remedy


class Jicofo:
    """Its private port, and its occupant in the rooms that it is asked for."""

    def __init__(self, focus: Focus) -> None:
        self.focus, self.rooms, self.is_ready = focus, list[str](), True

    def opens(self, said: dict[str, Any]) -> dict[str, Any]:
        if self.is_ready:
            self.rooms.append(self.focus.open_room(said["room"].partition("@")[0]))
        return {"room": said["room"], "ready": self.is_ready, "focusJid": self.focus.client.jid}

    def makes_everybody_an_owner(self, stanza: Element) -> None:
        """What a jicofo with authentication, or with auto-owner, does to whoever comes."""
        item = next((one for one in stanza.iter() if one.tag.endswith("muc#user}item")), None)
        if stanza.tag != f"{CLIENT}presence" or item is None or item.get("affiliation") == "owner":
            return
        room, jid = stanza.get("from", "").split("/")[0], item.get("jid", "").split("/")[0]
        asked = f'<item affiliation="owner" jid={quoteattr(jid)}/>'
        admin = f'<query xmlns="http://jabber.org/protocol/muc#admin">{asked}</query>'
        self.focus.client.send(
            f'<iq xmlns="jabber:client" id="own" type="set" to={quoteattr(room)}>{admin}</iq>'
        )


@contextmanager
def jicofo_of(prosody: Prosody, settings: Any) -> Iterator[Jicofo]:
    machine = Jicofo(prosody.focus())

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/conference-request/v1"
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(machine.opens(said)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the tests' screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.JICOFO_URL = f"http://127.0.0.1:{server.server_port}"
    try:
        yield machine
    finally:
        server.shutdown()
        server.server_close()
        machine.focus.client.go()


def test_our_token_opens_its_room_and_no_other_and_makes_nobody_a_moderator(
    prosody: Prosody, darasa: Receiver, settings: Any
) -> None:
    with jicofo_of(prosody, settings) as jicofo:
        (found,) = ask(RoomEntered())
    assert (found.mark, found.about) == (Mark.FINE, prosody.url)
    (room,) = jicofo.rooms
    name = room.partition("@")[0]
    assert name.startswith(TRIAL_ROOM)
    told = darasa.wait_for_types(name, "room.created", "occupant.joined", "occupant.left")
    assert [one["occupant"]["kind"] for one in told[1:3]] == ["human", "human"], "it was really inside"


def test_a_jicofo_that_makes_everybody_a_moderator_is_a_fault(prosody: Prosody, settings: Any) -> None:
    with jicofo_of(prosody, settings) as jicofo:
        jicofo.focus.client.answers.append(jicofo.makes_everybody_an_owner)
        (found,) = ask(RoomEntered())
    assert found.mark == Mark.FAULT and "JICOFO_ENABLE_AUTH=0" in found.remedy


def test_rooms_that_any_token_opens_are_a_fault(darasa: Receiver, settings: Any, tmp_path: Path) -> None:
    for server in served(tmp_path, darasa, f'{DOOR} app_secret = "{SECRET}"', rooms=("darasa_events",)):
        settings.JITSI_ORIGIN = server.url
        with jicofo_of(server, settings):
            own, foreign = ask(RoomEntered())
    assert (own.mark, foreign.mark) == (Mark.FINE, Mark.FAULT)
    assert "another one" in foreign.found and "token_verification" in foreign.remedy


def test_a_room_that_refuses_our_own_token_says_so(prosody: Prosody, settings: Any) -> None:
    with jicofo_of(prosody, settings) as jicofo:
        jicofo.is_ready = False
        (deaf,) = ask(RoomEntered())
        assert deaf.mark == Mark.FAULT and "logs --tail 50 jicofo" in deaf.remedy
    found = judge_own(prosody.url, "doctor-nobody-opened-this", str(find_token("doctor-nobody-opened-this")))
    assert found.mark == Mark.FAULT and "creation is restricted" in found.found


def test_a_jicofo_that_is_away_is_a_fault_and_a_wrong_secret_is_for_the_token(
    prosody: Prosody, settings: Any
) -> None:
    settings.JICOFO_URL = f"http://127.0.0.1:{free_port()}"
    (away,) = ask(RoomEntered())
    assert away.mark == Mark.FAULT and "jicofo" in away.remedy
    settings.JITSI_APP_SECRET = "another secret, as long as one should be"
    with jicofo_of(prosody, settings):
        (found,) = ask(RoomEntered())
    assert found.mark == Mark.WARNING and "token" in found.remedy


def test_jitsis_own_plugins_let_the_doctor_into_one_room_only(
    darasa: Receiver, settings: Any, tmp_path: Path
) -> None:
    """Only where JITSI_PLUGINS_DIR names a checkout of them."""
    server = jitsi_prosody(tmp_path, darasa, enable_domain_verification=True)
    server.global_modules = BROWSERS
    server.start()
    settings.JITSI_ORIGIN = server.url
    darasa.asked.clear()
    try:
        with jicofo_of(server, settings):
            assert [one.mark for one in ask(RoomEntered())] == [Mark.FINE]
        assert darasa.asked == [], "nobody asks whether the doctor is to be recorded"
    finally:
        server.stop()


def test_jitsis_own_plugins_judge_the_same(darasa: Receiver, settings: Any, tmp_path: Path) -> None:
    """Only where JITSI_PLUGINS_DIR names a checkout of them."""
    server = jitsi_prosody(tmp_path, darasa, enable_domain_verification=True)
    server.global_modules = BROWSERS
    server.start()
    settings.JITSI_ORIGIN = server.url
    try:
        assert [one.mark for one in ask(TokenAccepted())] == [Mark.FINE]
        settings.JITSI_APP_SECRET = "another secret, as long as one should be"
        refused, *_others = ask(TokenAccepted())
        assert "Invalid signature" in refused.found and "JWT_APP_SECRET" in refused.remedy
    finally:
        server.stop()
