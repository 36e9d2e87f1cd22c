"""A forked process is one like any other."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.forks import Forked, Nursery, nursery
from tests.patience import PATIENCE
from tests.processes import wait_until

SAYS = """
import atexit, os, sys
from django.conf import settings
atexit.register(print, "and ends")
print(__name__, sys.argv[1:], os.environ["WHO"], "HOME" in os.environ, os.getsid(0) == os.getpid(), settings.configured)
print("celery" in sys.modules, sorted(set(os.listdir("/proc/self/fd")) - set("012"))[1:], file=sys.stderr)
sys.exit(3)
"""
# All that settings decide, also where a library keeps some of them, and what of ours begins with them.
SETTLED = """
import json, logging, os
import config.asgi
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from drf_spectacular.settings import spectacular_settings
from rest_framework.settings import api_settings
from config import env
databases = {name: repr(connections[name].settings_dict) for name in connections}
kept = {name: repr(getattr(settings, name)) for name in dir(settings) if name.isupper()}
stores = {name: repr(caches.settings[name]) for name in caches}
described = {name: repr(getattr(spectacular_settings, name)) for name in settings.SPECTACULAR_SETTINGS if "HOOKS" not in name}
answered = {name: repr(getattr(api_settings, name)) for name in settings.REST_FRAMEWORK}
loggers = {name: repr(logging.getLogger(name)) for name in ["", "django", "config", "recordings", "celery"]}
rest = [str(env.VAR_DIR), sorted(settings._explicit_settings), os.environ["TZ"]]
print(json.dumps([kept, databases, stores, described, answered, loggers, rest]))
"""
WAITS = "import time; print('here', flush=True); time.sleep(1000)"


def fork(folder: Path, program: str, *words: str, **environment: str) -> Forked:
    file = Path(mkdtemp(dir=folder)) / "program.py"
    file.write_text(program)
    with (folder / "log").open("ab") as log:
        return nursery().fork([str(file), *words], environment=environment, log=log.fileno())


def said(folder: Path) -> str:
    return (folder / "log").read_text()


def told(words: str) -> Any:
    """In the last line: warnings may come before."""
    return json.loads(words.splitlines()[-1])


@pytest.mark.skipif(sys.platform != "linux", reason="open files are listed in /proc")
def test_it_has_its_words_its_environment_its_log_and_its_session_and_nothing_of_others(
    tmp_path: Path,
) -> None:
    waiting = fork(tmp_path, WAITS)
    process = fork(tmp_path, SAYS, "one", "two", WHO="Amina", PYTHONUNBUFFERED="1")
    assert process.wait(30 * PATIENCE) == 3
    heard = [line for line in said(tmp_path).splitlines() if line != "here"]
    assert heard == ["__main__ ['one', 'two'] Amina False True False", "True []", "and ends"]
    waiting.kill()


def test_a_module_is_run_as_by_m(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab") as log:
        words = ["-m", "json.tool", "--help"]
        process = nursery().fork(words, environment=dict(os.environ), log=log.fileno())
    assert process.wait(30 * PATIENCE) == 0
    assert "--json-lines" in said(tmp_path)


def test_how_it_ended_is_known_as_of_any_process_and_what_it_cost(tmp_path: Path) -> None:
    process = fork(tmp_path, WAITS)
    wait_until(lambda: "here" in said(tmp_path), 30, what="the program")
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    spent = Nursery.spent
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == process.poll() == process.returncode == -signal.SIGKILL
    assert Nursery.spent > spent
    process.terminate()  # nobody else is hit

    polite = fork(tmp_path, WAITS)
    polite.terminate()
    assert polite.wait() == -signal.SIGTERM


def test_a_fault_of_the_program_is_in_its_log(tmp_path: Path) -> None:
    assert fork(tmp_path, "1 / 0").wait(30 * PATIENCE) == 1
    assert "ZeroDivisionError" in said(tmp_path)


def test_its_settings_are_those_of_its_environment_as_if_it_had_begun_from_nothing(tmp_path: Path) -> None:
    own = {
        "DATABASE_URL": "postgres://amina@localhost:1/hers",
        "REDIS_URL": "redis://localhost:2/3",
        "PUBLIC_URL": "https://school.test",
        "SECRET_KEY": "hers " * 20,
        "DARASA_VAR": str(tmp_path),
        "LEASE_SECONDS": "7",
        "JITSI_DOMAIN": "meet.school.test",
    }
    environment = {**os.environ, **own, "PYTHONWARNINGS": "ignore"}
    process = fork(tmp_path, SETTLED, **environment)
    assert process.wait(30 * PATIENCE) == 0, said(tmp_path)
    command = [sys.executable, "-c", SETTLED]
    begun = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert told(said(tmp_path)) == told(begun.stdout)


def test_who_forks_ends_with_whom_it_forks_for(tmp_path: Path) -> None:
    code = "from tests.forks import nursery; print(nursery().process.pid, flush=True); import os; os._exit(0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    wait_until(lambda: not is_there(int(done.stdout)), 30, what="the end of who forks")


def is_there(pid: int) -> bool:
    try:
        return "(python" in (stat := Path(f"/proc/{pid}/stat").read_text()) and ") Z" not in stat
    except OSError:
        return False
