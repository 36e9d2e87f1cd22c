"""`manage.py demo`: the whole of Darasa on one machine, under one parent."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from common.services import ChildError, ServiceError, Supervisor, bundled_services, http_ok
from dashboard.demo.cast import PERSONAS, shared_password
from dashboard.demo.stack import is_simulated, jibris, simulation, stand_ins, where

PYTHON = sys.executable
MANAGE = str(settings.BASE_DIR / "manage.py")


class Command(BaseCommand):
    help = "Runs Darasa with its demo school: servers, web, workers, recorders. Ctrl-C ends everything."
    requires_system_checks: list[str] = []  # the database is not known before the servers run

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sys.exit(run(self.stdout))
        except (ServiceError, ChildError) as failure:
            self.stderr.write(str(failure))
            sys.exit(1)


def run(out: Any) -> int:
    """Exit code: 0 after Ctrl-C, 1 when a child died."""
    log_dir = settings.VAR_DIR / "log"
    with bundled_services(settings.VAR_DIR) as services:
        stack = simulation(os.environ, var=settings.VAR_DIR)
        env = {**os.environ, **services.urls.environment(), "DARASA_DEMO": "1", **stack}
        if subprocess.run([PYTHON, MANAGE, "prepare_demo"], env=env, check=False).returncode:
            return 1
        with Supervisor(log_dir, watched=services.children) as supervisor:
            start_children(supervisor, env, settings.PORT)
            out.write(greeting(settings.PORT, log_dir, env))
            out.flush()
            return supervisor.run()


def start_children(supervisor: Supervisor, env: dict[str, str], port: int) -> None:
    """Web first, so that the page answers soon; then four workers (sweeps must never wait behind a long composition, a
    slow mail server or a thick book of slides), beat, the recorders' host, and stand-ins for Jitsi if it is simulated."""
    supervisor.start("web", web_command(port), env=env, ready=http_ok(f"http://127.0.0.1:{port}/healthz"))
    checked = {**env, "CELERY_SKIP_CHECKS": "1"}  # prepare_demo ran them
    celery = [PYTHON, "-m", "celery", "-A", "config", "--quiet"]
    worker = [*celery, "worker", "--pool=solo", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    supervisor.start("worker", [*worker, "-Q", "celery", "-n", "sweeps@%h"], env=checked)
    # A packet waits for a recorder in the socket's buffer; a stroke should not wait behind it.
    supervisor.start(
        "recorders", ["nice", "-n", "5", *recorders_command(env, port)], env={**env, "TZ": "UTC"}
    )
    if is_simulated(env):  # with built-in recorders, their host keeps the streams too
        supervisor.start("streams", [PYTHON, MANAGE, "keep_streams"], env={**env, "TZ": "UTC"})
    for name, command in stand_ins(env, port=port):
        supervisor.start(name, command, env=env)
    supervisor.start("beat", [*celery, "beat", "--loglevel=WARNING"], env=checked)
    supervisor.start("outward", [*worker, "-Q", "outward", "-n", "outward@%h"], env=checked)
    supervisor.start("boards", ["nice", "-n", "5", *worker, "-Q", "boards", "-n", "boards@%h"], env=checked)
    # Yesterday's lesson is composed with what today's leaves over.
    supervisor.start("media", ["nice", "-n", "10", *worker, "-Q", "media", "-n", "media@%h"], env=checked)


def web_command(port: int) -> list[str]:
    uvicorn = [PYTHON, "-m", "uvicorn", "config.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    return [
        *uvicorn,
        "--ws-max-size",
        "131072",
        "--timeout-graceful-shutdown",
        "2",
        "--no-access-log",
        "--no-server-header",
    ]


def recorders_command(env: Mapping[str, str], port: int) -> list[str]:
    """The host of the built-in recorders, or the parent of the simulated Jibris."""
    if not is_simulated(env):
        return [PYTHON, MANAGE, "record_rooms"]
    return jibris(env, port=port, recordings_dir=settings.RECORDINGS_DIR)


def greeting(port: int, log_dir: Path, env: Mapping[str, str]) -> str:
    password = shared_password()
    jitsi = settings.JITSI_DOMAIN or "none set: the built-in room carries up to six people"
    if is_simulated(env):
        jitsi = where(env)
    people = "\n".join(f"  {one.name:16} {one.role:10} {one.email}" for one in PERSONAS)
    return (
        f"\nDarasa (demo): data in {settings.VAR_DIR.name}/, delete it to start over; logs in {log_dir.name}/\n"
        f"  Jitsi  {jitsi}\n\n"
        f"  Open   http://127.0.0.1:{port}/   and choose who to be. Everybody's password: {password}\n\n"
        f"{people}\n\nCtrl-C stops everything.\n"
    )
