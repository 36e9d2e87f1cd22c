"""What the tour finds out by itself: the next change of the clocks, names of pages, where it does not go."""

from __future__ import annotations

from datetime import date
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from scripts.tour.families import CHILD, GUARDIAN, Postbox
from scripts.tour.pages import ELSEWHERE, name_of
from scripts.tour.series import next_change

LESSON = "/lessons/772f0651-4cbf-42ff-a6b7-7bf66c1a5047"


@pytest.mark.parametrize(
    ("after", "change"),
    [
        (date(2026, 11, 21), date(2027, 3, 28)),
        (date(2027, 3, 28), date(2027, 3, 28)),
        (date(2027, 3, 29), date(2027, 10, 31)),
    ],
)
def test_the_next_change_of_the_clocks_is_found(after: date, change: date) -> None:
    assert next_change(after, ZoneInfo("Europe/Zurich")) == change


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "home"),
        (f"{LESSON}/register", "lessons-id-register"),
        (f"{LESSON.replace('lessons', 'institutions')}/notes/words/trend/ar", "institutions-id-notes-words"),
        ("/calendar/?view=month", "calendar-month"),
    ],
)
def test_a_page_is_named_after_its_address(path: str, name: str) -> None:
    assert name_of(path) == name


@pytest.mark.parametrize(
    "path", [f"{LESSON}/room", "/statistics.csv", "/calendar/abc.ics", "/api/v1/lessons"]
)
def test_files_and_the_room_are_no_pages(path: str) -> None:
    assert ELSEWHERE.search(path)


@pytest.mark.parametrize("path", [f"{LESSON}/", "/api/v1/docs", "/statistics"])
def test_pages_are(path: str) -> None:
    assert not ELSEWHERE.search(path)


@pytest.mark.parametrize(
    ("to", "subject", "counts"),
    [
        (f"Hodan Yusuf <{GUARDIAN}>", f"{CHILD} has come late to lessons", True),
        (f"Hodan Yusuf <{GUARDIAN}>", "2 lessons for your calendar", False),
        ("Kofi Mensah <student9@demo.test>", f"{CHILD} has come late to lessons", False),
    ],
)
def test_only_what_tells_the_guardian_of_the_child_is_their_note(to: str, subject: str, counts: bool) -> None:
    box, letter = Postbox(), EmailMessage()
    letter["To"], letter["Subject"] = to, subject
    box.letters.append(letter)
    assert bool(box.notes()) == counts
