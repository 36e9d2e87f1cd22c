"""`manage.py idp_check` and the head's button: plain sentences about what is wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from accounts.models import IdentityProvider
from accounts.oidc import check_provider
from accounts.oidc.border import BorderError, check_address, fetch_json
from accounts.oidc.check import say
from tests.conftest import Cast
from tests.oidc.server import RealProvider


class Crooked(ThreadingHTTPServer):
    """A small web server that says whatever a test wants: path → (status, body, headers)."""

    says: dict[str, tuple[int, bytes, dict[str, str]]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def say(self, path: str, data: Any, status: int = 200, **headers: str) -> None:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.says[path] = (status, body, headers)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Crooked)
        status, body, headers = self.server.says.get(self.path, (404, b"", {}))
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Not into the tests' output."""


@pytest.fixture
def crooked(idp: RealProvider) -> Iterator[Crooked]:
    server = Crooked(("127.0.0.1", 0), _Handler)
    server.says = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def troubles(row: IdentityProvider) -> str:
    return "\n".join(finding.sentence for finding in check_provider(row) if finding.is_trouble)


@pytest.fixture
def row(cast: Cast, idp: RealProvider) -> IdentityProvider:
    return idp.row(cast.school)


def test_a_sound_provider_has_no_troubles(row: IdentityProvider, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("idp_check", "school")
    assert "sign-in can work" in capsys.readouterr().out


def test_the_command_ends_badly_when_something_is_wrong(
    row: IdentityProvider, capsys: pytest.CaptureFixture[str]
) -> None:
    IdentityProvider.objects.update(issuer=f"{row.issuer}/")
    with pytest.raises(SystemExit) as caught:
        call_command("idp_check", "school")
    said = capsys.readouterr().out
    assert caught.value.code == 1
    assert "must be equal" in said
    assert "Only the slash" in said


def test_the_command_names_the_providers_there_are(row: IdentityProvider) -> None:
    with pytest.raises(CommandError, match="Known: school"):
        call_command("idp_check", "skool")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"code_challenge_methods_supported": ["plain"]}, "does not support PKCE with S256"),
        ({"token_endpoint": None}, "does not name its token_endpoint"),
        ({"jwks_uri": None}, "does not name its jwks_uri"),
        ({"authorization_endpoint": "http://idp.test/authorize"}, "does not begin with https"),
        ({"id_token_signing_alg_values_supported": ["HS256"]}, "signs with HS256, but only RS256"),
        ({"jwks_uri": "/nowhere"}, "cannot be read|does not begin with https"),
    ],
)
def test_each_trouble_of_a_discovery_document_has_its_sentence(
    changed: dict[str, Any], sentence: str, row: IdentityProvider, crooked: Crooked
) -> None:
    true = httpx.get(row.discovery_url).json()
    crooked.say("/d", {name: value for name, value in {**true, **changed}.items() if value is not None})
    row.discovery_url = f"{crooked.url}/d"
    assert any(one in troubles(row) for one in sentence.split("|")), troubles(row)


def test_a_clock_that_is_wrong_is_told(row: IdentityProvider, crooked: Crooked) -> None:
    crooked.say("/d", httpx.get(row.discovery_url).json(), Date="Mon, 01 Jan 2024 00:00:00 GMT")
    row.discovery_url = f"{crooked.url}/d"
    assert "seconds apart" in troubles(row)


@pytest.mark.parametrize(
    ("status", "body", "headers", "sentence"),
    [
        (200, b"<html>", {}, "no JSON object"),
        (200, b"[1]", {}, "no JSON object"),
        (200, b"[" * 100_000, {}, "no JSON object"),
        (500, b"{}", {}, "status 500"),
        (302, b"", {"Location": "http://169.254.169.254/"}, "status 302"),
        (200, b"x" * 300_000, {}, "far larger"),
    ],
)
def test_each_trouble_of_an_answer_has_its_sentence(
    status: int, body: bytes, headers: dict[str, str], sentence: str, row: IdentityProvider, crooked: Crooked
) -> None:
    crooked.say("/d", body, status, **headers)
    row.discovery_url = f"{crooked.url}/d"
    assert sentence in troubles(row)


def test_keys_that_fit_nothing_are_told(row: IdentityProvider, crooked: Crooked) -> None:
    true = httpx.get(row.discovery_url).json()
    symmetric = {"kty": "oct", "k": "eA", "kid": "a"}
    answers: list[dict[str, Any]] = [{"keys": []}, {"keys": [symmetric]}, {"other": 1}]
    for keys in answers:
        crooked.say("/keys", keys)
        crooked.say("/d", {**true, "jwks_uri": f"{crooked.url}/keys"})
        row.discovery_url = f"{crooked.url}/d"
        assert "no key with a name" in troubles(row)


def test_a_secret_that_can_no_longer_be_read_is_told(row: IdentityProvider, settings: Any) -> None:
    settings.SECRET_KEY = "another key altogether " * 4
    assert "SECRET_KEY has changed" in troubles(row)


@pytest.mark.parametrize(
    "address",
    [
        "http://idp.test/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "file:///etc/passwd",
        "ftp://idp.test/",
        "https://a@127.0.0.1/",
        "https://",
        "https://idp.test:99999/",
        "https://idp.test/\nX: y",
        "//idp.test",
        "https://[64:ff9b::7f00:1]:6379/",
        "https://[64:ff9b::7f00:1]/",
        "https://168.63.129.16/",
        "https://192.0.0.192/",
        "https://224.0.0.1/",
        "https://[ff0e::1]/",
        "https://[2002:7f00:1::]/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://1.1.1.1:6379/",
        "https://1.1.1.1:8443/",
        "https://1.1.1.1:22/",
        "https://1.1.1.1:0/",
        "",
    ],
)
def test_no_address_leads_into_the_house_on_a_real_server(address: str, settings: Any) -> None:
    settings.DARASA_DEMO = settings.DEBUG = False
    with pytest.raises(BorderError):
        check_address(address)
    with pytest.raises(BorderError):
        fetch_json(address)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://[64:ff9b::7f00:1]/", "private_address"),
        ("https://168.63.129.16/", "private_address"),
        ("https://224.0.0.1/", "private_address"),
        ("https://1.1.1.1:8443/", "bad_port"),
        ("https://1.1.1.1:6379/", "bad_port"),
        ("http://1.1.1.1/", "not_https"),
        ("https://a@1.1.1.1/", "bad_address"),
        ("https://no-such-host.invalid/", "unknown_host"),
    ],
)
def test_each_refused_address_says_why(address: str, code: str, settings: Any) -> None:
    settings.DARASA_DEMO = settings.DEBUG = settings.OIDC_PRIVATE_NETWORKS = False
    with pytest.raises(BorderError) as caught:
        check_address(address)
    assert caught.value.code == code
    assert say(caught.value, "It").startswith("It")


def test_a_school_may_open_its_private_network_but_not_plain_http(settings: Any) -> None:
    settings.DARASA_DEMO = settings.DEBUG = False
    settings.OIDC_PRIVATE_NETWORKS = True
    assert check_address("https://127.0.0.1:8443/") == ["127.0.0.1"]
    assert check_address("https://1.1.1.1/") == ["1.1.1.1"]
    for refused in ("http://127.0.0.1:8080/", "https://127.0.0.1:22/"):
        with pytest.raises(BorderError):
            check_address(refused)
