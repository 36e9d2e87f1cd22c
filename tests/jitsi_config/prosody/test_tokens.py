"""Which tokens Jitsi's own Lua plugins take, claim by claim: what our signing code relies on."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.jitsi_config.prosody.jitsi import SECRET, jitsi_prosody
from tests.jitsi_config.prosody.receiver import Receiver
from tests.jitsi_config.prosody.server import DOMAIN, MUC, Focus, Lua, Prosody
from tests.jitsi_config.prosody.xmpp import Client, NotLetInError

ROOM = "class1"
GONE = object()
LET_IN = "let in"
attempts = itertools.count(1)
Claims = dict[str, Any]


def claims(**changes: Any) -> Claims:
    """Ours, changed; GONE takes a claim away, numbers in exp and nbf count from now."""
    given: Claims = {
        "iss": "darasa",
        "aud": "jitsi",
        "sub": DOMAIN,
        "room": ROOM,
        "nbf": -60,
        "exp": 600,
        "context": {"user": {"id": "p", "name": "Amina", "moderator": False}},
        **changes,
    }
    for instant in ("nbf", "exp"):
        if isinstance(given[instant], int):
            given[instant] += int(time.time())
    return {name: value for name, value in given.items() if value is not GONE}


def outcome(prosody: Prosody, token: str | None, room: str = ROOM) -> str:
    """LET_IN, or what the server said on the way."""
    query = {} if token is None else {"token": token}
    try:
        client = Client.arrive(prosody.port, DOMAIN, **query)
    except NotLetInError as refusal:
        return f"sign-in: {refusal}"
    try:
        client.join(f"{room}@{MUC}", client.jid[:8])
    except NotLetInError as refusal:
        return f"room: {refusal}"
    finally:
        client.go()
    return LET_IN


def server(folder: Any, darasa: Receiver, **options: Any) -> Iterator[Prosody]:
    prosody = jitsi_prosody(folder, darasa, asap_accepted_issuers=None, **options)
    prosody.start()
    focus = Focus(prosody.kept(Client.arrive(prosody.port, "auth.meet.test", user="focus")))
    for room in (ROOM, "class2", "[tenant]class1"):
        focus.open_room(room)
    yield prosody
    prosody.stop()


@pytest.fixture(scope="module")
def lax(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    """As the official images have it: the domain in `sub` is not looked at."""
    yield from server(tmp_path_factory.mktemp("lax"), darasa, enable_domain_verification=False)


@pytest.fixture(scope="module")
def strict(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    yield from server(tmp_path_factory.mktemp("strict"), darasa, enable_domain_verification=True)


SIGN_IN: list[tuple[str, Claims, str]] = [
    ("ours", {}, LET_IN),
    ("iss missing", {"iss": GONE}, "'iss' claim is missing"),
    ("iss of another", {"iss": "other"}, "invalid 'iss' claim"),
    ("aud missing", {"aud": GONE}, "'aud' claim is missing"),
    ("aud of another", {"aud": "other"}, LET_IN),  # the default is "*"
    ("aud a list", {"aud": ["jitsi"]}, LET_IN),  # likewise; see the test with named audiences
    ("sub missing", {"sub": GONE}, "sub claim is missing"),
    ("sub of another", {"sub": "other.test"}, LET_IN),
    ("room missing", {"room": GONE}, "room claim is missing"),
    ("room in capitals", {"room": "CLASS1"}, LET_IN),
    ("room of another", {"room": "class2"}, "Room does not match"),
    ("room for all", {"room": "*"}, LET_IN),
    ("room a prefix", {"room": "class"}, "Room does not match"),
    ("exp missing", {"exp": GONE}, LET_IN),  # never expires: never sign such a one
    ("exp over", {"exp": -1}, "Not acceptable by exp"),
    ("exp now", {"exp": 0}, "Not acceptable by exp"),
    ("exp a string", {"exp": "tomorrow"}, "exp must be number"),
    ("nbf missing", {"nbf": GONE}, LET_IN),
    ("nbf ahead", {"nbf": 30}, "Not acceptable by nbf"),
    ("nbf a string", {"nbf": "today"}, "nbf must be number"),
    ("context missing", {"context": GONE}, LET_IN),
    ("regex", {"room": "^class%d+$", "context": {"room": {"regex": True}}}, "Room does not match"),
]


@pytest.mark.parametrize(("what", "changes", "expected"), SIGN_IN, ids=[row[0] for row in SIGN_IN])
def test_claims(what: str, changes: Claims, expected: str, lax: Prosody) -> None:
    token = jwt.encode(claims(**changes), SECRET, "HS256")
    found = outcome(lax, token)
    print(f"{what}: {found}")
    assert expected in found


HEADERS: list[tuple[str, dict[str, Any], str]] = [
    ("typ missing", {"headers": {"typ": None}}, "Invalid typ"),
    ("typ of another", {"headers": {"typ": "at+jwt"}}, "Invalid typ"),
    ("HS512", {"algorithm": "HS512"}, "Invalid or incorrect alg"),
    ("none", {"algorithm": "none", "key": None}, "Invalid"),
    ("another secret", {"key": "another secret, as long as a secret should be"}, "Invalid signature"),
]


@pytest.mark.parametrize(("what", "how", "expected"), HEADERS, ids=[row[0] for row in HEADERS])
def test_headers(what: str, how: dict[str, Any], expected: str, lax: Prosody) -> None:
    token = jwt.encode(claims(), **{"key": SECRET, "algorithm": "HS256", **how})
    found = outcome(lax, token)
    print(f"{what}: {found}")
    assert expected in found


@pytest.mark.parametrize(
    ("token", "expected"), [(None, "token required"), ("", "Invalid"), ("a.b", "Invalid"), ("...", "Invalid")]
)
def test_what_is_no_token(token: str | None, expected: str, lax: Prosody) -> None:
    found = outcome(lax, token)
    print(f"{token!r}: {found}")
    assert expected in found
    assert outcome(lax, jwt.encode(claims(), SECRET, "HS256")) == LET_IN


def test_without_domain_verification_a_token_opens_the_room_of_every_tenant(lax: Prosody) -> None:
    """Why our room names are random and never shared."""
    assert outcome(lax, jwt.encode(claims(), SECRET, "HS256"), "[tenant]class1") == LET_IN


AFFILIATIONS: list[tuple[Claims, str]] = [
    ({"moderator": True}, "owner"),
    ({"moderator": "true"}, "owner"),
    ({"moderator": False}, "member"),
    ({"moderator": "yes"}, "member"),
    ({"moderator": 1}, "member"),
    ({}, "member"),
    ({"affiliation": "teacher"}, "owner"),
    ({"affiliation": "owner", "moderator": False}, "owner"),
    ({"affiliation": "student"}, "member"),
]


@pytest.mark.parametrize(("user", "expected"), AFFILIATIONS)
def test_affiliations(user: Claims, expected: str, lax: Prosody) -> None:
    token = jwt.encode(claims(context={"user": {"id": "p", **user}}), SECRET, "HS256")
    client = Client.arrive(lax.port, DOMAIN, token=token)
    client.join(f"{ROOM}@{MUC}", client.jid[:8])
    place = f"{ROOM}@{MUC}/{client.jid[:8]}"
    own = next(one for one in client.heard if one.get("from") == place)
    found = [item.get("affiliation") for item in own.iter("{http://jabber.org/protocol/muc#user}item")]
    client.go()
    print(f"{user}: {found}")
    assert found == [expected]


DOMAINS: list[tuple[str, Claims, str, str]] = [
    ("the domain", {}, ROOM, LET_IN),
    ("another domain", {"sub": "other.test"}, ROOM, "room:"),
    ("any domain", {"sub": "*"}, ROOM, LET_IN),
    ("the domain, a tenant's room", {}, "[tenant]class1", "room:"),
    ("the tenant", {"sub": "tenant"}, "[tenant]class1", LET_IN),
    ("the tenant in capitals", {"sub": "TENANT"}, "[tenant]class1", LET_IN),
    ("regex", {"room": "^class%d+$", "context": {"room": {"regex": True}}}, "class2", LET_IN),
    (
        "regex of another kind",
        {"room": r"^class\d+$", "context": {"room": {"regex": True}}},
        "class2",
        "room:",
    ),
    (
        "regex that is none",
        {"room": "[", "context": {"room": {"regex": True}}},
        "class2",
        "not a valid Lua pattern",
    ),
]


@pytest.mark.parametrize(("what", "changes", "room", "expected"), DOMAINS, ids=[row[0] for row in DOMAINS])
def test_domains(what: str, changes: Claims, room: str, expected: str, strict: Prosody) -> None:
    found = outcome(strict, jwt.encode(claims(**changes), SECRET, "HS256"), room)
    print(f"{what}: {found}")
    assert expected in found


def test_the_recorder_needs_no_token_where_its_domain_is_allowed(strict: Prosody) -> None:
    strict.recorder().join(f"{ROOM}@{MUC}", "recorder")


@pytest.fixture(scope="module")
def named_audience(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    yield from server(
        tmp_path_factory.mktemp("named"),
        darasa,
        enable_domain_verification=False,
        asap_accepted_audiences=Lua('{ "jitsi" }'),
    )


@pytest.mark.parametrize(
    ("audience", "expected"),
    [("jitsi", LET_IN), ("other", "invalid 'aud' claim"), (["jitsi"], "invalid 'aud' claim")],
)
def test_named_audiences(audience: Any, expected: str, named_audience: Prosody) -> None:
    found = outcome(named_audience, jwt.encode(claims(aud=audience), SECRET, "HS256"))
    print(f"{audience!r}: {found}")
    assert expected in found


# RS256 with keys from a directory


KEYS = {
    kid: rsa.generate_private_key(public_exponent=65537, key_size=2048) for kid in ("one", "two", "stranger")
}


@pytest.fixture(scope="module")
def asap() -> Iterator[tuple[str, list[str]]]:
    """Address of a key directory with the keys one and two; the list is what was asked for."""
    asked: list[str] = []
    files = {
        f"/asap/{hashlib.sha256(kid.encode()).hexdigest()}.pem": KEYS[kid]
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        for kid in ("one", "two")
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = files.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing on the tests' screen."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}/asap", asked
    served.shutdown()
    served.server_close()


@pytest.fixture(scope="module")
def signed(
    asap: tuple[str, list[str]], darasa: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prosody]:
    options = {"app_secret": None, "asap_key_server": asap[0], "signature_algorithm": "RS256"}
    folder = tmp_path_factory.mktemp("signed")
    yield from server(folder, darasa, enable_domain_verification=False, **options)


RS: list[tuple[str, str, dict[str, Any], str]] = [
    ("key one", "one", {"headers": {"kid": "one"}}, LET_IN),
    ("key two, rotated", "two", {"headers": {"kid": "two"}}, LET_IN),
    ("kid missing", "one", {}, "'kid' claim is missing"),
    ("kid unknown", "stranger", {"headers": {"kid": "stranger"}}, "could not obtain public key"),
    ("kid of another key", "stranger", {"headers": {"kid": "one"}}, "Invalid signature"),
    ("kid a path", "one", {"headers": {"kid": "../../etc/passwd"}}, "could not obtain public key"),
    ("RS512", "one", {"headers": {"kid": "one"}, "algorithm": "RS512"}, "Invalid or incorrect alg"),
]


@pytest.mark.parametrize(("what", "key", "how", "expected"), RS, ids=[row[0] for row in RS])
def test_keys_from_a_directory(
    what: str, key: str, how: dict[str, Any], expected: str, signed: Prosody
) -> None:
    token = jwt.encode(claims(), **{"key": KEYS[key], "algorithm": "RS256", **how})
    found = outcome(signed, token)
    print(f"{what}: {found}")
    assert expected in found


def test_a_public_key_is_no_secret(signed: Prosody) -> None:
    """HS256 with the public key as its secret: the oldest trick."""
    public = KEYS["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [json.dumps({"typ": "JWT", "alg": "HS256", "kid": "one"}).encode(), json.dumps(claims()).encode()]
    unsigned = b".".join(jwt.utils.base64url_encode(part) for part in parts)
    proof = jwt.utils.base64url_encode(
        jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(unsigned, public)
    )
    assert "only support with RS family" in outcome(signed, f"{unsigned.decode()}.{proof.decode()}")


def test_a_key_is_fetched_once(asap: tuple[str, list[str]], signed: Prosody) -> None:
    """It is kept without an end: rotate by a new kid, never by a new key under an old one."""
    token = jwt.encode(claims(), KEYS["one"], "RS256", headers={"kid": "one"})
    assert outcome(signed, token) == LET_IN
    before = len(asap[1])
    assert outcome(signed, token) == LET_IN
    assert len(asap[1]) == before
