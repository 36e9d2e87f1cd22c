"""A cell's shard in a real nginx: plain HTTP from a load balancer, which has ended TLS."""

from __future__ import annotations

import http.client
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scripts.nginx import Nginx
from tests.jitsi_config.cells import HOSTS, compose_of, learnt
from tests.jitsi_config.stack import filled_tree
from tests.jitsi_config.test_nginx import (
    TOKEN,
    Upstream,
    free_ports,
    lay_out,
    listens,
    nginx,
    start,
    until,
    upstream,
)

__all__ = ["nginx", "upstream"]  # fixtures


@dataclass
class Shard:
    folder: Path
    port: int

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def ask(self, path: str, **headers: str) -> tuple[int, Any, str]:
        """As the load balancer hands it on; `_` in a header's name stands for `-`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = {"Host": HOSTS["meet"], "X-Forwarded-For": "6.6.6.6, 192.0.2.7", **said}
        connection.request("GET", path, headers=lines)
        answer = connection.getresponse()
        told = answer.status, answer.headers, answer.read().decode()
        connection.close()
        return told


@pytest.fixture(scope="module")
def shard(tmp_path_factory: pytest.TempPathFactory, nginx: Nginx, upstream: Upstream) -> Iterator[Shard]:
    folder = tmp_path_factory.mktemp("shard")
    folder.chmod(0o755)
    (folder / "regions.conf").write_text("192.0.2.0/24 mombasa;\n")
    [port] = free_ports(1)
    ports = {"NGINX_HTTP_PORT": str(port), "NGINX_BEFORE_US": "127.0.0.0/8", "NGINX_RESOLVER": "127.0.0.1"}
    ports |= {f"NGINX_{name}_UPSTREAM": f"127.0.0.1:{upstream.port}" for name in ("APP", "MEET", "XMPP")}
    lay_out(folder, nginx, filled_tree(compose_of("shard"), learnt("shard"))["services"]["nginx"], ports)
    process = start(folder, nginx.program)
    running = Shard(folder, port)
    try:
        until(lambda: process.poll() is not None or listens(port), "nginx did not start")
        assert process.poll() is None, running.log
        yield running
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=60)


def test_it_believes_the_load_balancer_about_the_last_address_only(shard: Shard) -> None:
    told = json.loads(shard.ask("/http-bind?room=x&token=t", X_Proxy_Region="moon")[2])
    assert (told["host"], told["x-forwarded-proto"]) == ("meet.jitsi", "https")
    assert (told["x-forwarded-for"], told["x-proxy-region"]) == ("192.0.2.7", "mombasa")


def test_its_pages_are_framed_by_its_own_cells_darasa_only(shard: Shard) -> None:
    status, headers, _ = shard.ask("/room-1")
    assert status == 200
    assert headers["Content-Security-Policy"] == f"frame-ancestors https://{HOSTS['app']}"
    assert headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert json.loads(shard.ask("/jitsi/branding")[2])["host"] == HOSTS["app"]


def test_it_answers_a_load_balancer_that_names_an_address_and_writes_down_no_token(shard: Shard) -> None:
    assert shard.ask("/", Host="10.64.3.4:8000")[0] == 200
    shard.ask(f"/room-2?jwt={TOKEN}", Referer=f"https://{HOSTS['app']}/join?jwt={TOKEN}")
    until(lambda: "room-2" in shard.log, "the log has the last request")
    assert "canary" not in shard.log
