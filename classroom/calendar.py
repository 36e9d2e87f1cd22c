"""Lessons as iCalendar (RFC 5545, 5546), made by the `icalendar` library.

All times are UTC instants: each lesson is an event of its own, so there is no rule to unfold in a zone, and every
calendar shows them in its owner's zone, on both sides of a clock change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from icalendar import Calendar, Event, vCalAddress, vText

PRODUCT = "-//Darasa//Classroom//EN"
REFRESH = timedelta(hours=1)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Meeting:
    """One lesson as a calendar shows it; `sequence` grows with each change, the `lesson_id` stays."""

    lesson_id: UUID
    title: str
    course: str
    url: str
    starts_at: datetime
    ends_at: datetime
    sequence: int
    changed_at: datetime
    is_cancelled: bool


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who asks whom; the guest is the reader, and nobody else's address is ever in a calendar."""

    organizer_name: str
    organizer_email: str
    guest_name: str
    guest_email: str


def make_feed(meetings: Iterable[Meeting], *, name: str, time_zone: str) -> bytes:
    """A calendar to subscribe to. The same meetings make the same bytes."""
    calendar = _new_calendar("PUBLISH")
    calendar.add("X-WR-CALNAME", vText(_plain(name)))
    calendar.add("X-WR-TIMEZONE", vText(time_zone))
    calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vText("PT1H"))
    for meeting in meetings:
        calendar.add_component(_event(meeting, stamp=meeting.changed_at))
    return _bytes_of(calendar)


def make_invitation(meetings: list[Meeting], envelope: Envelope, *, now: datetime) -> tuple[str, bytes]:
    """`(method, calendar)`. One meeting is a REQUEST or a CANCEL. Several are PUBLISHed, because a mail program
    reads only the first event of a request (RFC 5546 has one UID in each)."""
    method = "PUBLISH"
    if len(meetings) == 1:
        method = "CANCEL" if meetings[0].is_cancelled else "REQUEST"
    calendar = _new_calendar(method)
    for meeting in meetings:
        event = _event(meeting, stamp=now)
        event.add("ORGANIZER", _address(envelope.organizer_email, envelope.organizer_name))
        if method != "PUBLISH":
            event.add("ATTENDEE", _guest(envelope), encode=False)
        calendar.add_component(event)
    return method, _bytes_of(calendar)


def _bytes_of(calendar: Calendar) -> bytes:
    written: bytes = calendar.to_ical()
    return written


def _new_calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


def _event(meeting: Meeting, *, stamp: datetime) -> Event:
    event = Event()
    event.add("UID", f"{meeting.lesson_id}@darasa")
    event.add("DTSTAMP", _utc(stamp))
    event.add("LAST-MODIFIED", _utc(meeting.changed_at))
    event.add("SEQUENCE", meeting.sequence)
    event.add("SUMMARY", _plain(meeting.title))
    event.add("DESCRIPTION", f"{_plain(meeting.course)}\n{meeting.url}")
    event.add("DTSTART", _utc(meeting.starts_at))
    event.add("DTEND", _utc(meeting.ends_at))
    event.add("URL", meeting.url)
    event.add("STATUS", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    return event


def _guest(envelope: Envelope) -> vCalAddress:
    guest = _address(envelope.guest_email, envelope.guest_name)
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
    guest.params["RSVP"] = vText("FALSE")
    return guest


def _address(email: str, name: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    # A parameter knows no escape for quotes and line ends.
    address.params["CN"] = vText(re.sub(r'["\r\n]+', " ", _plain(name)))
    return address


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _plain(text: str) -> str:
    """Without control characters, which RFC 5545 has no way to write."""
    return CONTROL.sub(" ", text)
