"""The doctor at a real Prosody: tokens, the snapshot, and the relays that it names to browsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from classroom.jitsi.checkup import RelaysServe, SnapshotAnswers, TokenAccepted
from common.checkup import Check, Finding, Mark
from common.services.urls import free_port
from tests.coturn import SECRET as TURN_SECRET
from tests.coturn import coturn
from tests.jitsi_config.prosody.jitsi import SECRET, jitsi_prosody
from tests.jitsi_config.prosody.receiver import TOKEN, Receiver
from tests.jitsi_config.prosody.server import DOMAIN, Lua, Prosody

BROWSERS = ("bosh", "external_services")
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


def served(folder: Path, darasa: Receiver, door: str, **options: Any) -> Iterator[Prosody]:
    server = Prosody(folder, darasa, options, global_modules=BROWSERS, domain_options=door)
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
    options = {"external_services": told, "external_service_secret": "the secret of somebody else"}
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
