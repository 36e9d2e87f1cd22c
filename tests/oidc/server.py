"""A real OpenID provider (npm `oidc-provider`) as a process of its own, and how tests speak to it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings as given
from django.test import Client

from accounts.models import IdentityProvider, Institution, Preset
from accounts.models.identity import seal_secret
from accounts.oidc import fill
from common.services import http_ok
from common.services.process import spawn, stop_all, wait_ready
from common.services.urls import free_port
from common.tls import trusted
from scripts.bootstrap import _npm_environment

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SECRET = "a secret for tests"
API = "https://api.darasa.test"


@dataclass(frozen=True, slots=True)
class RealProvider:
    """The provider behind `issuer`; `school` is its one client."""

    issuer: str

    def tell(self, what: str, **data: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.issuer}/test/{what}", json=data, timeout=5, verify=trusted())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def sign(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token with this provider's key; None takes a usual claim out."""
        return str(self.tell("sign", claims=claims, header=header or {})["token"])

    def asked(self, path: str) -> int:
        return int(httpx.get(f"{self.issuer}/test/count", timeout=5, verify=trusted()).json().get(path, 0))

    def know(self, subject: str, **claims: Any) -> None:
        self.tell("accounts", **{subject: claims})

    def row(self, institution: Institution, **fields: Any) -> IdentityProvider:
        """The row of a B2C-shaped provider, saved."""
        row = fill(IdentityProvider(institution=institution, slug="school"), Preset.UNICEF_B2C)
        usual = {
            "label": "Partners",
            "issuer": self.issuer,
            "discovery_url": f"{self.issuer}/.well-known/openid-configuration",
            "client_id": "school",
            "accepted_policies": ["B2C_1A_signin"],
            "audiences": [API],
            "role_map": {"teachers": "teacher", "*": "student"},
            "claim_map": {**row.claim_map, "roles": ["roles"]},
        }
        for name, value in {**usual, **fields}.items():
            setattr(row, name, value)
        row.secret_sealed = seal_secret(SECRET)
        row.save()
        return row

    def walk(self, client: Client, start: str, login: str, act: str = "in") -> str:
        """From our start page through the provider's pages, as a browser would; the way back, not yet walked."""
        answer = client.get(start)
        assert answer.status_code == 302, answer.content
        return self.walk_on(answer["Location"], login, act)

    def walk_on(self, url: str, login: str, act: str = "in") -> str:
        with httpx.Client(timeout=10, verify=trusted()) as browser:
            response = browser.get(url)
            while response.status_code in {302, 303}:
                target = httpx.URL(response.headers["location"])
                target = response.url.join(target)
                if not str(target).startswith(self.issuer):
                    return f"{target.path}?{target.query.decode()}"
                response = browser.get(target)
                if target.path.startswith("/test/login/"):
                    response = browser.post(target, data={"login": login, "act": act})
        raise AssertionError(f"the provider stopped with {response.status_code}: {response.text[:500]}")


@pytest.fixture(scope="session")
def oidc_server() -> Iterator[str]:
    """The issuer. It runs as long as the session; each test tells it where Darasa is."""
    environment = _npm_environment()
    modules = _modules(environment)
    port = free_port()
    node = shutil.which("node", path=environment["PATH"])
    assert node
    command = [node, str(HERE / "provider.mjs"), str(port), str(modules)]
    child = spawn("oidc", command, log=ROOT / "var" / "test" / "log" / "oidc.log")
    try:
        wait_ready(child, http_ok(f"http://127.0.0.1:{port}/test/count"), seconds=30)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop_all([child], grace_seconds=1)


def _modules(environment: dict[str, str]) -> Path:
    """`npm ci` by the committed lock file, once for each state of it."""
    files = [HERE / "package.json", HERE / "package-lock.json"]
    folder = ROOT / "var" / "test" / "oidc"
    state = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text() == state:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, folder)
    npm = shutil.which("npm", path=environment["PATH"]) or "npm"
    quiet = ["--silent", "--no-audit", "--no-fund"]
    subprocess.run([npm, "ci", *quiet], cwd=folder, env=environment, check=True)
    stamp.write_text(state)
    return folder


@pytest.fixture
def idp(oidc_server: str, settings: Any) -> Iterator[RealProvider]:
    """The provider, told where we are; http on this machine is allowed as in the demo."""
    settings.DARASA_DEMO = True
    provider = RealProvider(oidc_server)
    provider.tell("origin", origin=given.PUBLIC_URL)
    yield provider
    provider.tell("away", away=False)
