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

from classroom.models import Fact, Lesson
from scripts.headless import Visitor
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
    setTimeout(() => this.emit("videoConferenceJoined", { roomName: options.roomName, id: "me" }), 50);
  }
  emit(name, value) { for (const listen of this.listeners[name] ?? []) listen(value); }
  addListener(name, listen) { (this.listeners[name] ??= []).push(listen); }
  addEventListener(name, listen) { this.addListener(name, listen); }
  executeCommand() {}
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
def house(transactional_db: None, tmp_path: Path, jitsi: str) -> Iterator[House]:
    extra = {"JITSI_DOMAIN": jitsi, "JITSI_APP_SECRET": SECRET}
    house = House(database=str(connection.settings_dict["NAME"]), folder=tmp_path / "house", extra=extra)
    house.collect_static()
    house.start_web()
    yield house
    house.stop()


def test_the_page_hands_jitsi_its_room_and_a_token_and_the_timeline_hears_of_it(
    cast: Cast, lesson: Lesson, board: Board, house: House, jitsi: str, browser: Browser
) -> None:
    visitor = Visitor.arrive(browser, house.url, "Amina")
    name, value = elsewhere(cookie_of, cast.amina).split("=", 1)
    visitor.context.add_cookies([{"name": name, "value": value, "url": house.url}])
    visitor.go(f"/lessons/{lesson.pk}/room")
    visitor.join()
    visitor.wait_for(lambda: visitor.page.evaluate("window.jitsiWasGiven !== undefined"), 10, "Jitsi")
    given = visitor.page.evaluate("window.jitsiWasGiven")
    assert given["domain"] == jitsi.removeprefix("http://")
    assert given["options"]["roomName"] == lesson.room.name
    claims = jwt.decode(given["options"]["jwt"], SECRET, algorithms=["HS256"], audience="jitsi")
    assert (claims["room"], claims["context"]["user"]["moderator"]) == (lesson.room.name, False)
    assert visitor.state()["engine"] == "jitsi"
    assert elsewhere(lambda: Fact.objects.filter(lesson=lesson, type="participant.joined").count()) == 1
    assert visitor.troubles == []
