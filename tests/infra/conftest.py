"""Layers A and C come with `make test`; what takes minutes, with `make infra` (scripts/infra.py)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.cell import Applied, applied_cell
from tests.infra.terraform import Terraform, copy_of, find_terraform

INFRA = bool(os.environ.get("DARASA_INFRA"))
collect_ignore = [] if INFRA else ["test_scan.py", "test_modules.py", "test_apply.py", "adapters"]


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    return find_terraform(tmp_path_factory.mktemp("terraform"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of terraform/ of this file's own."""
    return copy_of(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="session")
def applied(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    with applied_cell(terraform, tmp_path_factory.mktemp("cell")) as cell:
        yield cell
