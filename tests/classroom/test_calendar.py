"""Lessons as iCalendar: whatever a title holds, another program reads the same title."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from classroom.addresses import feed_token, read_feed_token, read_unsubscribe_token, unsubscribe_token
from classroom.calendar import Envelope, Meeting, make_feed, make_invitation

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENVELOPE = Envelope("Here", "darasa@here.test", 'Amina "A"\r\nATTENDEE:x', "amina@here.test")


def meeting(**changes: Any) -> Meeting:
    starts_at = changes.pop("starts_at", NOW)
    plain = {
        "lesson_id": uuid.UUID(int=7),
        "title": "Fractions",
        "course": "Mathematics 7b",
        "url": "https://darasa.test/lessons/7/",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=1),
        "sequence": 0,
        "changed_at": NOW,
        "is_cancelled": False,
    }
    return Meeting(**{**plain, **changes})


def events(ics: bytes) -> list[Any]:
    return list(Calendar.from_ical(ics).walk("VEVENT"))


@pytest.mark.parametrize(
    "title",
    [
        "Commas, semicolons; backslashes \\ and \\n",
        "two\nlines",
        "حصة الرياضيات، الكسور؛ الجزء الأول",
        "🧮 فراكشنز 👩🏽‍🏫 " * 12,
        "ä" * 200,
        "x" * 200,
        'quotes "and": colons',
        "END:VEVENT",
    ],
)
def test_a_title_comes_out_as_it_went_in(title: str) -> None:
    ics = make_feed([meeting(title=title, course=title)], name=title, time_zone="Africa/Nairobi")
    (event,) = events(ics)
    assert event["SUMMARY"] == title
    assert event["DESCRIPTION"] == f"{title}\nhttps://darasa.test/lessons/7/"
    for line in ics.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # folding never cuts a character in two
    assert b"\n" not in ics.replace(b"\r\n", b"")


def test_control_characters_are_left_out() -> None:
    (event,) = events(make_feed([meeting(title="a\x00b\x1bc\rd")], name="x\x07", time_zone="UTC"))
    assert event["SUMMARY"] == "a b c d"


@pytest.mark.parametrize(("day", "utc_hour"), [(28, 8), (29, 7)])
def test_nine_oclock_stays_nine_oclock_over_a_clock_change(day: int, utc_hour: int) -> None:
    zone = ZoneInfo("Europe/Zurich")  # forward on 29 March 2026
    (event,) = events(
        make_feed(
            [meeting(starts_at=datetime(2026, 3, day, 9, tzinfo=zone))],
            name="x",
            time_zone="Europe/Zurich",
        )
    )
    assert event["DTSTART"].dt == datetime(2026, 3, day, utc_hour, tzinfo=UTC)
    assert event["DTSTART"].dt.astimezone(zone).hour == 9
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=1)


def test_the_same_meetings_make_the_same_bytes() -> None:
    first, second = (make_feed([meeting()], name="x", time_zone="UTC") for _ in range(2))
    assert first == second


def test_one_lesson_is_a_request_and_a_cancelled_one_takes_it_back() -> None:
    method, ics = make_invitation([meeting(sequence=3)], ENVELOPE, now=NOW)
    (event,) = events(ics)
    assert (method, Calendar.from_ical(ics)["METHOD"], event["SEQUENCE"]) == ("REQUEST", "REQUEST", 3)
    assert (event["ATTENDEE"], event["ORGANIZER"]) == ("mailto:amina@here.test", "mailto:darasa@here.test")
    assert event["ATTENDEE"].params["CN"] == "Amina  A   ATTENDEE:x"
    method, ics = make_invitation([meeting(sequence=4, is_cancelled=True)], ENVELOPE, now=NOW)
    (gone,) = events(ics)
    assert (method, gone["STATUS"], gone["UID"]) == ("CANCEL", "CANCELLED", event["UID"])


def test_several_lessons_are_published_together() -> None:
    meetings = [meeting(lesson_id=uuid.uuid4(), is_cancelled=number == 2) for number in range(3)]
    method, ics = make_invitation(meetings, ENVELOPE, now=NOW)
    assert method == "PUBLISH"
    assert [event["STATUS"] for event in events(ics)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]


def test_an_address_holds_for_one_person_course_and_version() -> None:
    person, course = uuid.uuid4(), uuid.uuid4()
    address = read_feed_token(feed_token(person, course, 2))
    assert address is not None
    assert (address.person_id, address.course_id) == (person, course)
    assert (address.is_signed(2), address.is_signed(3)) == (True, False)
    whole = read_feed_token(feed_token(person, None, 2))
    assert whole is not None and whole.course_id is None


@pytest.mark.parametrize("token", ["", "x", "ä" * 70, "A" * 70, "A" * 71, "=" * 70, "/" * 70, "A" * 5000])
def test_what_is_no_address_is_none_or_not_signed(token: str) -> None:
    address = read_feed_token(token)
    assert address is None or not address.is_signed(0)


def test_each_changed_character_of_an_address_breaks_it() -> None:
    token = feed_token(uuid.uuid4(), None, 0)
    for place in range(len(token)):
        bent = token[:place] + ("B" if token[place] == "A" else "A") + token[place + 1 :]
        address = read_feed_token(bent)
        changed = address is None or not address.is_signed(0)
        # The last character has bits that no byte holds.
        assert changed or place == len(token) - 1


def test_an_unsubscribe_link_holds_for_one_person_and_kind() -> None:
    person = uuid.uuid4()
    token = unsubscribe_token(person, "reminder")
    assert read_unsubscribe_token(token) == (person, "reminder")
    assert read_unsubscribe_token(token[:-1]) is None
    assert read_unsubscribe_token("") is None
