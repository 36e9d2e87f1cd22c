"""A lesson by telephone: what is offered, what the room page never holds, and the code on the wall."""

from __future__ import annotations

import base64
import json
import re
import time
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from classroom.addresses import CODE_LIFETIME, lesson_code, read_lesson_code
from classroom.models import Lesson, LessonStatus, Lobby
from tests.classroom.jitsi.prosody_rules import Prosody, affiliation
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db
SECRET = "a secret of at least thirty-two characters"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0"
JWT = re.compile(r"eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+")


@pytest.fixture
def jitsi(settings: Any) -> None:
    settings.JITSI_DOMAIN, settings.JITSI_ORIGIN = "meet.school.example", "https://meet.school.example"
    settings.JITSI_APP_SECRET = SECRET
    settings.PUBLIC_URL = "https://classroom.school.example"


def get(person: Person, path: str, agent: str = LAPTOP, **query: str) -> Any:
    return client_of(person).get(path, query, headers={"user-agent": agent})


def app_links(page: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'href="((?:org\.jitsi\.meet|intent):[^"]+)"', page)]


def lives_until(jwt: str) -> float:
    """How long Prosody would take it, in seconds from now."""
    claims = jwt.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(claims + "=="))["exp"] - time.time())


def plain(answer: Any) -> str:
    """Without what every request has of its own: its address and the token of its forms."""
    page = answer.content.decode().replace(answer.wsgi_request.path, "*")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


@pytest.mark.parametrize(("agent", "scheme"), [(IPHONE, "org.jitsi.meet"), (ANDROID, "intent")])
def test_a_phone_is_sent_to_the_page_with_its_own_link(
    cast: Cast, lesson: Lesson, jitsi: None, agent: str, scheme: str
) -> None:
    door = get(cast.amina, f"/lessons/{lesson.pk}/room", agent)
    assert door["Location"] == f"/lessons/{lesson.pk}/app"
    answer = get(cast.amina, door["Location"], agent)
    [link] = app_links(answer.content.decode())
    parts = urlsplit(link)
    assert (parts.scheme, parts.netloc, parts.path) == (scheme, "meet.school.example", f"/{lesson.room.name}")
    session = Prosody(secret=SECRET).connect(parse_qs(parts.query)["jwt"][0], now=time.time())
    assert (session.user["id"], affiliation(session)) == (str(cast.amina.pk), "member")
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert '<p class="quiet-text">This lesson is recorded. ' in answer.content.decode()
    for target in ("?video=browser", "?video=app"):
        assert f"/lessons/{lesson.pk}/room{target}" in answer.content.decode()


def test_the_teachers_link_moderates_and_carries_the_chosen_network(
    cast: Cast, lesson: Lesson, jitsi: None
) -> None:
    answer = get(cast.teacher, f"/lessons/{lesson.pk}/app", IPHONE, profile="audio_only")
    [link] = app_links(answer.content.decode())
    assert "config.startAudioOnly=true" in urlsplit(link).fragment
    session = Prosody(secret=SECRET).connect(parse_qs(urlsplit(link).query)["jwt"][0], now=time.time())
    assert affiliation(session) == "owner"


@pytest.mark.parametrize("profile", ["board_only", "x", "", "normal'\"><script>"])
def test_a_profile_that_the_app_has_not_is_the_normal_one(
    cast: Cast, lesson: Lesson, jitsi: None, profile: str
) -> None:
    answer = get(cast.amina, f"/lessons/{lesson.pk}/app", IPHONE, profile=profile)
    [link] = app_links(answer.content.decode())
    assert "config.resolution=360" in urlsplit(link).fragment


def test_a_laptop_gets_no_link_and_no_token_for_an_app_that_it_has_not(
    cast: Cast, lesson: Lesson, jitsi: None
) -> None:
    page = get(cast.amina, f"/lessons/{lesson.pk}/app").content.decode()
    assert app_links(page) == JWT.findall(page) == []


@pytest.mark.parametrize("video", ["browser", "app", ""])
@pytest.mark.parametrize("agent", [LAPTOP, ANDROID])
def test_the_room_page_never_holds_a_token_for_the_lesson(
    cast: Cast, lesson: Lesson, jitsi: None, agent: str, video: str
) -> None:
    answer = get(cast.amina, f"/lessons/{lesson.pk}/room", agent, video=video)
    page = answer.content.decode()
    assert "org.jitsi.meet" not in page
    found = JWT.findall(page)
    assert len(found) == (1 if answer.status_code == 200 and video != "app" else 0)
    assert all(0 < lives_until(jwt) <= 600 for jwt in found)


