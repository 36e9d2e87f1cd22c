"""All checks at once, each within its time; what breaks in one is what that one has found."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from django.utils import translation
from django.utils.functional import Promise

from common.checkup import Finding, Mark, examine_all, fault, fine, tell_age, warning


@dataclass(frozen=True)
class Asks:
    does: Callable[[], Iterator[Finding]]
    name: ClassVar[str] = "asks"
    title: ClassVar[str | Promise] = "Something"

    def examine(self) -> Iterator[Finding]:
        return self.does()


def test_each_finding_is_kept_in_order() -> None:
    def first() -> Iterator[Finding]:
        yield fine("a", "well")
        yield warning("b", "odd", "look")

    reports = examine_all([Asks(first), Asks(lambda: iter([fault("c", "broken", "mend")]))], seconds=60)
    assert [[one.about for one in report.findings] for report in reports] == [["a", "b"], ["c"]]
    assert [report.is_healthy for report in reports] == [True, False]


def test_one_that_hangs_is_a_fault_and_costs_the_others_nothing() -> None:
    release = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield fine("before", "well")
        release.wait(300)
        yield fine("after", "too late")

    stuck, other = examine_all([Asks(hangs), Asks(lambda: iter([fine("x", "well")]))], seconds=2)
    release.set()
    assert [one.about for one in stuck.findings] == ["before", "Something"]
    assert stuck.findings[-1].mark == Mark.FAULT and "no answer within 2 seconds" in stuck.findings[-1].found
    assert other.is_healthy


def test_one_that_breaks_is_a_fault_with_the_errors_name() -> None:
    def breaks() -> Iterator[Finding]:
        raise LookupError("no\nsuch thing")

    (report,) = examine_all([Asks(breaks)], seconds=60)
    assert report.findings[0].found == "LookupError: no such thing"
    assert report.findings[0].remedy


def test_a_check_speaks_the_language_of_whoever_asks() -> None:
    def speaks() -> Iterator[Finding]:
        yield fine("language", str(translation.get_language()))

    with translation.override("fr"):
        (report,) = examine_all([Asks(speaks)], seconds=60)
    assert report.findings[0].found == "fr"


def test_ages_are_told_in_one_unit() -> None:
    told = [tell_age(seconds) for seconds in (-3, 0, 119, 120, 7199, 7200, 172_800)]
    assert told == ["0 s", "0 s", "119 s", "2 min", "119 min", "2 h", "2 days"]
