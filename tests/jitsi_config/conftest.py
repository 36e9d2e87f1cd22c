"""One configured installation for all tests of the Compose file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.jitsi_config.stack import configure, env_of

SAID = ("--domain", "school.example", "--address", "203.0.113.10", "--region", "nairobi", "--recorders", "3")


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installation")
    done = configure(folder, *SAID, "--self-signed")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def values(installation: Path) -> dict[str, str]:
    """What `.env` says."""
    return env_of(installation)