def test_the_companion_has_board_and_no_video(cast: Cast, lesson: Lesson, jitsi: None) -> None:
    page = get(cast.amina, f"/lessons/{lesson.pk}/room", ANDROID, video="app").content.decode()
    data = json.loads(
        unescape(page.split('id="page-data" type="application/json">')[1].split("</script>")[0])
    )
    assert (data["engine"], data["jitsi"]) == ("none", None)
    assert data["board_socket"].startswith("/ws/boards/")
    assert data["recorded"]["notice"].startswith("This lesson is recorded. ")


def test_without_jitsi_a_phone_stays_in_the_browser(cast: Cast, lesson: Lesson) -> None:
    assert get(cast.amina, f"/lessons/{lesson.pk}/room", ANDROID).status_code == 200
    assert get(cast.amina, f"/lessons/{lesson.pk}/app", ANDROID)["Location"] == f"/lessons/{lesson.pk}/room"


def test_the_app_opens_no_door_that_the_room_keeps_shut(cast: Cast, lesson: Lesson, jitsi: None) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(lobby=Lobby.EVERYBODY)
    path = f"/lessons/{lesson.pk}/app"
    assert get(cast.amina, path, IPHONE)["Location"] == f"/lessons/{lesson.pk}/waiting"
    later = timezone.now() + timedelta(days=1)
    Lesson.objects.filter(pk=lesson.pk).update(
        lobby=Lobby.GUESTS, starts_at=later, ends_at=later + timedelta(hours=1)
    )
    assert get(cast.bilal, path, IPHONE)["Location"] == f"/lessons/{lesson.pk}/waiting"
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.ENDED)
    assert get(cast.bilal, path, IPHONE)["Location"] == f"/lessons/{lesson.pk}/"
    assert get(cast.guardian, path, IPHONE).status_code == 403
    assert get(cast.stranger, path, IPHONE).status_code == 404


def test_the_code_on_the_wall_leads_a_signed_in_phone_to_the_door(cast: Cast, lesson: Lesson) -> None:
    page = get(cast.teacher, f"/lessons/{lesson.pk}/code").content.decode()
    [address] = re.findall(r'dir="ltr">([^<]+)</p>', page)
    path = urlsplit(address).path
    assert "data:image/svg+xml" in page
    assert JWT.findall(page) == []
    assert len(path) < 50  # a small code is read from the last row
    assert get(cast.amina, path)["Location"] == f"/lessons/{lesson.pk}/room"
    assert Client().get(path)["Location"] == f"/sign-in?next={path}"
    gone, none = (get(cast.stranger, where) for where in (path, f"/j/{'A' * 40}"))
    assert gone.status_code == none.status_code == 404
    assert plain(gone) == plain(none)


def test_only_those_who_keep_the_door_show_its_code(cast: Cast, lesson: Lesson) -> None:
    path = f"/lessons/{lesson.pk}/code"
    shown = {
        who: get(getattr(cast, who), path).status_code for who in ("teacher", "head", "amina", "guardian")
    }
    assert shown == {"teacher": 200, "head": 200, "amina": 403, "guardian": 403}
    assert get(cast.stranger, path).status_code == 404
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.ENDED)
    assert get(cast.teacher, path)["Location"] == f"/lessons/{lesson.pk}/"


def test_a_code_runs_out_and_cannot_be_changed(lesson: Lesson) -> None:
    now = timezone.now()
    code = lesson_code(lesson.pk, now=now)
    assert read_lesson_code(code, now=now + CODE_LIFETIME - timedelta(seconds=2)) == lesson.pk
    assert read_lesson_code(code, now=now + CODE_LIFETIME) is None
    for place in range(len(code)):
        other = "A" if code[place] != "A" else "B"
        assert read_lesson_code(code[:place] + other + code[place + 1 :], now=now) is None
    for wrong in ("", "x", code[:-1], code + "AA", "ü" * 40):
        assert read_lesson_code(wrong, now=now) is None
