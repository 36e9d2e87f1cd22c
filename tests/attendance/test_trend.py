"""Rules over weeks: what speaks for them, and what against."""

from __future__ import annotations

from dataclasses import replace

from attendance.trend import Rule, Sign, Week, find_signs

GOOD = Week(lessons=3, present=3, answer_ms=8000, answers=9, board_edits=12, class_percent=95)


def signs(*recent: Week, usual: int = 4) -> dict[str, Sign]:
    return {sign.rule: sign for sign in find_signs([*[GOOD] * usual, *recent])}


def codes(sign: Sign) -> tuple[list[str], list[str]]:
    return [one.code for one in sign.speaks_for], [one.code for one in sign.speaks_against]


def test_a_good_week_says_nothing() -> None:
    assert signs(GOOD, GOOD) == {}


def test_attendance_that_falls_is_told_with_its_numbers() -> None:
    fewer = replace(GOOD, present=1, absent=2)
    sign = signs(fewer, fewer)[Rule.ATTENDANCE]
    assert codes(sign) == (["attendance_fell", "week_after_week"], [])
    assert sign.speaks_for[0].numbers == {"before": 100, "now": 33}
    assert sign.stands


def test_where_the_whole_class_fell_nobody_did() -> None:
    fewer = replace(GOOD, present=1, absent=2, class_percent=33)
    sign = signs(fewer, fewer)[Rule.ATTENDANCE]
    assert codes(sign) == (["attendance_fell", "week_after_week"], ["class_fell_too"])
    assert not sign.stands and sign.as_json()["stands"] is False


def test_who_fell_much_further_than_the_class_is_seen_all_the_same() -> None:
    fewer = replace(GOOD, present=1, absent=2, class_percent=75)
    sign = signs(fewer, fewer)[Rule.ATTENDANCE]
    assert codes(sign)[1] == ["class_fell_too"]
    assert sign.stands


def test_reasons_against_are_weighed_where_the_class_alone_does_not_decide() -> None:
    fewer = replace(GOOD, present=1, absent=2, class_percent=75)
    sign = signs(replace(fewer, excused=1, absent=1), fewer)[Rule.ATTENDANCE]
    assert codes(sign)[1] == ["class_fell_too", "was_excused"]
    assert not sign.stands


def test_slower_answers_are_compared_with_ones_own_and_not_on_a_rough_line() -> None:
    slower = replace(GOOD, answer_ms=20_000)
    assert signs(slower, slower)[Rule.ANSWERS].stands
    rough = replace(slower, rough_links=2)
    assert not signs(rough, rough)[Rule.ANSWERS].stands
    assert Rule.ANSWERS not in signs(replace(GOOD, answer_ms=11_000), GOOD)


def test_a_board_falls_silent_only_for_who_drew_on_it_and_may_still() -> None:
    silent, closed = replace(GOOD, board_edits=0), replace(GOOD, board_edits=None)
    assert signs(silent, silent)[Rule.BOARD].stands
    assert Rule.BOARD not in signs(closed, closed)
    assert Rule.BOARD not in signs(silent, GOOD)


def test_coming_late_again_and_again_needs_no_long_history() -> None:
    late = replace(GOOD, late=2)
    assert signs(late, usual=0)[Rule.LATE].speaks_for[0].numbers == {"times": 2, "lessons": 3}
    assert Rule.LATE not in signs(replace(GOOD, late=1), usual=0)


def test_weeks_without_lessons_are_no_weeks() -> None:
    holiday = Week(lessons=0, present=0)
    assert signs(holiday, GOOD, holiday, GOOD) == {}
