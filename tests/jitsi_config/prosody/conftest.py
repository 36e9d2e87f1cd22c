"""One Prosody for each file of tests, and one Darasa that it tells everything."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from scripts.prosody import INSTRUCTION, find_prosody
from tests.jitsi_config.prosody.receiver import Receiver
from tests.jitsi_config.prosody.server import Focus, Prosody

numbers = itertools.count(1)


@pytest.fixture(scope="module")
def darasa() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.open()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def prosody(darasa: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prosody]:
    if not find_prosody():
        pytest.fail(INSTRUCTION)
    server = Prosody(tmp_path_factory.mktemp("prosody"), darasa)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def focus(prosody: Prosody) -> Focus:
    return prosody.focus()


@pytest.fixture
def name() -> str:
    """Of a room that no other test uses."""
    return f"lesson-{next(numbers)}"
