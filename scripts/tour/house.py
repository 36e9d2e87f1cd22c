"""What the demo's own commands say: who is who, sweeps run once more, whether everything lies in its zone."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from scripts.tour.ground import ROOT, say

# Printed by the shell below; `%s` is a title.
ROOM_AND_PEOPLE = """
import json
from accounts.models import Person
from classroom.models import Lesson
lesson = Lesson.objects.exclude(status="ended").get(title=%r)
people = dict(Person.objects.values_list("email", "pk"))
print(json.dumps({"room": lesson.room.name, "people": {email: str(pk) for email, pk in people.items()}}))
"""
WRITE_NOTES = """
from django.utils import timezone
from attendance.actions import settle_due, write_due_notes
settle_due(now=timezone.now())
print(write_due_notes(now=timezone.now()))
"""


def run(env: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "manage.py", *command]
    return subprocess.run(words, cwd=ROOT, env=env, check=False, capture_output=True, text=True)


def ask(env: dict[str, str], code: str) -> str:
    answer = run(env, "shell", "--no-imports", "-c", code)
    if answer.returncode:
        raise SystemExit(answer.stderr)
    return answer.stdout.strip()


def room_and_people(env: dict[str, str], title: str) -> dict[str, Any]:
    """`room`: what Jitsi calls it; `people`: keys by address."""
    return dict(json.loads(ask(env, ROOM_AND_PEOPLE % title)))


def write_notes(env: dict[str, str]) -> int:
    """The sweep that writes to families, once more; how many notes it wrote."""
    return int(ask(env, WRITE_NOTES))


def audit_residency(env: dict[str, str]) -> dict[str, Any]:
    """What `manage.py residency_audit` says of the demo, and of what."""
    answer = run(env, "residency_audit")
    said = dict(json.loads(answer.stdout.strip().splitlines()[-1]))
    say(f"residency: {said}")
    return {"verdict": said["residency_audit"], "exit": answer.returncode, "looked_at": said}
