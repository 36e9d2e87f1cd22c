"""What the bench of attendance takes for the truth, and which of its lines it says are met."""

from __future__ import annotations

import json
import random

import pytest

from attendance.presence import PAGE, STREAM, Interval
from scripts.bench_attendance import bars, folding, truth


@pytest.mark.parametrize("seed", range(5))
def test_the_truth_has_both_doors_short_stays_and_errors_within_the_bars(seed: int) -> None:
    chance = random.Random(seed)
    lessons = [list(truth.live_through(chance)) for _ in range(40)]
    stays = [stay for one in lessons for stay in one]
    assert {stay.door for stay in stays} == {PAGE, STREAM}
    assert any(stay.inside.seconds < truth.SHORT[1] for stay in stays)
    whole = [[stay for stay in one if not truth.is_cut_off(stay)] for one in lessons]
    assert max(truth.error_of(one, truth.EVERYTHING, chance) for one in whole) <= 5
    for lost in truth.EVERYTHING:
        assert max(truth.error_of(one, truth.EVERYTHING - {lost}, chance) for one in lessons) <= 30


def test_what_was_never_told_and_what_never_was_are_errors_of_their_length() -> None:
    real = [truth.Stay(0, Interval(100, 400), PAGE, "left")]
    assert truth.worst_edge([Interval(98, 403)], real) == 3
    assert truth.worst_edge([], real) == 300
    assert truth.worst_edge([Interval(100, 400), Interval(900, 1000)], real) == 100


def test_everybody_has_their_line_and_did_something() -> None:
    heard = folding.hear(random.Random(1), people=3)
    assert {kind: folding.ACTS[kind] for kind in folding.ACTS} == {
        kind: [act.kind for act in heard.told[str(heard.people[0].pk)].acts].count(kind)
        for kind in folding.ACTS
    }
    lines = folding.fold_all(heard)
    assert len(lines) == 3
    assert all(verdict.seconds > 0 and 0 < (active or 0) < verdict.seconds for verdict, (active, *_) in lines)


def test_a_line_that_is_not_met_is_named_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    found = {bar.figure: bar.most for bar in bars.BARS}
    assert bars.report(found) == 0
    assert bars.report(found | {"fold_seconds": 1.01}) == 1
    *shown, last = capsys.readouterr().out.splitlines()
    told = json.loads(last)
    assert (told["ok"], told["missed"]) == (False, ["fold_seconds"])
    assert [(one["bar"], one["met"]) for one in told["how_good"]][:2] == [(1.0, False), (10.0, True)]
    assert len([line for line in shown if line.endswith(" NOT MET")]) == 1
