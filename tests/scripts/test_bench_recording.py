"""What the benchmark of recordings says in the end: every line that has to be kept, and whether it is."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench_recording.lines import LINES, judged, said

FINE: dict[str, Any] = {line.key: line.most for line in LINES}


def test_the_last_line_has_each_bar_and_whether_it_is_met() -> None:
    told = said(FINE | {"seconds": 600})
    assert [(one["line"], one["most"], one["met"]) for one in told["lines"]] == [
        ("ratio", 1.25, True),
        ("after_end_60_min", 30.0, True),
        ("light_pack_mb_an_hour", 15.0, True),
        ("replay_first_load_bytes", 60_000, True),
        ("glass_to_player_s", 6.0, True),
        ("viewers_dropped", 0, True),
        ("not_whole", 0, True),
    ]
    assert (told["met"], told["missed"], told["is_short"]) == (True, [], False)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.key)
def test_one_line_that_is_missed_misses_all(line: Any) -> None:
    found = FINE | {"seconds": 600, line.key: line.most + 0.01}
    assert [one["met"] for one in judged(found)].count(False) == 1
    assert (said(found)["met"], said(found)["missed"]) == (False, [line.key])


def test_a_short_run_says_that_it_is_short() -> None:
    assert said(FINE | {"seconds": 120})["is_short"]
