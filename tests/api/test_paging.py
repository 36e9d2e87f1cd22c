"""Cursor pages stand still while rows come and go."""

from __future__ import annotations

import pytest

from classroom import actions as lessons
from classroom.models import Course
from tests.api.conftest import asker
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/courses?page_size=2"


@pytest.fixture
def courses(cast: Cast) -> list[Course]:
    """Five, all of one title: only the id tells them apart."""
    Course.objects.filter(pk=cast.course.pk).update(title="Same")
    for _ in range(4):
        lessons.create_course(institution=cast.school, title="Same", language="en")
    return list(Course.objects.filter(institution=cast.school).order_by("pk"))


def test_pages_hold_everything_once_and_lead_back(cast: Cast, courses: list[Course]) -> None:
    ask, seen, address = asker(cast, "key"), [], ADDRESS
    page = ask("GET", address).json()
    assert page["previous"] is None
    while True:
        seen += [one["id"] for one in page["results"]]
        if page["next"] is None:
            break
        page = ask("GET", page["next"]).json()
    assert seen == [str(one.pk) for one in courses]
    back = ask("GET", page["previous"]).json()
    assert [one["id"] for one in back["results"]] == seen[2:4]
    first = ask("GET", back["previous"]).json()
    assert ([one["id"] for one in first["results"]], first["previous"]) == (seen[:2], None)


def test_rows_that_come_or_go_meanwhile_shift_nothing(cast: Cast, courses: list[Course]) -> None:
    ask = asker(cast, "key")
    page = ask("GET", ADDRESS).json()
    lessons.create_course(institution=cast.school, title="Earlier in the alphabet", language="en")
    courses[1].delete()
    following = ask("GET", page["next"]).json()
    assert [one["id"] for one in following["results"]] == [str(one.pk) for one in courses[2:4]]


def test_a_cursor_fits_its_own_list_only(cast: Cast, courses: list[Course]) -> None:
    ask = asker(cast, "key")
    cursor = ask("GET", ADDRESS).json()["next"].split("cursor=")[1].split("&")[0]
    response = ask("GET", f"/api/v1/lessons?cursor={cursor}")
    assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "cursor")
