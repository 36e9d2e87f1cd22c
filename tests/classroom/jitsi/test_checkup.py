"""The doctor's questions to the stack, against the simulated one and our own doors: well, and in each way ill."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from classroom.jitsi import keys
from classroom.jitsi.bridges import Stats
from classroom.jitsi.checkup import (
    BridgesWork,
    EventsArrive,
    JicofoWorks,
    KeysServed,
    ReservationsAnswer,
    SnapshotAnswers,
    TokenAccepted,
)
from classroom.jitsi.checkup.hooks import judge_door
from classroom.jitsi.checkup.servers import judge_bridge, judge_focus, judge_versions
from classroom.jitsi.checkup.tokens import remedy_of
from classroom.jitsi.jicofo import FocusStats
from classroom.jitsi.proofs import REFUSED, REFUSED_AT, sign
from classroom.jitsi.simulated.prosody import Outbox, Rooms, Weather, make_handler
from classroom.models import HookDelivery, HookSource
from common.checkup import Check, Finding, Mark
from common.services.urls import free_port
from tests.classroom.jitsi.machines import Machine, running
from tests.own_door import own_door

TOKEN, SECRET = "t" * 40, "s" * 40


def ask(check: Check) -> list[Finding]:
    return list(check.examine())


def only(check: Check) -> Finding:
    (found,) = ask(check)
    return found


# Bridges and jicofo


@pytest.fixture(scope="module")
def bridge() -> Iterator[Machine]:
    with running("jvb", "--region", "east", "--curve", "0:0.2") as machine:
        yield machine


@pytest.fixture(scope="module")
def jicofo() -> Iterator[Machine]:
    with running("jicofo") as machine:
        yield machine


def test_a_bridge_that_is_well_says_how_it_is(bridge: Machine, settings: Any) -> None:
    settings.JVB_URLS = [bridge.url]
    found = only(BridgesWork())
    assert (found.mark, found.about) == (Mark.FINE, bridge.url)
    assert "stress 0.20" in found.found and "region east" in found.found


def test_an_ill_bridge_is_a_fault_and_the_others_are_not(bridge: Machine, settings: Any) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    settings.JVB_URLS = [bridge.url, away]
    bridge.tell(healthy=False, advance=10)
    ill, gone = ask(BridgesWork())
    bridge.tell(healthy=True, advance=10)
    assert (ill.mark, "10000/udp" in ill.remedy) == (Mark.FAULT, True)
    assert (gone.mark, gone.found, "logs --tail 50 jvb" in gone.remedy) == (Mark.FAULT, "no connection", True)


@pytest.mark.parametrize(
    ("stats", "mark", "remedy"),
    [
        (Stats(stress=0.77), Mark.FINE, ""),
        (Stats(stress=0.78), Mark.WARNING, "scale.md"),
        (Stats(stress=0.1, is_draining=True), Mark.WARNING, "Bridges"),
        (Stats(stress=0.1, is_leaving=True), Mark.WARNING, "Bridges"),
        (Stats(stress=0.1, is_healthy=False), Mark.FAULT, "restart"),
    ],
)
def test_what_a_bridge_says_is_judged(stats: Stats, mark: Mark, remedy: str) -> None:
    found = judge_bridge("x", stats)
    assert found.mark == mark and remedy in found.remedy


def test_bridges_of_two_releases_are_a_warning() -> None:
    assert list(judge_versions("x", [Stats(0.1, version="2.3"), Stats(0.1, version="2.3"), Stats(0.1)])) == []
    (found,) = judge_versions("x", [Stats(0.1, version="2.3"), Stats(0.1, version="2.4")])
    assert found.mark == Mark.WARNING and "2.3, 2.4" in found.found


def test_a_bridge_without_statistics_names_the_switch(jicofo: Machine, settings: Any) -> None:
    settings.JVB_URLS = [jicofo.url]  # another server, which has no such page
    found = only(BridgesWork())
    assert found.mark == Mark.FAULT and "COLIBRI_REST_ENABLED" in found.remedy


def test_jicofo_is_asked_for_its_health_and_its_bridges(jicofo: Machine, settings: Any) -> None:
    settings.JICOFO_URL = jicofo.url
    assert only(JicofoWorks()).mark in {Mark.FINE, Mark.WARNING}
    settings.JICOFO_URL = f"http://127.0.0.1:{free_port()}"
    found = only(JicofoWorks())
    assert found.mark == Mark.FAULT and "logs --tail 50 jicofo" in found.remedy


@pytest.mark.parametrize(
    ("stats", "mark", "remedy"),
    [
        (FocusStats(0, 0, 2, 1, 1), Mark.FINE, ""),
        (FocusStats(0, 0, 0, 0, 1), Mark.WARNING, "JIBRI_XMPP_PASSWORD"),
        (FocusStats(0, 0, 2, 1, 0), Mark.FAULT, "JVB_AUTH_PASSWORD"),
    ],
)
def test_what_jicofo_counts_is_judged(stats: FocusStats, mark: Mark, remedy: str, settings: Any) -> None:
    settings.RECORDER_ENGINE = "jibri"
    found = judge_focus("x", stats)
    assert found.mark == mark and remedy in found.remedy


def test_what_is_not_configured_is_skipped(settings: Any) -> None:
    settings.JVB_URLS, settings.JICOFO_URL, settings.JITSI_HOOK_TOKEN = [], "", ""
    settings.JITSI_EVENT_SECRET = settings.JITSI_DOMAIN = ""
    for check in (BridgesWork(), JicofoWorks(), ReservationsAnswer(), EventsArrive(), KeysServed()):
        assert only(check).mark == Mark.SKIPPED


# Events, against what Prosody sees


@pytest.fixture
def hooked(settings: Any) -> Iterator[None]:
    settings.JITSI_EVENT_SECRET, settings.JITSI_HOOK_TOKEN, settings.PROSODY_URL = SECRET, TOKEN, ""
    cache.delete_many([REFUSED, REFUSED_AT])
    yield
    cache.delete_many([REFUSED, REFUSED_AT])


@pytest.fixture
def rooms(hooked: None, settings: Any) -> Iterator[Rooms]:
    """Of a Prosody that answers, and whose events went nowhere."""
    weather = Weather()
    made = Rooms(Outbox("http://127.0.0.1:1", SECRET, weather, random.Random(1)), weather)
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(made, TOKEN))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.PROSODY_URL = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


def enter(rooms: Rooms, seconds_ago: int) -> None:
    rooms.do({"do": "join", "room": "r", "person": "p"})
    for room in rooms.rooms.values():
        for occupant in room.inside.values():
            occupant["joined_at"] -= seconds_ago * 1000


def deliver(seconds_ago: float) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    HookDelivery.objects.create(source=HookSource.EVENTS, body=b"{}", received_at=at)


@pytest.mark.django_db
def test_silence_is_fine_while_nobody_is_inside(rooms: Rooms) -> None:
    found = only(EventsArrive())
    assert (found.mark, found.found) == (Mark.FINE, "none has ever come; 0 people inside")


@pytest.mark.django_db
def test_somebody_inside_of_whom_no_event_told_is_a_fault(rooms: Rooms) -> None:
    deliver(seconds_ago=7200)
    enter(rooms, seconds_ago=600)
    found = only(EventsArrive())
    assert found.mark == Mark.FAULT and "2 h ago, yet somebody entered 10 min ago" in found.found
    assert "DARASA_URL" in found.remedy


@pytest.mark.django_db
def test_events_since_whoever_came_last_are_fine(rooms: Rooms) -> None:
    enter(rooms, seconds_ago=600)
    deliver(seconds_ago=595)
    assert only(EventsArrive()).mark == Mark.FINE


@pytest.mark.django_db
def test_an_event_may_still_be_on_its_way(rooms: Rooms) -> None:
    enter(rooms, seconds_ago=20)
    assert only(EventsArrive()).mark == Mark.FINE


@pytest.mark.django_db
def test_without_prosodys_word_silence_cannot_be_judged(hooked: None, settings: Any) -> None:
    assert "PROSODY_URL" in only(EventsArrive()).remedy
    settings.PROSODY_URL = f"http://127.0.0.1:{free_port()}"
    found = only(EventsArrive())
    assert found.mark == Mark.WARNING and "snapshot" in found.remedy


@pytest.mark.django_db
def test_refused_signatures_are_counted_until_one_is_accepted(rooms: Rooms) -> None:
    for _again in range(3):
        post("another secret, as long as a secret should be")
    refused, _silence = ask(EventsArrive())
    assert refused.mark == Mark.FAULT and refused.found.startswith("3 deliveries refused")
    assert "darasa_event_secret" in refused.remedy
    post(SECRET)
    refused, _silence = ask(EventsArrive())
    assert refused.mark == Mark.WARNING


def post(secret: str) -> None:
    sent_at, body = str(round(time.time() * 1000)), b'{"events": []}'
    told = {"X-Darasa-Sent-At": sent_at, "X-Darasa-Signature": sign(secret, sent_at, body)}
    Client().post("/hooks/jitsi/events", body, content_type="application/json", headers=told)


def test_a_simulated_prosody_answers_who_is_inside(rooms: Rooms, settings: Any) -> None:
    assert only(SnapshotAnswers()).found == "answers: 0 rooms"
    settings.PROSODY_URL += "/elsewhere"
    found = only(SnapshotAnswers())
    assert found.mark == Mark.FAULT and "JITSI_HOOK_TOKEN" in found.remedy


# Our own doors, at the address by which Prosody comes


@pytest.mark.django_db
def test_the_timetable_answers_and_asks_for_the_token(hooked: None, settings: Any) -> None:
    with own_door() as settings.INNER_URL:
        assert only(ReservationsAnswer()).mark == Mark.FINE
        settings.ALLOWED_HOSTS = ["elsewhere.example"]
        refused = only(ReservationsAnswer())
    away = only(ReservationsAnswer())
    assert refused.mark == Mark.FAULT and "ALLOWED_HOSTS" in refused.remedy
    assert away.mark == Mark.FAULT and "INNER_URL" in away.remedy
    assert not HookDelivery.objects.exists()


@pytest.mark.parametrize(
    ("without", "with_token", "remedy"),
    [
        (404, 404, "closes /hooks/"),
        (401, 401, "another JITSI_HOOK_TOKEN"),
        (500, 500, "logs --tail 50 darasa-web"),
    ],
)
def test_what_is_wrong_with_that_door_is_named(without: int, with_token: int, remedy: str) -> None:
    found = judge_door("x", without, with_token)
    assert found.mark == Mark.FAULT and remedy in found.remedy


@pytest.fixture
def signing(settings: Any, tmp_path: Path) -> keys.Key:
    settings.JITSI_DOMAIN, settings.JITSI_SIGNING = "meet.example", "RS256"
    settings.JITSI_KEYS_DIR = tmp_path / "keys"
    return keys.make_key(settings.JITSI_KEYS_DIR, now=timezone.now())


@pytest.mark.django_db
def test_the_key_that_signs_is_the_one_that_is_served(signing: keys.Key, settings: Any) -> None:
    with own_door() as settings.INNER_URL:
        found = only(KeysServed())
    assert found.mark == Mark.FINE and signing.asap_name in found.about
    assert "INNER_URL" in only(KeysServed()).remedy


@pytest.mark.django_db
def test_web_processes_with_other_keys_are_a_fault(signing: keys.Key, settings: Any, tmp_path: Path) -> None:
    with own_door() as settings.INNER_URL:
        # One process for both sides here, so the server's answer is asked for under another key's name.
        stranger = keys.make_key(tmp_path / "elsewhere", now=timezone.now())
        found = KeysServed().fetch(f"{settings.INNER_URL}/jitsi/asap/{signing.asap_name}.pem", stranger)
        missing = KeysServed().fetch(f"{settings.INNER_URL}/jitsi/asap/{stranger.asap_name}.pem", stranger)
    assert found.mark == missing.mark == Mark.FAULT and "JITSI_KEYS_DIR" in found.remedy


def test_without_a_key_neither_token_nor_key_can_be_tried(
    signing: keys.Key, settings: Any, tmp_path: Path
) -> None:
    settings.JITSI_KEYS_DIR = tmp_path / "nothing"
    for check in (KeysServed(), TokenAccepted()):
        found = only(check)
        assert found.mark == Mark.FAULT and "jitsi_keys new" in found.remedy


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("Invalid signature", "JWT_APP_SECRET"),
        ("could not obtain public key", "JWT_ASAP_KEYSERVER"),
        ("'kid' claim is missing", "JWT_SIGN_TYPE"),
        ("Invalid or incorrect alg", "JWT_SIGN_TYPE"),
        ("Not acceptable by exp", "ahead"),
        ("Not acceptable by nbf", "behind"),
        ("invalid 'iss' claim", "JWT_ACCEPTED_ISSUERS"),
        ("invalid 'aud' claim", "JWT_ACCEPTED_AUDIENCES"),
        ("token required", "query"),
        ("something new", "docker compose logs"),
    ],
)
def test_each_of_prosodys_words_points_at_one_setting(words: str, remedy: str) -> None:
    assert remedy in remedy_of(words)
