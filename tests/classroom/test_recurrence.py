"""The rule runs in wall time; the zone comes last; both edges of daylight saving are said aloud."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classroom.recurrence import (
    MOST_OCCURRENCES,
    WEEKDAYS,
    BadRule,
    Edge,
    Expansion,
    Rule,
    days_between,
    expand,
    parse_rule,
    place,
    zone_of,
)

ZURICH, NAIROBI, NEW_YORK = (
    ZoneInfo(name) for name in ("Europe/Zurich", "Africa/Nairobi", "America/New_York")
)
HOUR = 3600


def grow(text: str, first_on: date, at: time, zone: ZoneInfo = ZURICH) -> Expansion:
    return expand(parse_rule(text), first_on=first_on, at=at, seconds=HOUR, zone=zone, holidays={})


@pytest.mark.parametrize(
    ("zone", "first_on", "hours"),
    [
        (ZURICH, date(2026, 10, 13), [8, 8, 9, 9]),  # 25 October: from +2 to +1
        (ZURICH, date(2027, 3, 16), [9, 9, 8, 8]),  # 28 March: from +1 to +2
        (NAIROBI, date(2026, 10, 13), [7, 7, 7, 7]),
        (NEW_YORK, date(2026, 10, 20), [14, 14, 15, 15]),  # 1 November: from -4 to -5
    ],
)
def test_a_weekly_lesson_stays_at_ten_when_the_clocks_change(
    zone: ZoneInfo, first_on: date, hours: list[int]
) -> None:
    found = grow("FREQ=WEEKLY;COUNT=4", first_on, time(10), zone).kept
    assert [one.starts_at.hour for one in found] == hours
    assert {one.starts_at.astimezone(zone).time() for one in found} == {time(10)}
    assert all(one.starts_at.tzinfo is UTC and one.edge == Edge.NONE for one in found)


def test_a_time_that_does_not_exist_is_moved_forward_by_the_gap() -> None:
    before, gap, after = grow("FREQ=DAILY;COUNT=3", date(2027, 3, 27), time(2, 30)).kept
    assert (before.edge, gap.edge, after.edge) == (Edge.NONE, Edge.GAP, Edge.NONE)
    assert gap.starts_at.astimezone(ZURICH).time() == time(3, 30)
    assert gap.on == date(2027, 3, 28)
    assert gap.ends_at - gap.starts_at == timedelta(hours=1)


def test_of_a_time_that_comes_twice_the_first_is_taken() -> None:
    fold = grow("FREQ=WEEKLY;COUNT=1", date(2026, 10, 25), time(2, 30)).kept[0]
    assert fold.edge == Edge.FOLD
    assert fold.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_half_hour_gap_moves_by_half_an_hour() -> None:
    moved, edge = place(datetime(2026, 10, 4, 2, 15), ZoneInfo("Australia/Lord_Howe"))
    assert edge == Edge.GAP
    assert moved.astimezone(ZoneInfo("Australia/Lord_Howe")).time() == time(2, 45)


def test_a_midnight_that_does_not_exist_stays_on_its_day() -> None:
    zone = ZoneInfo("America/Asuncion")
    moved, edge = place(datetime(2023, 10, 1, 0, 0), zone)
    assert (edge, moved.astimezone(zone)) == (Edge.GAP, datetime(2023, 10, 1, 1, 0, tzinfo=zone))


def test_holidays_are_skipped_and_named_and_still_count() -> None:
    holidays = days_between([(date(2026, 12, 21), date(2027, 1, 3), "Winter")])
    found = expand(
        parse_rule("FREQ=WEEKLY;COUNT=4"),
        first_on=date(2026, 12, 15),
        at=time(10),
        seconds=HOUR,
        zone=ZURICH,
        holidays=holidays,
    )
    assert [one.on.isoformat() for one in found.kept] == ["2026-12-15", "2027-01-05"]
    assert [(one.on.isoformat(), one.holiday) for one in found.skipped] == [
        ("2026-12-22", "Winter"),
        ("2026-12-29", "Winter"),
    ]
    assert [one.on for one in found.in_order] == sorted(one.on for one in found.in_order)


@pytest.mark.parametrize(
    ("text", "first_on", "days"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=4", date(2026, 11, 26), [26, 7, 10, 21]),
        ("FREQ=MONTHLY;BYDAY=2TU;COUNT=3", date(2026, 11, 10), [10, 8, 12]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", date(2026, 11, 1), [27, 25]),
        ("FREQ=DAILY;INTERVAL=3;UNTIL=20261110", date(2026, 11, 1), [1, 4, 7, 10]),
        ("RRULE:FREQ=WEEKLY;COUNT=1", date(2026, 11, 1), [1]),
    ],
)
def test_what_a_rule_means(text: str, first_on: date, days: list[int]) -> None:
    assert [one.on.day for one in grow(text, first_on, time(9)).kept] == days


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_rule"),
        ("FREQ=YEARLY;COUNT=2", "bad_rule"),
        ("FREQ=SECONDLY;COUNT=2", "bad_rule"),
        ("FREQ=WEEKLY", "unbounded"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20261231", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=0", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=-1", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=٣", "bad_rule"),
        ("FREQ=DAILY;COUNT=10000", "too_many"),
        ("FREQ=DAILY;COUNT=99999999999", "bad_rule"),
        ("FREQ=DAILY;UNTIL=20270901", "too_many"),
        ("FREQ=WEEKLY;UNTIL=20991231", "too_long"),
        ("FREQ=MONTHLY;COUNT=60", "too_long"),
        ("FREQ=WEEKLY;UNTIL=20201231", "no_occurrences"),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=3", "no_occurrences"),
        ("FREQ=WEEKLY;UNTIL=20261340", "bad_rule"),
        ("FREQ=WEEKLY;UNTIL=20261231T100000Z", "bad_rule"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "bad_rule"),
        ("FREQ=WEEKLY;BYDAY=2MO;COUNT=2", "bad_rule"),
        ("FREQ=WEEKLY;BYDAY=MO,MO;COUNT=2", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=2;BYSETPOS=1", "bad_rule"),
        ("FREQ=WEEKLY;COUNT=2\x00", "bad_rule"),
    ],
)
def test_a_rule_that_cannot_be_a_series_is_refused(text: str, code: str) -> None:
    with pytest.raises(BadRule) as refused:
        grow(text, date(2026, 11, 24), time(10))
    assert refused.value.code == code


@pytest.mark.parametrize("seconds", [0, -60, 12 * HOUR + 1])
def test_a_length_that_no_lesson_has_is_refused(seconds: int) -> None:
    with pytest.raises(BadRule, match="bad_length"):
        expand(
            Rule("DAILY", count=1),
            first_on=date(2026, 1, 1),
            at=time(9),
            seconds=seconds,
            zone=ZURICH,
            holidays={},
        )


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "a\x00b", "x" * 300]
)
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(BadRule, match="unknown_zone"):
        zone_of(name)


def test_the_end_of_time_is_too_long() -> None:
    with pytest.raises(BadRule, match="too_long"):
        grow("FREQ=DAILY;COUNT=3", date(9999, 12, 30), time(23))


rules = st.builds(
    Rule,
    frequency=st.sampled_from(["DAILY", "WEEKLY"]),
    interval=st.integers(1, 3),
    by_day=st.just(()),
    count=st.integers(1, 34),
)
days_of_school = st.dates(date(2024, 1, 1), date(2035, 12, 31))
zones = st.sampled_from(
    ["Europe/Zurich", "Africa/Nairobi", "America/New_York", "Australia/Lord_Howe", "Asia/Gaza"]
)


@given(rules, days_of_school, st.times().map(lambda at: at.replace(microsecond=0)), zones)
def test_the_wall_time_is_kept_but_for_gaps_and_no_day_comes_twice(
    rule: Rule, first_on: date, at: time, zone_name: str
) -> None:
    zone = ZoneInfo(zone_name)
    found = expand(rule, first_on=first_on, at=at, seconds=HOUR, zone=zone, holidays={}).kept
    assert len(found) == rule.count
    assert len({one.on for one in found}) == len({one.starts_at for one in found}) == rule.count
    for one in found:
        local = one.starts_at.astimezone(zone).replace(tzinfo=None)
        if one.edge == Edge.GAP:
            assert timedelta() < local - datetime.combine(one.on, at) <= timedelta(hours=1)
        else:
            assert local == datetime.combine(one.on, at)


@given(rules, days_of_school, st.sets(st.integers(0, 100)))
def test_holidays_take_away_and_never_add(rule: Rule, first_on: date, free: set[int]) -> None:
    holidays = {first_on + timedelta(days=number): "Free" for number in free}
    bare = expand(rule, first_on=first_on, at=time(9), seconds=HOUR, zone=ZURICH, holidays={})
    found = expand(rule, first_on=first_on, at=time(9), seconds=HOUR, zone=ZURICH, holidays=holidays)
    assert [one.on for one in found.in_order] == [one.on for one in bare.kept]
    assert not {one.on for one in found.kept} & holidays.keys()
    assert {one.on for one in found.skipped} <= holidays.keys()


@given(
    st.builds(
        Rule,
        frequency=st.just("WEEKLY"),
        interval=st.integers(1, 9),
        by_day=st.sets(st.sampled_from(WEEKDAYS)).map(lambda days: tuple(sorted(days, key=WEEKDAYS.index))),
        count=st.none() | st.integers(1, MOST_OCCURRENCES),
    ),
    days_of_school,
)
def test_a_rule_is_read_as_it_was_written(rule: Rule, until: date) -> None:
    whole = rule if rule.count else rule.ending(until)
    assert parse_rule(whole.text) == whole
