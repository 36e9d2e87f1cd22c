"""`make bench-presence`: how right the register is when people meet in Jitsi.

Starts its own PostgreSQL, Redis, web process, workers and beat, and the simulated Prosody, which knows when everybody
really came and went. Three lessons at once, each with 60 people who come, lose the connection and come again, and
go one by one: in the first every event is delivered, doubled, late and out of order; in the second a fifth of them is lost
besides; in the third the whole stream of events is lost, and only asking Prosody every 30 seconds is left. The last line
is JSON.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from common.services import Supervisor, bundled_services, http_ok
from common.services.urls import free_port

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = int(os.environ.get("BENCH_PEOPLE", "60"))
LESSON_SECONDS = int(os.environ.get("BENCH_SECONDS", "240"))
QUIET_SECONDS = 120
LIMITS = {"delivered": 5.0, "lossy": 30.0, "lost": 30.0}
LOSS = "0.2"
SECRET, TOKEN = "e" * 40, "h" * 40
MANAGE = [sys.executable, str(ROOT / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]
SEED = f"""
import json
from datetime import timedelta
from django.utils import timezone
from accounts.actions import add_person, create_institution
from accounts.models import Role
from classroom.actions import create_course, enrol, schedule_lesson
from classroom.models import Standing
school = create_institution(name="Bench", slug="bench", time_zone="UTC", language="en")
begun = timezone.now().replace(microsecond=0) - timedelta(minutes=1)
def add(name, role):
    return add_person(institution=school, email=f"{{name}}@bench.test", name=name, role=role)
made = {{}}
for title in {list(LIMITS)!r}:
    course = create_course(institution=school, title=title, language="en")
    teacher, pupils = add(f"t-{{title}}", Role.TEACHER), [add(f"{{n}}-{{title}}", Role.STUDENT) for n in range({PEOPLE - 1})]
    enrol(course=course, person=teacher, standing=Standing.TEACHER)
    for one in pupils:
        enrol(course=course, person=one, standing=Standing.STUDENT)
    times = {{"starts_at": begun, "ends_at": begun + timedelta(hours=1)}}
    lesson = schedule_lesson(course=course, title=title, created_by=teacher, **times)
    made[title] = [str(lesson.pk), lesson.room.name, [str(one.pk) for one in (teacher, *pupils)]]
print(json.dumps(made))
"""
READ = f"""
import json, sys, time
from django.utils import timezone
from attendance.queries import register_of
from classroom.models import EventState, HookEvent, Lesson, Presence
until = time.monotonic() + {QUIET_SECONDS}
def is_busy():
    inside = Presence.objects.filter(left_at__isnull=True).exists()
    return inside or HookEvent.objects.filter(state=EventState.PENDING).exists()
while is_busy() and time.monotonic() < until:
    time.sleep(1)
print(json.dumps({{
    str(lesson.pk): {{
        str(line.person.pk): [line.first_joined_at.timestamp(), line.last_left_at.timestamp(), line.seconds, line.rejoins + 1]
        for line in register_of(lesson, now=timezone.now()) if line.first_joined_at and line.last_left_at
    }}
    for lesson in Lesson.objects.all()
}}))
"""
Stay = list[float]  # since, until


@dataclass(slots=True)
class Play:
    """One lesson as it really was: what was done in its room, and when by Prosody's clock."""

    lesson: str
    room: str
    people: list[str]
    stays: dict[str, list[Stay]] = field(default_factory=dict)

    def steps(self, chance: random.Random) -> Iterator[tuple[float, str, str]]:
        """(second, what, who). A fifth comes a second time."""
        for person in self.people:
            yield chance.uniform(0, 0.15) * LESSON_SECONDS, "join", person
            if chance.random() < 0.2:
                away = chance.uniform(0.3, 0.5) * LESSON_SECONDS
                yield away, "leave", person
                yield away + chance.uniform(0.02, 0.18) * LESSON_SECONDS, "join", person
            yield chance.uniform(0.85, 1) * LESSON_SECONDS, "leave", person

    def note(self, what: str, person: str, at: float) -> None:
        if what == "join":
            self.stays.setdefault(person, []).append([at, at])
        else:
            self.stays[person][-1][1] = at


@dataclass(frozen=True, slots=True)
class Errors:
    """In seconds, one of each for each person who was found at all."""

    came: list[float]
    went: list[float]
    inside: list[float]
    people_missed: int
    stays_missed: int


def main() -> int:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with bundled_services(folder) as services, Supervisor(folder / "log") as supervisor:
            web, prosody = free_port(), free_port()
            env = {**os.environ, **services.urls.environment(), **own_settings(folder, web, prosody)}
            subprocess.run([*MANAGE, "migrate", "--verbosity=0"], env=env, check=True, cwd=ROOT)
            plays = {name: Play(*made) for name, made in ask_django(SEED, env).items()}
            start(supervisor, env, web, prosody, deaf=plays["lost"].room, lossy=plays["lossy"].room)
            taken, lost = perform(list(plays.values()), prosody)
            registers = ask_django(READ, env)
            if any(child.exit_code is not None for child in supervisor.children):
                raise RuntimeError("one of the processes has ended")
        errors = {name: compare(play, registers[play.lesson]) for name, play in plays.items()}
        return report(errors, taken, lost)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def own_settings(folder: Path, web: int, prosody: int) -> dict[str, str]:
    return {
        "DARASA_VAR": str(folder),
        "DARASA_DEMO": "1",
        "PORT": str(web),
        "PROSODY_URL": f"http://127.0.0.1:{prosody}",
        "JITSI_HOOK_TOKEN": TOKEN,
        "JITSI_EVENT_SECRET": SECRET,
    }


