"""Our nginx configuration in a real nginx, in front of a small upstream that says what reached it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response
from websockets.sync.client import connect
from websockets.sync.server import Server, ServerConnection, serve

from common.services.urls import free_port
from scripts.nginx import INSTRUCTION, Nginx, find_nginx
from tests.faults.programs import group_of
from tests.jitsi_config.cells import compose_of
from tests.jitsi_config.stack import FOLDER, filled, load

APP, MEET, MEDIA, TURN = (f"{label}.school.example" for label in ("classroom", "meet", "media", "turn"))
TOKEN = "eyJhbGciOiJIUzI1NiJ9.canary.signature"
IN_IMAGE = "/etc/nginx/templates/"


def until(true: Callable[[], object], what: str, *, seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < limit, what
        time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return [*found]


@dataclass
class Door:
    """A running nginx."""

    folder: Path
    http_port: int
    tls_port: int
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def socket(self, host: str, *, trusted: Path | None = None, from_: str = "") -> ssl.SSLSocket:
        context = ssl.create_default_context(
            cafile=str(trusted or self.folder / "certificates" / "fullchain.pem")
        )
        own = (from_, 0) if from_ else None
        plain = socket.create_connection(("127.0.0.1", self.tls_port), timeout=60, source_address=own)
        return context.wrap_socket(plain, server_hostname=host)

    def ask(self, host: str, path: str, *, method: str = "GET", **headers: str) -> tuple[int, Any, str]:
        """Status, headers and body; `_` in a header's name stands for `-`."""
        lines = {
            "Host": host,
            "Connection": "close",
            **{key.replace("_", "-"): val for key, val in headers.items()},
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        with self.socket(host) as channel:
            channel.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
            answer = http.client.HTTPResponse(channel, method=method)
            answer.begin()
            return answer.status, answer.headers, answer.read().decode()


class Upstream:
    """Prosody, Jitsi's web, Darasa and the store at once: tells what it was asked, echoes what sockets say."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.server: Server = serve(self._echo, "127.0.0.1", 0, process_request=self._answer)
        self.port: int = self.server.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def _told(self, request: Request) -> str:
        self.asked.append(request.path)
        return json.dumps(
            {"path": request.path, **{name.lower(): val for name, val in request.headers.raw_items()}}
        )

    def _answer(self, _: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            return None
        body = self._told(request).encode()
        if request.path == "/stream-gate" and "darasa_stream=good" not in request.headers.get("Cookie", ""):
            return Response(403, "Forbidden", Headers({"Content-Length": "0"}), b"")
        unwanted = {
            "Permissions-Policy": "interest-cohort=()",
            "X-XSS-Protection": "1",
            "X-Content-Type-Options": "x",
        }
        return Response(200, "OK", Headers({"Content-Length": str(len(body)), **unwanted}), body)

    def _echo(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        connection.send(self._told(connection.request))
        for message in connection:
            connection.send(message)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()


@pytest.fixture(scope="module")
def nginx() -> Nginx:
    found = find_nginx()
    if found is None:
        pytest.skip(INSTRUCTION)
    return found


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    yield server
    server.close()


@pytest.fixture(scope="module")
def turn() -> Iterator[int]:
    """Something that listens where coturn would, and answers in capitals."""

    def talk() -> None:
        with contextlib.suppress(OSError):
            while True:
                channel, _ = listener.accept()
                with channel:
                    channel.sendall(channel.recv(100).upper())

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


def templates_of(service: dict[str, Any]) -> dict[str, str]:
    """File that nginx's image makes → the template that lies in the container."""
    pairs = (str(volume).split(":")[:2] for volume in service["volumes"])
    return {
        target.removeprefix(IN_IMAGE).removesuffix(".template"): (FOLDER / source).read_text()
        for source, target in pairs
        if target.startswith(IN_IMAGE)
    }


def lay_out(folder: Path, nginx: Nginx, service: dict[str, Any], ports: dict[str, str]) -> None:
    """The templates filled in as nginx's image does it: only names that the container has, by our filter."""
    environment = service["environment"]
    given = {
        **environment,
        **ports,
        "NGINX_RUN_DIR": str(folder),
        "CERTIFICATES_DIR": str(folder / "certificates"),
    }
    given |= {"NGINX_REGIONS": str(folder / "regions.conf"), "NGINX_ACME_DIR": str(folder / "acme")}
    given |= {"NGINX_STREAMS_DIR": str(folder / "streams")}
    given |= {"NGINX_MIME_TYPES": nginx.mime_types, "EDGE_SUBNET": "10.99.0.0/24"}
    reads_as = "user root;\n" if os.geteuid() == 0 else ""  # pytest's folders are closed to others
    for name, template in templates_of(service).items():
        before = nginx.preamble + reads_as if name == "nginx.conf" else ""
        (folder / name).write_text(before + filled(template, given))


def start(folder: Path, program: str) -> subprocess.Popen[bytes]:
    with (folder / "log").open("ab") as log:
        command = [program, "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        return subprocess.Popen(command, stdout=log, stderr=log)


@pytest.fixture(scope="module")
def door(
    tmp_path_factory: pytest.TempPathFactory,
    nginx: Nginx,
    upstream: Upstream,
    turn: int,
    installation: Path,
    values: dict[str, str],
) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    shutil.copytree(installation / "certificates", folder / "certificates")
    (folder / "regions.conf").write_text("192.0.2.0/24 mombasa;\n127.0.0.2/32 mombasa;\n")
    (folder / "acme" / ".well-known" / "acme-challenge").mkdir(parents=True)
    (folder / "acme" / ".well-known" / "acme-challenge" / "word").write_text("the answer")
    http_port, tls_port, pages, turns, nothing = free_ports(5)
    here = f"127.0.0.1:{upstream.port}"
    names = ("NGINX_HTTP_PORT", "NGINX_TLS_PORT", "NGINX_PAGES_PORT", "NGINX_TURNS_PORT")
    ports = dict(zip(names, map(str, (http_port, tls_port, pages, turns)), strict=True))
    ports |= {f"NGINX_{name}_UPSTREAM": here for name in ("APP", "MEET", "XMPP", "MEDIA")}
    ports |= {"NGINX_TURN_UPSTREAM": f"127.0.0.1:{turn}"}
    lay_out(folder, nginx, load(values=values)["services"]["nginx"], ports)
    # One address of Jitsi's leads nowhere, so that a test sees what is written about a failure.
    of_meet = (folder / "meet.conf").read_text()
    (folder / "meet.conf").write_text(
        f"{of_meet}location = /dead {{ proxy_pass http://127.0.0.1:{nothing}; }}\n"
    )
    process = start(folder, nginx.program)
    running = Door(folder, http_port, tls_port, process)
    try:
        until(lambda: process.poll() is not None or listens(tls_port), "nginx did not start")
        assert process.poll() is None, running.log
        yield running
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=60)


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def test_nginx_accepts_the_configuration(door: Door, nginx: Nginx) -> None:
    command = [nginx.program, "-e", "stderr", "-t", "-c", str(door.folder / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "test is successful" in done.stderr, done.stderr


@pytest.mark.parametrize("where", ["one machine", "a shard"])
def test_every_word_of_the_templates_has_a_value(where: str, values: dict[str, str]) -> None:
    whole = load(values=values) if where == "one machine" else compose_of("shard")
    service = whole["services"]["nginx"]
    environment, text = service["environment"], "".join(templates_of(service).values())
    wanted = set(re.findall(r"\$\{([A-Z_]+)\}", text))
    assert wanted <= set(environment)
    included = re.findall(r"include \$\{NGINX_RUN_DIR\}/(.+);", text)
    assert {"nginx.conf", *included} == set(templates_of(service))
    passed = re.compile(environment["NGINX_ENVSUBST_FILTER"])
    assert all(passed.match(name) for name in wanted)


def test_darasa_hears_the_real_address_and_not_the_claimed_one(door: Door) -> None:
    status, _, body = door.ask(
        APP, "/lessons?next=1", X_Forwarded_For="6.6.6.6", X_Forwarded_Host="evil.example"
    )
    told = json.loads(body)
    assert status == 200
    assert (told["path"], told["host"]) == ("/lessons?next=1", APP)
    assert (told["x-forwarded-for"], told["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert "x-forwarded-host" not in told
    assert len(told["x-request-id"]) == 32


def test_a_socket_of_darasa_passes(door: Door) -> None:
    # `ws`, because the channel has its TLS already.
    with connect(f"ws://{APP}/ws/board", sock=door.socket(APP)) as client:
        assert json.loads(client.recv())["path"] == "/ws/board"
        client.send("stroke")
        assert client.recv() == "stroke"


def test_a_socket_of_jitsi_goes_straight_to_prosody_with_the_region_of_the_address(door: Door) -> None:
    url = f"ws://{MEET}/xmpp-websocket?room=x1&token={TOKEN}"
    with connect(url, sock=door.socket(MEET), additional_headers={"X-Proxy-Region": "moon"}) as client:
        told = json.loads(client.recv())
    assert told["path"] == f"/xmpp-websocket?prefix=&room=x1&token={TOKEN}"
    assert told["host"] == "meet.jitsi"
    assert told["x-proxy-region"] == "nairobi"
    assert told["x-forwarded-for"] == "127.0.0.1"


def test_an_address_that_stands_in_a_line_has_its_region_everywhere(door: Door) -> None:
    with connect(f"ws://{MEET}/xmpp-websocket", sock=door.socket(MEET, from_="127.0.0.2")) as client:
        assert json.loads(client.recv())["x-proxy-region"] == "mombasa"
    with connect(f"ws://{APP}/ws/board", sock=door.socket(APP, from_="127.0.0.2")) as client:
        assert json.loads(client.recv())["x-proxy-region"] == "mombasa"


def test_of_any_other_address_darasa_hears_nothing_and_takes_the_schools_region(door: Door) -> None:
    _, _, body = door.ask(APP, "/lessons", X_Proxy_Region="moon")
    assert "x-proxy-region" not in json.loads(body)


def test_no_token_is_ever_written_down(door: Door) -> None:
    door.ask(MEET, f"/room-1?jwt={TOKEN}", Referer=f"https://{APP}/join?jwt={TOKEN}")
    door.ask(MEET, f"/http-bind?room=x&token={TOKEN}")
    door.ask(MEDIA, f"/recordings/one.mp4?X-Amz-Signature={TOKEN}")
    status, _, _ = door.ask(MEET, f"/dead?jwt={TOKEN}")
    assert status == 502
    door.ask(APP, f"/calendar/{'k' * 60}/feed.ics")
    until(lambda: "feed.ics" in door.log, "the log has the last request")
    lines = [json.loads(line) for line in door.log.splitlines() if line.startswith("{")]
    paths = {line["path"] for line in lines}
    assert {"/room-1", "/http-bind", "/dead", "/calendar/[redacted]/feed.ics"} <= paths
    assert "canary" not in door.log
    assert "k" * 60 not in door.log


def test_hooks_are_not_there_from_outside(door: Door, upstream: Upstream) -> None:
    for path in (
        "/hooks/jitsi/events",
        "/hooks/jibri/secret/v1/status",
        "//hooks/x",
        "/x/../hooks/x",
        "/%68ooks/x",
    ):
        assert door.ask(APP, path)[0] == 404, path
    assert not [path for path in upstream.asked if "hooks" in path]


def test_pieces_of_a_stream_come_from_the_disk_for_whoever_has_a_pass(door: Door, upstream: Upstream) -> None:
    broadcast = "/streams/0b9f7c1e-1111-4222-8333-444455556666"
    shelf = door.folder / broadcast[1:]
    shelf.mkdir(parents=True)
    for name in ("top-1-000000.m4s", "top.m3u8", ".top-1.m3u8", "state.json"):
        (shelf / name).write_text("0123456789")
    good = {"Cookie": "darasa_stream=good"}
    status, headers, body = door.ask(APP, f"{broadcast}/top-1-000000.m4s?x=1", Range="bytes=2-4", **good)
    assert (status, body, headers["Content-Type"]) == (206, "234", "video/iso.segment")
    assert "immutable" in headers["Cache-Control"] and "private" in headers["Cache-Control"]
    status, headers, body = door.ask(APP, f"{broadcast}/top.m3u8", **good)
    assert (status, body, headers["Content-Type"]) == (200, "0123456789", "application/vnd.apple.mpegurl")
    assert "no-cache" in headers["Cache-Control"]
    assert door.ask(APP, f"{broadcast}/top-1-000009.m4s", **good)[0] == 404
    for cookie in ({}, {"Cookie": "darasa_stream=bad"}):
        status, _, body = door.ask(APP, f"{broadcast}/top-1-000000.m4s", **cookie)
        assert status == 404 and "0123456789" not in body
    # What is no piece never comes from the disk: Darasa itself is asked, and says what it thinks.
    for name in (".top-1.m3u8", "state.json", "../top.m3u8"):
        assert "0123456789" not in door.ask(APP, f"{broadcast}/{name}", **good)[2]
    assert door.ask(APP, "/stream-gate-inside", **good)[0] == 404


def test_jitsi_s_script_comes_from_our_own_origin(door: Door) -> None:
    status, headers, body = door.ask(APP, "/external_api.js")
    assert (status, json.loads(body)["path"]) == (200, "/external_api.js")
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert "Permissions-Policy" not in headers


def test_only_darasa_may_frame_jitsi(door: Door) -> None:
    _, headers, _ = door.ask(MEET, "/room-1")
    assert headers["Content-Security-Policy"] == f"frame-ancestors https://{APP}"
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert headers.get_all("Permissions-Policy") == ["geolocation=(), payment=(), usb=()"]
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Server" not in headers or "/" not in headers["Server"]


def test_darasa_s_own_headers_are_left_alone(door: Door) -> None:
    _, headers, _ = door.ask(APP, "/lessons")
    assert "Content-Security-Policy" not in headers
    assert headers["Permissions-Policy"] == "interest-cohort=()"


def test_tenants_are_not_there(door: Door) -> None:
    assert door.ask(MEET, "/tenant/http-bind")[0] == 404
    assert door.ask(MEET, "/tenant/xmpp-websocket")[0] == 404


def test_recordings_are_read_with_their_signature_untouched_and_written_from_inside_only(door: Door) -> None:
    status, headers, body = door.ask(
        MEDIA, "/recordings/a%20b.mp4?X-Amz-Date=1&X-Amz-Signature=2", Range="bytes=0-9"
    )
    told = json.loads(body)
    assert status == 200
    assert (told["path"], told["host"]) == ("/recordings/a%20b.mp4?X-Amz-Date=1&X-Amz-Signature=2", MEDIA)
    assert told["range"] == "bytes=0-9"
    assert "sandbox" in headers["Content-Security-Policy"]
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        assert door.ask(MEDIA, "/recordings/a.mp4", method=method, Content_Length="0")[0] == 403, method


def test_a_name_that_is_not_ours_gets_no_certificate(door: Door) -> None:
    with pytest.raises(ssl.SSLError):
        door.socket("other.example")


def test_turn_comes_through_the_same_port_by_its_name(door: Door) -> None:
    with door.socket(TURN) as channel:
        channel.sendall(b"allocate")
        assert channel.recv(100) == b"ALLOCATE"


def plain(door: Door, host: str, path: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", door.http_port, timeout=60)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    said = (answer.status, answer.headers.get("Location", ""), answer.read().decode())
    connection.close()
    return said


def test_plain_http_leads_to_https_and_answers_the_certificate_authority(door: Door) -> None:
    assert plain(door, APP, "/lessons?a=1")[:2] == (308, f"https://{APP}/lessons?a=1")
    assert plain(door, MEET, "/.well-known/acme-challenge/word")[2] == "the answer"
    assert plain(door, "127.0.0.1", "/alive")[0] == 204
    with pytest.raises(http.client.RemoteDisconnected):
        plain(door, "other.example", "/")


def served_serial(door: Door) -> str:
    with door.socket(APP, trusted=door.folder / "both.pem") as channel:
        return str((channel.getpeercert() or {})["serialNumber"])


def test_a_new_certificate_is_taken_without_a_restart_and_half_a_one_is_not(
    door: Door, nginx: Nginx, tmp_path: Path
) -> None:
    folder = door.folder / "certificates"
    hosts = ",".join(f"DNS:{host}" for host in (APP, MEET, MEDIA, TURN))
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={APP}"]
    make += [
        "-addext",
        f"subjectAltName={hosts}",
        "-keyout",
        str(tmp_path / "key"),
        "-out",
        str(tmp_path / "chain"),
    ]
    subprocess.run(make, capture_output=True, check=True)
    (door.folder / "both.pem").write_text(
        (folder / "fullchain.pem").read_text() + (tmp_path / "chain").read_text()
    )
    (tmp_path / "nginx").symlink_to(nginx.program)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "NGINX_ENVSUBST_OUTPUT_DIR": str(door.folder)}
    environment |= {"CERTIFICATES_DIR": str(folder), "CERTIFICATES_SECONDS": "0.2"}
    first = served_serial(door)
    said = tmp_path / "said"
    with said.open("wb") as log:
        watcher = subprocess.Popen(
            ["sh", "-c", f". {FOLDER}/nginx/reload-certificates.sh; wait"],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        until(lambda: sleeps(watcher.pid), "the watcher has seen the old pair")
        (folder / "fullchain.pem").write_bytes((tmp_path / "chain").read_bytes())
        until(lambda: "the old one stays" in said.read_text(), "the watcher saw a chain without its key")
        assert served_serial(door) == first
        (folder / "privkey.pem").write_bytes((tmp_path / "key").read_bytes())
        until(lambda: served_serial(door) != first, said.read_text())
    finally:
        os.killpg(watcher.pid, signal.SIGTERM)
        watcher.wait(timeout=60)


def sleeps(leader: int) -> bool:
    """Whether a `sleep` runs in the session of that process."""
    names = []
    for pid in group_of(leader):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            names.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return "sleep" in names
