"""The head plans a weekly series across a daylight-saving change; the pages must keep the clock on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scripts.headless import Visitor
from scripts.tour.ground import PICTURES, say

ZONE = ZoneInfo("Europe/Zurich")
AT, WEEKS = time(10, 15), 4
COURSE, TITLE = "Mathematics 7b", "Equations"


def schedule_across_change(head: Visitor) -> dict[str, Any]:
    """Two lessons before the change and two after it; what both pages said about them."""
    change = next_change(date.today() + timedelta(weeks=2), ZONE)
    first = change - timedelta(days=11)
    fill_form(head, first)
    planned = read_plan(head)
    head.shoot(PICTURES, "02-series-plan")
    head.page.locator("button[name=confirm]").click()
    head.page.get_by_text(f"{WEEKS} lessons are in the timetable now.").wait_for()
    kept = [read_calendar(head, moment) for moment in planned]
    clocks = {moment.astimezone(ZONE).time() for moment in (*planned, *kept)}
    offsets = [moment.utcoffset() for moment in planned]
    if (
        clocks != {AT}
        or planned != kept
        or len(set(offsets)) != 2
        or offsets != sorted(offsets, key=offsets.index)
    ):
        raise SystemExit(f"the series did not keep its clock: planned {planned}, in the calendar {kept}")
    say(f"a weekly series over {change}: {AT:%H:%M} on both sides")
    hours = sorted({offset.total_seconds() / 3600 for offset in offsets if offset is not None})
    return {"change": change.isoformat(), "lessons": len(kept), "local": f"{AT:%H:%M}", "utc_offsets": hours}


def next_change(after: date, zone: ZoneInfo) -> date:
    """The next day on which the clocks go forward or back."""
    day = after
    while _offset(day, zone) == _offset(day + timedelta(days=1), zone):
        day += timedelta(days=1)
    return day


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, time(), zone).utcoffset()


def fill_form(head: Visitor, first: date) -> None:
    head.go("/lessons/new")
    page = head.page
    page.locator("[name=course]").select_option(label=COURSE)
    page.get_by_label("Title", exact=True).fill(TITLE)
    page.locator("[name=day]").fill(first.isoformat())
    page.locator("[name=time]").fill(f"{AT:%H:%M}")
    page.locator("details.repeat summary").first.click()
    page.locator("[name=repeats]").select_option("WEEKLY")
    page.locator("[name=times]").fill(str(WEEKS))
    page.locator("[name=time_zone]").fill(ZONE.key)
    head.shoot(PICTURES, "02-series-form")
    page.locator(".schedule button[type=submit]").click()


def read_plan(head: Visitor) -> list[datetime]:
    """The moments of the list before saving. It must show them as the clocks on the wall there will."""
    rows = head.page.locator(".plan-rows > li")
    rows.first.wait_for()
    shown = [row.locator(".plan-time").inner_text() for row in rows.all()]
    if {text[:5] for text in shown} != {f"{AT:%H:%M}"}:
        raise SystemExit(f"the plan shows other clocks than were typed: {shown}")
    return [moment_of(row.locator("time").first.get_attribute("datetime")) for row in rows.all()]


def read_calendar(head: Visitor, moment: datetime) -> datetime:
    head.go(f"/calendar/?view=day&on={moment.astimezone(UTC).date()}")
    entry = head.page.locator(".entry", has_text=TITLE)
    entry.wait_for()
    return moment_of(entry.locator("time").first.get_attribute("datetime"))


def moment_of(text: str | None) -> datetime:
    return datetime.fromisoformat(text or "")
