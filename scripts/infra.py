"""Try terraform/ and what stands on it, layer by layer: `make infra`. The last line is JSON.

A zones.json, roots and modules as text; B what an outside scanner finds; C Terraform reads it; D each module's tests;
E a whole cell applied against a stand-in for AWS; F Darasa drives that cell, and the policy that says how many machines
there should be. A layer whose binary is missing says so; with CI=true and terraform there, a skip is an error.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.tally import CELLS

RESIDENCY = "residency mutations refused"
A_REFUSAL = "residency mutation refused"  # as tests of Django count one
ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "var" / "infra" / "report.xml"
# It pins other versions of boto3 than ours: never in our own environment.
SCANNER = "checkov==3.3.30"
LAYERS = {
    "A static": ["tests/infra/test_static.py"],
    "B scan": ["tests/infra/test_scan.py"],
    "C format": ["tests/infra/test_format.py"],
    "D modules": ["tests/infra/test_modules.py"],
    "E apply": ["tests/infra/test_apply.py"],
    "F drives": [
        *(
            f"tests/infra/adapters/test_{what}.py"
            for what in ("boot", "jitsi_machines", "keeping", "pools", "ringing", "verdict")
        ),
        "tests/recordings/test_cell.py",
        "tests/config/test_cell.py",
        "tests/jitsi_config/test_cell_images.py",
        "tests/jitsi_config/test_cell_machines.py",
        "tests/classroom/test_capacity.py",
        "tests/classroom/test_policy.py",
        "tests/common/test_machines.py",
        "tests/recordings/test_residency.py",
        "tests/recordings/test_scaling.py",
        "tests/scripts/test_simulate_capacity.py",
    ],
}


@dataclass(slots=True)
class Layer:
    counts: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    reasons: set[str] = field(default_factory=set)
    seconds: float = 0

    def line(self, name: str) -> str:
        outcomes = ", ".join(f"{self.counts[word]} {word}" for word in ("passed", "skipped", "failed"))
        figures = "".join(f", {count} {what}" for what, count in sorted(self.figures.items()))
        reasons = f" ({'; '.join(sorted(self.reasons))})" if self.reasons else ""
        return f"{name:<11} {outcomes}{figures} in {self.seconds:.0f} s{reasons}"


def main() -> int:
    install_scanner()
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.unlink(missing_ok=True)
    files = [file for several in LAYERS.values() for file in several]
    command = [sys.executable, "-m", "pytest", "-q", f"--junit-xml={REPORT}", *files]
    code = subprocess.run(command, cwd=ROOT, env=os.environ | {"DARASA_INFRA": "1"}, check=False).returncode
    if not REPORT.exists():
        return code or 1
    layers = read(ElementTree.parse(REPORT).iter("testcase"))  # noqa: S314 - pytest has just written it
    for name, layer in layers.items():
        print(layer.line(name))
    for reason in (forbidden := forbidden_skips(layers)):
        print(f"Skipped, though terraform is there: {reason}")
    print(json.dumps(summary(layers)))
    return code or int(bool(forbidden))


def forbidden_skips(layers: Mapping[str, Layer]) -> list[str]:
    """Where everything is meant to run. The scanner is of no use without a registry, which is not ours to promise."""
    if os.environ.get("CI") != "true" or not shutil.which("terraform"):
        return []
    return sorted({reason for name, layer in layers.items() if name != "B scan" for reason in layer.reasons})


def install_scanner() -> None:
    """Once; without a registry the layer skips and says so."""
    home = ROOT / "var" / "infra" / "checkov"
    if (home / "bin" / "checkov").exists():
        return
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--clear", home], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", home / "bin" / "python", SCANNER], check=False
    )


def read(cases: Iterable[ElementTree.Element]) -> dict[str, Layer]:
    of_file = {
        file.removesuffix(".py").replace("/", "."): name for name, files in LAYERS.items() for file in files
    }
    layers: dict[str, Layer] = defaultdict(Layer, {name: Layer() for name in LAYERS})
    for case in cases:
        layer = layers[of_file[case.get("classname", "")]]
        outcome = _outcome_of(case)
        layer.counts[outcome] += 1
        layer.seconds += float(case.get("time", 0))
        layer.reasons.update(skip.get("message", "") for skip in case.iter("skipped"))
        for figure in case.iter("property"):
            layer.figures.update(_figures_in(figure.get("name", ""), figure.get("value", "")))
    return {name: _without_nothing(layer) for name, layer in layers.items()}


def _figures_in(name: str, value: str) -> Counter[str]:
    """Of what tests note, numbers and residency's mutations; not what every test notes of itself."""
    if name == CELLS:
        cells = ast.literal_eval(value)
        return Counter({RESIDENCY: sum(many for side, _, many in cells if side == A_REFUSAL)})
    return Counter({name: int(value)}) if value.isdecimal() else Counter()


def _outcome_of(case: ElementTree.Element) -> str:
    tags = {child.tag for child in case}
    return "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"


def _without_nothing(layer: Layer) -> Layer:
    layer.figures = +layer.figures
    return layer


def summary(layers: dict[str, Layer]) -> dict[str, object]:
    return {
        "layers": {
            name.split()[0]: dict(layer.counts) | dict(layer.figures) | {"seconds": round(layer.seconds, 1)}
            for name, layer in layers.items()
        },
        "residency_mutations_refused": sum(layer.figures[RESIDENCY] for layer in layers.values()),
        "skipped": sum(layer.counts["skipped"] for layer in layers.values()),
        "failed": sum(layer.counts["failed"] for layer in layers.values()),
    }


if __name__ == "__main__":
    sys.exit(main())
