"""The same room page with Jitsi as its engine, against a stand-in for `external_api.js`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.db import connection
from playwright.sync_api import Browser

from accounts.models import Person
from classroom.models import Fact, Lesson
from scripts.headless import Visitor, wave
from tests.conftest import Cast
from tests.journeys.conftest import elsewhere
from tests.processes import House
from tests.wire.conftest import cookie_of
from whiteboard.models import Board

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
SECRET = "a secret of at least thirty-two characters"
# Keeps what it was constructed with, and frames a page of its own as the real one does.
EXTERNAL_API = """
window.JitsiMeetExternalAPI = class {
  constructor(domain, options) {
    const { parentNode, ...rest } = options;
    window.jitsiWasGiven = { domain, options: rest };
    this.listeners = {};
    this.frame = document.createElement("iframe");
    this.frame.src = `http://${domain}/${options.roomName}`;
    this.frame.allow = "camera; microphone; display-capture; autoplay";
    parentNode.append(this.frame);
    window.jitsi = this;
    setTimeout(() => this.emit("videoConferenceJoined", { roomName: options.roomName, id: "me" }), 50);
  }
  emit(name, value) { for (const listen of this.listeners[name] ?? []) listen(value); }
  addListener(name, listen) { (this.listeners[name] ??= []).push(listen); }
  addEventListener(name, listen) { this.addListener(name, listen); }
  executeCommand(...said) { (window.jitsiWasTold ??= []).push(said); }
  dispose() { this.frame.remove(); }
};
"""


class StandIn(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_script = self.path == "/external_api.js"
        body = (EXTERNAL_API if is_script else "<p>Jitsi's own page").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def jitsi() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), StandIn)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings_of_house() -> dict[str, str]:
    return {}


@pytest.fixture
def house(
    transactional_db: None, tmp_path: Path, jitsi: str, settings_of_house: dict[str, str]
) -> Iterator[House]:
    extra = {"JITSI_DOMAIN": jitsi, "JITSI_APP_SECRET": SECRET, **settings_of_house}
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=extra)
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def test_the_page_hands_jitsi_its_room_and_a_token_and_the_timeline_hears_of_it(
    cast: Cast, lesson: Lesson, board: Board, house: House, jitsi: str, browser: Browser
) -> None:
    visitor = arrive(browser, house, cast.amina)
    visitor.page.clock.install()  # it runs as always, until somebody turns it forward
    visitor.go(f"/lessons/{lesson.pk}/room")
    visitor.join()
    visitor.wait_for(lambda: visitor.page.evaluate("window.jitsiWasGiven !== undefined"), 10, "Jitsi")
    given = visitor.page.evaluate("window.jitsiWasGiven")
    assert given["domain"] == jitsi.removeprefix("http://")
    assert given["options"]["roomName"] == lesson.room.name
    claims = read(given["options"]["jwt"])
    assert (claims["room"], claims["context"]["user"]["moderator"]) == (lesson.room.name, False)
    assert visitor.state()["engine"] == "jitsi"
    assert elsewhere(lambda: Fact.objects.filter(lesson=lesson, type="participant.joined").count()) == 1
    change_network(visitor)
    come_back_with_another_token(visitor, claims)
    find_out_about_the_connection(visitor)
    assert visitor.troubles == []


@pytest.mark.deep
@pytest.mark.parametrize("settings_of_house", [{"JITSI_SCRIPT_PROXIED": "1"}])
def test_a_room_without_jitsi_s_script_says_so_and_goes_on_and_has_video_once_it_can_be_had(
    cast: Cast, lesson: Lesson, board: Board, house: House, jitsi: str, browser: Browser
) -> None:
    visitor = arrive(browser, house, cast.teacher)  # no nginx stands before this house: there is no script
    visitor.go(f"/lessons/{lesson.pk}/room")
    visitor.join()
    missing = visitor.page.locator(".frame-missing")
    missing.wait_for(state="visible")
    assert "board and everything else here keep working" in missing.inner_text()
    visitor.draw(wave(0.5))
    visitor.wait_for_state(lambda state: state["items"] == 1 and state["pending"] == 0, 10, "a stroke")
    assert visitor.page.locator(".frame iframe").count() == 0
    visitor.page.route(
        f"{house.url}/external_api.js",
        lambda route: route.fulfill(body=EXTERNAL_API, content_type="text/javascript"),
    )
    missing.get_by_role("button").click()
    visitor.page.locator(".frame iframe").wait_for(state="attached")
    missing.wait_for(state="detached")
    given = visitor.page.evaluate("window.jitsiWasGiven")
    assert given["domain"] == jitsi.removeprefix("http://")
    # Chromium complains of the missing script in two sentences, and of nothing else.
    assert all("404 (Not Found)" in said or "external_api.js" in said for said in visitor.troubles)


def change_network(visitor: Visitor) -> None:
    """By hand, in the room: Jitsi is told, and the device remembers."""
    visitor.page.click(".network-menu summary")
    visitor.page.click(".network-choice:has([value=audio_only])")
    told = visitor.page.evaluate("window.jitsiWasTold")
    assert ["setAudioOnly", True] in told
    assert visitor.page.evaluate("localStorage.getItem('darasa.profile')") == "audio_only"
    visitor.page.click(".network-choice:has([value=board_only])")
    assert visitor.page.locator(".frame iframe").count() == 0
    visitor.page.click(".network-choice:has([value=normal])")
    visitor.page.locator(".frame iframe").wait_for(state="attached")
    visitor.page.keyboard.press("Escape")


def come_back_with_another_token(visitor: Visitor, before: dict[str, Any]) -> None:
    """Eight minutes pass, the token is renewed; the frame breaks, and is built anew with the younger one."""
    visitor.page.clock.fast_forward("08:05")

    def has_come_back() -> bool:
        # As often as Jitsi's own attempts would fail with the token that it was opened with.
        visitor.page.evaluate("window.jitsi.emit('errorOccurred', { isFatal: true, name: 'droppedError' })")
        visitor.page.clock.fast_forward(2_000)
        token = visitor.page.evaluate("window.jitsiWasGiven.options.jwt")
        return bool(read(token)["exp"] > before["exp"])

    visitor.wait_for(has_come_back, 20, "a frame with a younger token")
    assert visitor.page.locator(".frame iframe").count() == 1


def find_out_about_the_connection(visitor: Visitor) -> None:
    """Half a minute before a lesson: a verdict in words, whatever this machine can do just now."""
    visitor.go("/connection")
    visitor.page.get_by_role("button", name="Try camera and microphone").click()
    visitor.page.locator("#connection[data-state=done]").wait_for()
    verdict = visitor.page.locator(".connection-result").get_attribute("data-profile")
    assert verdict in {"normal", "saver", "audio_only"}
    assert visitor.page.evaluate("localStorage.getItem('darasa.profile')") == verdict
    assert visitor.page.locator(f"input[value={verdict}]").is_checked()
    visitor.wait_for(
        lambda: visitor.page.evaluate("document.querySelector('.preview video').videoWidth > 2"),
        10,
        "a preview",
    )


def read(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, SECRET, algorithms=["HS256"], audience="jitsi"))


def arrive(browser: Browser, house: House, person: Person) -> Visitor:
    visitor = Visitor.arrive(browser, house.url, person.name)
    name, value = elsewhere(cookie_of, person).split("=", 1)
    visitor.context.add_cookies([{"name": name, "value": value, "url": house.url}])
    return visitor
