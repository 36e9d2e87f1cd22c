"""Our tokens, judged by Prosody's rules as tests/classroom/jitsi/prosody_rules.py tells them again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import Institution, Person
from classroom.jitsi import keys, tokens
from classroom.jitsi.tokens import LONGEST, Token, UnsafeToken
from classroom.models import STAFF, Lesson, Room, Standing
from classroom.protection import OPEN, Shield
from common.ids import make_room_name
from tests.classroom.jitsi.prosody_rules import Prosody, Session, Turned, affiliation, may, presence
from tests.tiers import few_or

SECRET = "a secret of at least thirty-two characters"
EPOCH = datetime(2026, 9, 1, 8, tzinfo=UTC)
RECORDER = "recorder"
# How long it takes is not what is tried here.
OFTEN = settings(max_examples=few_or(200, few=60))
ALGORITHMS = ("HS256", "RS256")

instants = st.integers(0, 300 * 86_400).map(lambda seconds: EPOCH + timedelta(seconds=seconds))
lengths = st.integers(60, 12 * 3600).map(lambda seconds: timedelta(seconds=seconds))
# What a person or an API may have called themselves, the unusual first.
names = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "أمينة محمد",
            "نور \u202e(tseug)",
            "👩🏽‍🏫 Ms. Ada",
            "x" * 200,
            "<b>&amp;\"'",
            "a\x00\x0b\ufffeb",
            "\u2066",
        ]
    ),
    st.text(st.characters(), max_size=200),
)
shapes = st.sampled_from([*Standing, RECORDER])


@cache
def keys_folder() -> Path:
    folder = Path(mkdtemp())
    keys.make_key(folder, now=EPOCH - timedelta(days=1))
    return folder


def jitsi(algorithm: str, **more: Any) -> override_settings:
    return override_settings(
        JITSI_DOMAIN="meet.school.example",
        JITSI_ORIGIN="https://meet.school.example",
        JITSI_SIGNING=algorithm,
        JITSI_APP_SECRET=SECRET if algorithm == "HS256" else "",
        JITSI_KEYS_DIR=keys_folder(),
        **more,
    )


def key_server(name: str) -> bytes | None:
    return next((key.public_pem for key in keys.read_keys(keys_folder()) if key.asap_name == name), None)


def prosody(algorithm: str, **more: Any) -> Prosody:
    return Prosody(secret=SECRET, **more) if algorithm == "HS256" else Prosody(fetch=key_server, **more)


def make_room(starts_at: datetime = EPOCH, length: timedelta = timedelta(hours=1)) -> Room:
    lesson = Lesson(institution=Institution(language="en"), starts_at=starts_at, ends_at=starts_at + length)
    return Room(lesson=lesson, name=make_room_name())


def issue(
    make: Callable[..., Token], person: Person, room: Room, shape: str, shield: Shield, now: datetime
) -> Token:
    if shape == RECORDER:
        return tokens.make_recorder_token(room=room, now=now)
    return make(person=person, room=room, standing=Standing(shape), shield=shield, now=now)


@pytest.mark.sweep  # with more examples
@OFTEN
@given(
    name=names,
    shape=shapes,
    begun=instants,
    length=lengths,
    away=st.integers(-86_400, 86_400),
    make=st.sampled_from([tokens.make_web_token, tokens.make_app_token]),
    algorithm=st.sampled_from(ALGORITHMS),
    shield=st.builds(Shield, may_send=st.booleans(), is_recorded=st.booleans()),
)
def test_prosody_lets_everybody_into_their_own_room_as_what_they_are(
    name: str,
    shape: str,
    begun: datetime,
    length: timedelta,
    away: int,
    make: Any,
    algorithm: str,
    shield: Shield,
) -> None:
    room, now = make_room(begun, length), begun + timedelta(seconds=away)
    with jitsi(algorithm):
        token = issue(make, Person(name=name), room, shape, shield, now)
        for checks_domain in (True, False):
            server = prosody(algorithm, checks_domain=checks_domain)
            session = server.connect(token.jwt, now=now.timestamp())
            assert server.lets_in(session, room.name)
            assert not server.lets_in(session, make_room_name())
        assert (affiliation(session) == "owner") == (shape in STAFF)
        assert may(session, "recording") == may(session, "moderation") == (shape in STAFF)
        assert not may(session, "send-groupchat"), "the lesson's chat is ours"
        is_hidden = shape in {"observer", RECORDER} or not shield.is_recorded
        assert (str(session.user.get("hidden-from-recorder")) == "True") == is_hidden
        is_silent = shape != RECORDER and not shield.may_send
        assert (str(session.user.get("receive-only")) == "True") == is_silent
        assert type(session.user["id"]) is type(session.user["name"]) is str
        assert session.user["name"].strip()
        presence(session)
        with pytest.raises(Turned, match="exp"):
            server.connect(token.jwt, now=token.expires_at.timestamp())
        assert timedelta(0) < token.expires_at - now <= LONGEST


junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.lists(st.text())
)
wild = st.sampled_from(
    ["*", "", "room", ".*", "^class%d+$", "UPPER" * 6, "x" * 21, "room-" + "a" * 32, "a*" * 20]
)
SOUND: dict[str, Any] = {
    "iss": "darasa",
    "aud": "jitsi",
    "sub": "meet.jitsi",
    "room": "room-" + "a" * 32,
    "nbf": int(EPOCH.timestamp()),
    "exp": int(EPOCH.timestamp()) + 600,
    "context": {"user": {"id": "1", "name": "Amina", "moderator": False}, "features": {"recording": False}},
}
powers = st.one_of(st.booleans(), st.sampled_from(["true", "owner", "teacher", "false"]), junk)
users = st.fixed_dictionaries(
    {"id": st.just("1"), "moderator": st.booleans()},
    optional=dict.fromkeys(("name", "affiliation", "hidden-from-recorder", "lobby_bypass"), powers),
)
features = st.dictionaries(st.sampled_from(["recording", "moderation"]), powers, max_size=2)
# A sound set of claims with some of them made worse.
claim_sets = st.fixed_dictionaries(
    {},
    optional={
        "iss": junk,
        "aud": st.one_of(st.just("*"), junk),
        "sub": st.one_of(st.just("*"), junk),
        "room": st.one_of(wild, junk),
        "nbf": st.one_of(st.integers(0, 4 * 10**9), junk),
        "exp": st.one_of(st.integers(int(EPOCH.timestamp()), 4 * 10**9), junk),
        "context": st.fixed_dictionaries({"user": users, "features": features}),
    },
).map(lambda changes: {**SOUND, **changes})


@pytest.mark.sweep  # with more examples
@OFTEN
@given(claims=claim_sets, standing=st.one_of(st.none(), st.sampled_from(Standing)))
@example(claims=SOUND, standing=None)
def test_what_is_signed_at_all_is_for_one_room_for_a_while_and_gives_no_student_power(
    claims: dict[str, Any], standing: Standing | None
) -> None:
    with jitsi("HS256"):
        try:
            token = tokens.sign(claims, standing=standing, now=EPOCH)
        except UnsafeToken:
            assert claims != SOUND
            return
    server = prosody("HS256", issuer=claims["iss"], audience=claims["aud"], domain=claims["sub"].lower())
    for room in ("*", "another-room-altogether-0", ""):
        session = Session(
            claims["room"], claims["sub"], claims["context"]["user"], claims["context"]["features"]
        )
        assert not server.lets_in(session, room)
    with pytest.raises(Turned):
        server.connect(token, now=(EPOCH + LONGEST).timestamp() + 1)
    assert standing in STAFF or affiliation(session) == "member"
    assert standing in STAFF or not may(session, "recording")


@pytest.mark.parametrize(
    "change",
    [
        {"room": "*"},
        {"room": "^room-%x+$"},
        {"room": ["room-" + "a" * 32]},
        {"room": "room-1"},
        {"exp": None},
        {"exp": float("inf")},
        {"exp": True},
        {"exp": int((EPOCH + LONGEST).timestamp()) + 1},
        {"nbf": None},
        {"aud": ["jitsi"]},
        {"aud": "*"},
        {"sub": "*"},
        {"sub": ""},
        {"iss": None},
        {"context": {**SOUND["context"], "room": {"regex": True}}},
        {"context": {"user": {"id": 7}, "features": {}}},
        {"context": {"user": {"id": "7", "moderator": "true"}, "features": {}}},
        {"context": {"user": {"id": "7", "moderator": True}, "features": {}}},
        {"context": {"user": {"id": "7", "affiliation": "owner"}, "features": {}}},
        {"context": {"user": {"id": "7", "lobby_bypass": True}, "features": {}}},
        {"context": {"user": {"id": "7"}, "features": {"recording": True}}},
    ],
    ids=str,
)
def test_nobody_can_sign_what_must_not_exist(change: dict[str, Any]) -> None:
    with jitsi("HS256"):
        tokens.sign(dict(SOUND), standing=Standing.STUDENT, now=EPOCH)
        with pytest.raises(UnsafeToken):
            tokens.sign({**SOUND, **change}, standing=Standing.STUDENT, now=EPOCH)


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "room", "nbf", "exp"])
def test_nothing_may_be_left_out(claim: str) -> None:
    with jitsi("HS256"), pytest.raises(UnsafeToken):
        claims = {name: value for name, value in SOUND.items() if name != claim}
        tokens.sign(claims, standing=Standing.TEACHER, now=EPOCH)


def test_a_room_with_a_guessable_name_gets_no_token() -> None:
    room = make_room()
    room.name = "maths"
    with jitsi("HS256"), pytest.raises(UnsafeToken):
        tokens.make_web_token(
            person=Person(name="A"), room=room, standing=Standing.TEACHER, shield=OPEN, now=EPOCH
        )


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_page_gets_minutes_and_the_app_gets_the_lesson(algorithm: str) -> None:
    room = make_room()
    with jitsi(algorithm, JITSI_WEB_TOKEN_SECONDS=600):
        web, app = (
            make(person=Person(name="Amina"), room=room, standing=Standing.STUDENT, shield=OPEN, now=EPOCH)
            for make in (tokens.make_web_token, tokens.make_app_token)
        )
        assert web.expires_at == EPOCH + timedelta(minutes=10)
        assert app.expires_at == room.lesson.ends_at + timedelta(hours=1)
        server = prosody(algorithm)
        for token in (web, app):
            server.connect(token.jwt, now=EPOCH.timestamp() - 59)  # a clock that is a little behind
            with pytest.raises(Turned, match="nbf"):
                server.connect(token.jwt, now=EPOCH.timestamp() - 61)


def test_a_teacher_who_comes_days_before_gets_no_token_until_the_lesson() -> None:
    room = make_room(EPOCH + timedelta(days=7))
    with jitsi("HS256"):
        app = tokens.make_app_token(
            person=Person(name="T"), room=room, standing=Standing.TEACHER, shield=OPEN, now=EPOCH
        )
    assert app.expires_at - EPOCH == LONGEST


def test_an_address_is_never_in_a_token() -> None:
    room = make_room()
    shown = tokens.user(Person(name="Amina", email="amina@here.test"), room, Standing.STUDENT, OPEN)
    assert set(shown) == {"id", "name", "moderator"}


@pytest.mark.parametrize(
    ("language", "name", "standing", "shown"),
    [
        ("en", "Lea", Standing.GUEST, "Lea (guest)"),
        ("en", "Lea", Standing.STUDENT, "Lea"),
        ("en", "Lea\u202e", Standing.GUEST, "Lea (guest)"),
        ("en", "\x00\x1b ", Standing.STUDENT, "Without a name"),
        ("de", "Lea", Standing.GUEST, "Lea (Gast)"),
        ("en", "x" * 300, Standing.STUDENT, "x" * 200),
        ("en", "أمينة", Standing.STUDENT, "أمينة"),
    ],
)
def test_a_name_is_shown_as_it_is_and_a_guests_says_so(
    language: str, name: str, standing: Standing, shown: str
) -> None:
    room = make_room()
    room.lesson.institution.language = language
    assert tokens.shown_name(Person(name=name), room, standing) == shown


def test_room_names_are_long_random_and_survive_every_client() -> None:
    names = {make_room_name() for _ in range(100)}
    assert len(names) == 100
    assert all(tokens.ROOM_NAME.fullmatch(name) and len(name) >= 32 for name in names)
