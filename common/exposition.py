"""Numbers as Prometheus reads them: its text format 0.0.4. No clock, no database."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Sample:
    value: float
    labels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """`help` is for whoever reads it without us: English, one line."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: Sequence[Sample]


def expose(metrics: Iterable[Metric]) -> str:
    return "".join(_lines_of(metric) for metric in metrics)


def _lines_of(metric: Metric) -> str:
    head = f"# HELP {metric.name} {_escape(metric.help)}\n# TYPE {metric.name} {metric.kind}\n"
    return head + "".join(f"{metric.name}{_labels(one)} {_number(one.value)}\n" for one in metric.samples)


def _labels(sample: Sample) -> str:
    if not sample.labels:
        return ""
    quoted = (f'{name}="{_escape(value, quotes=True)}"' for name, value in sorted(sample.labels.items()))
    return "{" + ",".join(quoted) + "}"


def _escape(text: str, *, quotes: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quotes else text


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return f"{value:g}" if abs(value) < 1e6 and value != int(value) else repr(float(value)).removesuffix(".0")