def start(
    supervisor: Supervisor, env: dict[str, str], web: int, prosody: int, *, deaf: str, lossy: str
) -> None:
    """As `make run` does; nothing is recorded here."""
    uvicorn = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(web)]
    ready = http_ok(f"http://127.0.0.1:{web}/healthz")
    supervisor.start("web", [*uvicorn, "--no-access-log"], env=env, cwd=ROOT, ready=ready, ready_seconds=60)
    worker = [*CELERY, "worker", "--pool=solo", "--without-gossip", "--without-mingle"]
    for queue in ("celery", "outward"):
        supervisor.start(queue, [*worker, "-Q", queue, "-n", f"{queue}@%h"], env=env, cwd=ROOT)
    schedule = str(Path(env["DARASA_VAR"]) / "beat-schedule")
    supervisor.start("beat", [*CELERY, "beat", "--schedule", schedule], env=env, cwd=ROOT)
    stand_in = [sys.executable, "-m", "classroom.jitsi.simulated.prosody", "--port", str(prosody)]
    weather = ["--duplicates", "0.3", "--reorder", "1", "--delay", "2", "--deaf-room", deaf, "--seed", "5"]
    weather += ["--loss", LOSS, "--lossy-room", lossy]
    supervisor.start(
        "prosody", [*stand_in, "--darasa", f"http://127.0.0.1:{web}", *weather], env=env, cwd=ROOT
    )


def ask_django(code: str, env: dict[str, str]) -> dict[str, Any]:
    command = [*MANAGE, "shell", "--no-imports", "-c", code]
    done = subprocess.run(command, env=env, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def perform(plays: list[Play], prosody: int) -> tuple[int, int]:
    """All lessons, step by step in real time; how many events were taken by Darasa, and how many lost."""
    chance = random.Random(7)  # noqa: S311  a lesson, no secret
    steps = sorted((at, what, who, play.room) for play in plays for at, what, who in play.steps(chance))
    rooms = {play.room: play for play in plays}
    wait_for(prosody)
    print(f"  {len(steps)} comings and goings in {LESSON_SECONDS} s, then the last look …", flush=True)
    began = time.monotonic()
    for at, what, who, room in steps:
        time.sleep(max(0.0, began + at - time.monotonic()))
        said = tell(prosody, what, {"room": room, "person": who})
        rooms[room].note(what, who, said["at"] / 1000)
    while tell(prosody, "state")["waiting"]:
        time.sleep(0.5)
    state = tell(prosody, "state")
    return state["taken"], state["lost"]


def wait_for(prosody: int) -> None:
    for _ in range(100):
        try:
            tell(prosody, "state")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the simulated Prosody does not answer")


def tell(prosody: int, word: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{prosody}/simulated/{word}",
        json.dumps(body or {}).encode(),
        {"Authorization": f"Bearer {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  our own address
        said: dict[str, Any] = json.load(answer)
        return said


def compare(play: Play, register: dict[str, list[float]]) -> Errors:
    came, went, inside, people_missed, stays_missed = [], [], [], 0, 0
    for person, stays in play.stays.items():
        if person not in register:
            people_missed += 1
            continue
        first, last, seconds, count = register[person]
        came.append(abs(first - stays[0][0]))
        went.append(abs(last - stays[-1][1]))
        inside.append(abs(seconds - sum(until - since for since, until in stays)))
        stays_missed += max(0, len(stays) - round(count))
    return Errors(came, went, inside, people_missed, stays_missed)


def at_percent(errors: list[float], percent: int) -> float:
    """0 of nobody: whoever was missed is told apart."""
    if not errors:
        return 0.0
    return sorted(errors)[min(len(errors) - 1, len(errors) * percent // 100)]


def report(errors: dict[str, Errors], taken: int, lost: int) -> int:
    print(f"\n  {taken} events taken by Darasa, {lost} lost on the way; errors in seconds\n")
    print("  events      of                     p50     p95     p99     max   limit   missed: people, stays")
    figures: dict[str, Any] = {"people": PEOPLE, "seconds": LESSON_SECONDS, "taken": taken, "lost": lost}
    is_good = True
    for name, one in errors.items():
        for what, list_ in (("came", one.came), ("went", one.went), ("time inside", one.inside)):
            row = [round(at_percent(list_, percent), 3) for percent in (50, 95, 99, 100)]
            columns = "".join(f"{number:8.2f}" for number in row)
            print(
                f"  {name:10}  {what:18}{columns}{LIMITS[name]:8.0f}   {one.people_missed}, {one.stays_missed}"
            )
            figures[f"{name}.{what.replace(' ', '_')}"] = dict(
                zip(("p50", "p95", "p99", "max"), row, strict=True)
            )
            is_good = is_good and row[-1] <= LIMITS[name]
        figures[f"{name}.missed"] = {"people": one.people_missed, "stays": one.stays_missed}
        is_good = is_good and not one.people_missed
    print("\n" + json.dumps({**figures, "good": is_good}))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
