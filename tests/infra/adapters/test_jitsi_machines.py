"""Jitsi's machines in the cell that was applied: what each finds, fetches by its own role, and then tells its containers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.infra.adapters.scenes import Record
from tests.infra.adapters.test_verdict import role_of
from tests.infra.asked import Ear, refused
from tests.infra.cell import ACCOUNT, CELL, NAME, REGION, Applied
from tests.jitsi_config.cells import CELL as SCRIPTS
from tests.jitsi_config.cells import PEM, SECRETS, compose_of, copy_into
from tests.jitsi_config.stack import filled_tree

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(1800)]
ROLES = {"shard": "shard", "jvb-blue": "jvb", "jibri": "jibri", "turn": "turn"}
EACH = pytest.mark.parametrize("role", ROLES)
TOKEN = "by-this-token"


class Metadata(BaseHTTPRequestHandler):
    """What a machine is told about itself, for a token only."""

    def do_PUT(self) -> None:
        self._say(200, TOKEN if self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else "")

    def do_GET(self) -> None:
        own = {"instanceId": "i-0123", "privateIp": "10.64.3.4", "region": REGION, "accountId": ACCOUNT}
        answers = {
            "/latest/dynamic/instance-identity/document": json.dumps(own),
            "/latest/meta-data/public-ipv4": "198.51.100.7",
        }
        is_known = self.headers["X-aws-ec2-metadata-token"] == TOKEN
        self._say(200 if is_known else 401, answers[self.path] if is_known else "")

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def metadata() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Metadata) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def filled(applied: Applied) -> None:
    client = applied.client("secretsmanager")
    for name, value in SECRETS.items():
        client.put_secret_value(SecretId=f"{NAME}/{name}", SecretString=value)


def boot(applied: Applied, role: str, root: Path, metadata: str) -> subprocess.CompletedProcess[str]:
    """As darasa-cell.service does it; once, and with the role's name as its key."""
    copy_into(root, ROLES[role])
    lines = "".join(f"{name}={value}\n" for name, value in applied.told(role).items())
    (root / "etc/darasa/cell.env").write_text(lines)
    told = applied.stand_in.environment() | {
        "AWS_ACCESS_KEY_ID": key_of(role),
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
        "DARASA_ROOT": str(root),
        "PATH": os.environ["PATH"],
    }
    command = [sys.executable, str(SCRIPTS / "learn.py"), "--look", "--reader", str(os.getuid())]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)


def key_of(role: str) -> str:
    return f"machine-{role}"


@EACH
@pytest.mark.usefixtures("filled")
def test_a_jitsi_machine_learns_all_that_its_containers_want(
    role: str, applied: Applied, ear: Ear, metadata: str, tmp_path: Path
) -> None:
    done = boot(applied, role, tmp_path, metadata)
    assert (done.returncode, done.stderr) == (0, "")
    lines = (tmp_path / "run/darasa/cell.env").read_text().splitlines()
    words = dict(line.split("=", 1) for line in lines)
    assert "${" not in json.dumps(filled_tree(compose_of(ROLES[role]), words))
    asked = ear.asked_by(key_of(role), groups={})
    assert len(asked) == 1 + len(applied.told(role)["DARASA_SECRETS"].split(","))
    assert list(refused(asked, role_of(applied, role))) == []
    stranger = "jvb-blue" if role == "turn" else "turn"
    assert list(refused(asked, role_of(applied, stranger))), "any machine could have asked"


@pytest.mark.usefixtures("filled")
def test_a_relay_has_its_certificate(applied: Applied, metadata: str, tmp_path: Path) -> None:
    boot(applied, "turn", tmp_path, metadata)
    assert (tmp_path / "run/darasa/turn/turn.pem").read_text() == f"{PEM}\n"


@EACH
@pytest.mark.usefixtures("filled")
def test_a_jitsi_machine_does_not_start_on_a_swapped_manifest(
    role: str, applied: Applied, metadata: str, tmp_path: Path, record_property: Record
) -> None:
    ssm, name = applied.client("ssm"), f"/vc/{CELL}/manifest"
    own = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    swapped = own.replace(NAME, "darasa-production-af")
    ssm.put_parameter(Name=name, Value=swapped, Type="String", Overwrite=True)
    done = boot(applied, role, tmp_path, metadata)
    ssm.put_parameter(Name=name, Value=own, Type="String", Overwrite=True)
    assert done.returncode == 1
    assert "does not start" in done.stderr
    assert not (tmp_path / "run/darasa/cell.env").exists()
    record_property("residency mutations refused", 1)
