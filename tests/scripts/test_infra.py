"""What `make infra` makes of a report."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from scripts import infra
from tests.tally import CELLS

REPORT = f"""<testsuite>
<testcase classname="tests.infra.test_static" name="a_root" time="0.5">
  <properties><property name="residency mutations refused" value="1" /><property name="cpu_seconds" value="0.25" /></properties>
</testcase>
<testcase classname="tests.infra.test_scan" name="scan" time="0"><skipped message="no scanner" /></testcase>
<testcase classname="tests.infra.test_apply" name="apply" time="90">
  <properties><property name="resources" value="211" /></properties>
</testcase>
<testcase classname="tests.recordings.test_residency" name="refused" time="1">
  <properties>
    <property name="{CELLS}" value="[['residency mutation refused', 'a copy', 2], ['HTTP', 'a page', 9]]" />
    <property name="crash_points" value="['stored']" />
  </properties>
</testcase>
<testcase classname="tests.infra.test_format" name="fmt" time="0"><skipped message="no terraform" /></testcase>
<testcase classname="tests.infra.test_modules" name="kms" time="2"><failure /></testcase>
</testsuite>"""


@pytest.fixture
def layers() -> dict[str, infra.Layer]:
    return infra.read(ElementTree.fromstring(REPORT).iter("testcase"))  # noqa: S314 - it stands above


def test_each_layer_says_what_was_tried_and_why_something_was_not(layers: dict[str, infra.Layer]) -> None:
    lines = [layer.line(name) for name, layer in layers.items()]
    assert [line[0] for line in lines] == list("ABCDEF")
    assert lines[1].endswith("0 passed, 1 skipped, 0 failed in 0 s (no scanner)")
    assert "211 resources" in lines[4]


def test_the_last_line_counts_every_mutation_of_residency(layers: dict[str, infra.Layer]) -> None:
    told = infra.summary(layers)
    assert told["residency_mutations_refused"] == 3
    assert (told["skipped"], told["failed"]) == (2, 1)


def test_a_skip_is_an_error_where_terraform_is_meant_to_run(
    layers: dict[str, infra.Layer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    assert infra.forbidden_skips(layers) == []
    (tmp_path / "terraform").touch(mode=0o755)
    assert infra.forbidden_skips(layers) == ["no terraform"]
    monkeypatch.setenv("CI", "")
    assert infra.forbidden_skips(layers) == []
