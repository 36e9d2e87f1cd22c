"""The menu knows pages that exist, and whom they are for."""

from __future__ import annotations

import re

import pytest

from accounts.models import Institution, Role
from dashboard.desks import PLATFORM, Desk
from dashboard.navigation import ENTRIES, address_of, links_for
from tests.conftest import Cast
from tests.dashboard.test_pages import client_of

pytestmark = pytest.mark.django_db


def names_for(role: str, path: str = "/") -> list[str]:
    institution = None if role == PLATFORM else Institution(name="Here", slug="here")
    return [link.name for link in links_for(Desk(role, institution), path)]


def test_a_page_that_does_not_exist_is_left_out() -> None:
    assert address_of("a_page_of_next_year") is None
    assert all(address_of(name) or name not in {"home", "lessons"} for name in names_for(Role.HEAD))
    assert "home" in names_for(Role.HEAD)


def test_everybody_gets_their_own_menu() -> None:
    assert {"lessons", "statistics"} <= set(names_for(Role.TEACHER))
    assert "statistics" not in names_for(Role.STUDENT)
    assert "lessons" not in names_for(PLATFORM)
    assert links_for(None, "/") == []


def test_the_names_are_all_different() -> None:
    assert len({entry.name for entry in ENTRIES}) == len(ENTRIES)


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", {"home": "page"}),
        ("/lessons", {"lessons": "page"}),
        ("/lessons/new", {"lessons": "true"}),
        ("/x", {}),
    ],
)
def test_the_menu_says_where_one_is(path: str, current: dict[str, str]) -> None:
    links = links_for(Desk(Role.HEAD, Institution(name="Here", slug="here")), path)
    assert {link.name: link.current for link in links if link.current} == current


def test_the_page_marks_the_link_to_itself(cast: Cast) -> None:
    page = client_of(cast.teacher).get("/lessons").content.decode()
    assert re.search(r'<a href="/lessons" aria-current="page">Lessons</a>', page)
    assert page.index('class="skip"') < page.index("<header")


def test_before_sign_in_there_is_no_menu(cast: Cast) -> None:
    page = client_of(cast.teacher).get("/sign-out")
    assert page.status_code == 405
    assert "site-nav" not in client_of(cast.guest).get("/").content.decode()
