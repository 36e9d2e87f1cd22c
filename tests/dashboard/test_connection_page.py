"""The connection test as the server sees it: a page, and noise in bounded portions."""

from __future__ import annotations

import zlib

import pytest
from django.test import Client

from classroom.models import Lesson
from dashboard.views.connection import MOST_BYTES
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("asked", "given"), [("65536", 65_536), (str(MOST_BYTES + 1), MOST_BYTES), ("9" * 30, 1024)]
)
def test_the_sample_is_as_large_as_asked_and_never_larger(cast: Cast, asked: str, given: int) -> None:
    answer = client_of(cast.amina).get("/connection/sample", {"bytes": asked})
    assert len(answer.content) == given
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("asked", ["-1", "", "many", "1e9", "٣"])
def test_a_sample_of_no_size_is_a_small_one(cast: Cast, asked: str) -> None:
    assert len(client_of(cast.amina).get("/connection/sample", {"bytes": asked}).content) == 1024


def test_the_sample_is_noise(cast: Cast) -> None:
    content = client_of(cast.amina).get("/connection/sample", {"bytes": "65536"}).content
    assert len(zlib.compress(content)) > 0.7 * len(content)


def test_nobody_unnamed_is_handed_bytes() -> None:
    assert Client().get("/connection/sample")["Location"].startswith("/sign-in")


@pytest.mark.parametrize(
    ("following", "back"),
    [
        ("/lessons/x", "/lessons/x"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:x", "/"),
    ],
)
def test_the_page_leads_back_to_where_one_came_from_on_this_site(
    cast: Cast, following: str, back: str
) -> None:
    page = client_of(cast.amina).get("/connection", {"next": following}).content.decode()
    assert f'class="crumb" href="{back}"' in page


@pytest.mark.parametrize("who", ["amina", "teacher"])
def test_the_test_is_one_click_from_home_and_from_the_door(cast: Cast, lesson: Lesson, who: str) -> None:
    client = client_of(getattr(cast, who))
    assert 'href="/connection' in client.get("/").content.decode()
    assert "/connection?next=" in client.get(f"/lessons/{lesson.pk}/room").content.decode()
