"""Layer D: each module's own tests, with a provider that only knows its schemas (modules/*/tests)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.terraform import SOURCE, Terraform

# What their tests refuse would lie, or be read, in another zone; others' is wrong for other reasons.
OF_RESIDENCY = ("manifest", "recordings", "residency")
MODULES = sorted(path.name for path in (SOURCE / "modules").iterdir())


def test_every_module_has_tests() -> None:
    assert [
        name for name in MODULES if not (SOURCE / f"modules/{name}/tests/{name}.tftest.hcl").exists()
    ] == []


@pytest.mark.parametrize("name", MODULES)
def test_a_module(
    terraform: Terraform, tree: Path, name: str, record_property: Callable[[str, object], None]
) -> None:
    module = tree / "modules" / name
    terraform.init(module)
    told = terraform.do(module, "test", "-no-color")
    found = re.search(r"(\d+) passed, 0 failed", told)
    assert found, told
    text = (module / "tests" / f"{name}.tftest.hcl").read_text()
    assert int(found[1]) == text.count("\nrun ")
    record_property("runs", int(found[1]))
    kind = "residency" if name in OF_RESIDENCY else "other"
    record_property(f"{kind} mutations refused", text.count("expect_failures"))
