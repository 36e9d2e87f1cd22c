"""What `manage.py demo` would start: each command exists, reads its options, and every queue has its worker."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import celery.bin.celery
import pytest
from celery.app.utils import find_app
from celery.bin.base import CLIContext
from django.conf import settings
from django.core.management import get_commands, load_command_class
from uvicorn.main import main as uvicorn

from common.services import Child, Supervisor
from config.celery import app
from dashboard.demo.stack import simulation
from dashboard.management.commands.demo import start_children


class Listing(Supervisor):
    """Starts nothing and remembers what was asked for."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.asked: dict[str, list[str]] = {}

    def start(self, name: str, command: Sequence[str | Path], **how: Any) -> Child:
        assert name not in self.asked
        self.asked[name] = [str(word) for word in command]
        return None  # type: ignore[return-value]


def commands(env: Mapping[str, str]) -> dict[str, list[str]]:
    listing = Listing()
    start_children(listing, {**os.environ, **env}, 8000)
    return listing.asked


def read(command: list[str]) -> Mapping[str, Any]:
    """The options as the program itself understands them."""
    if command[0] == "nice":
        command = command[3:]
    python, *rest = command
    assert python == sys.executable
    if rest[0] != "-m":
        return read_manage(*rest)
    _, module, *words = rest
    if module == "uvicorn":
        return uvicorn.make_context("uvicorn", words).params
    if module == "celery":
        return read_celery(words)
    assert importlib.util.find_spec(module) is not None
    return {}


def read_manage(manage: str, name: str, *words: str) -> Mapping[str, Any]:
    assert Path(manage).is_file()
    found = load_command_class(get_commands()[name], name)
    return vars(found.create_parser("manage.py", name).parse_args(list(words)))


def read_celery(words: list[str]) -> Mapping[str, Any]:
    group = celery.bin.celery.celery
    place = next(number for number, word in enumerate(words) if word in group.commands)
    asked = group.make_context("celery", words[: place + 1])
    assert find_app(asked.params["app"]) is app
    asked.obj = CLIContext(app=app, no_color=True, workdir=None, quiet=True)
    name = words[place]
    return group.commands[name].make_context(name, words[place + 1 :], parent=asked).params


@pytest.mark.parametrize(
    ("wish", "more"),
    [
        ({}, set()),
        ({"JITSI": "simulated"}, {"streams", "jvb-local", "jvb-coast", "jicofo", "prosody"}),
    ],
)
def test_every_child_of_the_demo_is_a_program_that_reads_its_options(
    wish: dict[str, str], more: set[str], tmp_path: Path
) -> None:
    asked = commands(simulation(wish, var=tmp_path))
    assert set(asked) == {"web", "worker", "recorders", "beat", "outward", "boards", "media"} | more
    told = {name: read(command) for name, command in asked.items()}
    assert told["web"]["port"] == 8000
    queues = {queue for options in told.values() for queue in options.get("queues") or ()}
    routed = {route["queue"] for route in settings.TASK_QUEUES.values()}
    assert queues == {"celery"} | routed


def test_the_reader_refuses_what_does_not_exist() -> None:
    with pytest.raises(KeyError):
        read([sys.executable, __file__, "record_room"])
    with pytest.raises(AssertionError):
        read([sys.executable, "-m", "classroom_of_nobody"])
