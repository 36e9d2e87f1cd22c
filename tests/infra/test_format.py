"""Layer C: Terraform reads it. Formatting, and each kind of root against the provider's schemas."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.conftest import INFRA
from tests.infra.terraform import SOURCE, Terraform

ROOTS = ["live/production/eu/runtime", "live/production/eu/foundation", "bootstrap"]


def test_everything_is_formatted(terraform: Terraform) -> None:
    assert terraform.do(SOURCE, "fmt", "-check", "-recursive", "-no-color").split() == []


@pytest.mark.parametrize("root", ROOTS if INFRA else [pytest.param(ROOTS[0], marks=pytest.mark.deep)])
def test_a_root_is_valid(terraform: Terraform, tree: Path, root: str) -> None:
    terraform.init(tree / root, "-backend=false")
    assert "valid" in terraform.do(tree / root, "validate", "-no-color")
