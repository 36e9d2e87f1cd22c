"""Our tokens, judged by the rules that Prosody's token modules apply."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from django.utils import timezone

from classroom.jitsi.tokens import claims, make_token
from classroom.models import Lesson, Standing
from tests.conftest import Cast

SECRET = "a secret of at least thirty-two characters"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def jitsi(settings: Any) -> None:
    settings.JITSI_DOMAIN, settings.JITSI_APP_SECRET = "meet.school.example", SECRET


def prosody(token: str, room: str, *, now: float) -> str:
    """What `mod_auth_token` and `token_verification` would say: "" for yes, else the reason for no."""
    header = jwt.get_unverified_header(token)
    if header.get("typ") != "JWT" or header.get("alg") != "HS256":
        return "header"
    claims = jwt.decode(
        token,
        SECRET,
        algorithms=["HS256"],
        options={"verify_aud": False, "verify_exp": False, "verify_nbf": False},
    )
    checks = {
        "iss": claims.get("iss") == "darasa",
        "aud": isinstance(claims.get("aud"), str) and claims["aud"] == "jitsi",
        "sub": claims.get("sub") == "meet.jitsi",
        "room": isinstance(claims.get("room"), str)
        and claims["room"].lower() == room.lower()
        and claims["room"] != "*",
        "exp": isinstance(claims.get("exp"), int) and claims["exp"] > now,
        "nbf": isinstance(claims.get("nbf"), int) and claims["nbf"] <= now,
        "context": all(isinstance(value, str | bool) for value in claims["context"]["user"].values()),
    }
    return next((name for name, holds in checks.items() if not holds), "")


@pytest.mark.parametrize("standing", list(Standing))
def test_prosody_takes_our_token_for_its_own_room_and_no_other(
    cast: Cast, lesson: Lesson, standing: Standing
) -> None:
    token = make_token(person=cast.amina, room=lesson.room, standing=standing, now=timezone.now())
    assert prosody(token, lesson.room.name, now=time.time()) == ""
    assert prosody(token, "another-room", now=time.time()) == "room"


def test_a_token_outlives_the_lesson_but_not_the_day(cast: Cast, lesson: Lesson) -> None:
    token = make_token(person=cast.amina, room=lesson.room, standing=Standing.STUDENT, now=timezone.now())
    assert prosody(token, lesson.room.name, now=lesson.ends_at.timestamp() + 60) == ""
    assert prosody(token, lesson.room.name, now=lesson.ends_at.timestamp() + 24 * 3600) == "exp"


@pytest.mark.parametrize("standing", list(Standing))
def test_only_staff_moderate_and_students_have_no_feature(
    cast: Cast, lesson: Lesson, standing: Standing
) -> None:
    token = make_token(person=cast.amina, room=lesson.room, standing=standing, now=timezone.now())
    context = jwt.decode(token, SECRET, algorithms=["HS256"], audience="jitsi")["context"]
    is_staff = standing in {Standing.TEACHER, Standing.CO_TEACHER}
    assert context["user"]["moderator"] is is_staff
    assert any(context["features"].values()) is is_staff
    assert context["user"].get("hidden-from-recorder", False) is (standing == Standing.OBSERVER)
    assert "email" not in context["user"]


def test_room_names_are_long_random_and_survive_every_client(lesson: Lesson) -> None:
    name = lesson.room.name
    assert len(name) >= 32
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_a_guests_name_says_so_in_jitsi_too(cast: Cast, lesson: Lesson) -> None:
    shown = {
        standing: claims(person=cast.guest, room=lesson.room, standing=standing, now=timezone.now())
        for standing in (Standing.GUEST, Standing.STUDENT)
    }
    names = {standing: one["context"]["user"]["name"] for standing, one in shown.items()}
    assert names == {Standing.GUEST: "Guest (guest)", Standing.STUDENT: "Guest"}
