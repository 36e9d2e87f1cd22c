"""How does a page with ten thousand strokes feel on a middling telephone? `make bench-board-browser`.

Starts its own PostgreSQL, Redis and web process, fills one page, and looks at it with a headless Chromium whose
processor is slowed down four times. There is no graphics card: real telephones paint faster. The last line is JSON.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from common.services import bundled_services
from scripts.bench_board.servers import ROOT, Ground
from scripts.bootstrap import find_chromium
from scripts.headless import PHONE, Visitor, open_browser

STROKES, POINTS, SLOWER, SECONDS = 10_000, 20, 4, 4
TOP = (480.0, 360.0)
# Milliseconds from now until everything is painted: what lies on top is painted last.
WAIT_FOR_TOP = """async ([strokes, x, y]) => {
  const began = performance.now();
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  while (window.darasa.state().items < strokes) await pause(10);
  const heard = performance.now();
  for (;;) {
    const canvas = document.querySelector(".board-plane .board-layer");
    const at = canvas && [Math.round(canvas.width * x), Math.round(canvas.height * y)];
    if (canvas && canvas.getContext("2d").getImageData(...at, 1, 1).data[0] > 180) break;
    await pause(20);
  }
  return [heard - began, performance.now() - began];
}"""
# The limit: the same lines on a plain canvas, all at once, with nothing else to do.
PAINT_BARE = """([strokes, points]) => {
  const board = document.querySelector(".board-plane .board-layer");
  const lines = [];
  for (let n = 0; n < strokes; n += 1) {
    const [x, y] = [(n * 379) % 880, (n * 211) % 700];
    lines.push(Array.from({ length: points }, (_, step) => [x + 4 * step, y + 9 * Math.sin(step / 2 + n)]));
  }
  const canvas = Object.assign(document.createElement("canvas"), { width: board.width, height: board.height });
  const pen = canvas.getContext("2d");
  pen.scale(board.width / 960, board.width / 960);
  Object.assign(pen, { lineCap: "round", lineJoin: "round", lineWidth: 3 });
  const began = performance.now();
  lines.forEach((line, n) => {
    pen.strokeStyle = ["#1b1b1f", "#2a46b8", "#00703a"][n % 3];
    pen.beginPath();
    pen.moveTo(...line[0]);
    for (let k = 1; k < line.length - 1; k += 1) {
      const [one, other] = [line[k], line[k + 1]];
      pen.quadraticCurveTo(one[0], one[1], (one[0] + other[0]) / 2, (one[1] + other[1]) / 2);
    }
    pen.lineTo(...line.at(-1));
    pen.stroke();
  });
  pen.getImageData(0, 0, 1, 1);
  return performance.now() - began;
}"""
COUNT_FRAMES = """() => {
  window.frames_seen = [];
  const step = (now) => { window.frames_seen.push(now); window.counting = requestAnimationFrame(step); };
  window.counting = requestAnimationFrame(step);
}"""
READ_FRAMES = "() => { cancelAnimationFrame(window.counting); return window.frames_seen; }"


def main() -> int:
    if sys.argv[1:] == ["fill"]:
        print(json.dumps(fill()))
        return 0
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with bundled_services(folder) as services:
            figures = measure(Ground(folder, services))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return report(figures)


def measure(ground: Ground) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.bench_board_browser", "fill"]
    told = subprocess.run(command, env=ground.env, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    school = json.loads(told.stdout.splitlines()[-1])
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"],
        env=ground.env,
        cwd=ROOT,
        check=True,
    )
    with ground.darasa() as running, open_browser(find_chromium()) as browser:
        return look(browser, f"http://127.0.0.1:{running.ports[0]}", school)


def look(browser: Browser, base: str, school: dict[str, str]) -> dict[str, float]:
    """Somebody else has been there: the first one waits for the server to read the board from PostgreSQL."""
    first = enter(browser, base, school, slower=1)
    figures = {f"first_{name}": value for name, value in join(first).items()}
    first.context.close()
    visitor = enter(browser, base, school, slower=SLOWER)
    figures |= join(visitor)
    figures["bare_ms"] = visitor.page.evaluate(PAINT_BARE, [STROKES, POINTS])
    figures["paint_to_bare"] = (figures["join_painted_ms"] - figures["join_heard_ms"]) / figures["bare_ms"]
    figures |= frames("draw", visitor, lambda turn: visitor.page.mouse.move(*spot(visitor, turn)), press=True)
    visitor.page.mouse.move(*spot(visitor, 0))
    visitor.page.keyboard.down("Control")
    figures |= frames(
        "zoom", visitor, lambda turn: visitor.page.mouse.wheel(0, -60 if math.sin(turn) > 0 else 60)
    )
    visitor.page.mouse.wheel(0, -700)
    visitor.page.keyboard.up("Control")
    figures |= frames(
        "pan",
        visitor,
        lambda turn: visitor.page.mouse.wheel(30 * math.cos(turn), 30 * math.sin(turn)),
    )
    return figures


def enter(browser: Browser, base: str, school: dict[str, str], *, slower: int) -> Visitor:
    visitor = Visitor.arrive(browser, base, "teacher", size=PHONE)
    name, _, value = school["cookie"].partition("=")
    visitor.context.add_cookies([{"name": name, "value": value, "url": base}])
    visitor.context.add_init_script("localStorage.setItem('darasa.profile', 'board_only')")
    devices = visitor.context.new_cdp_session(visitor.page)
    devices.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    visitor.go(f"/lessons/{school['lesson']}/room")
    visitor.page.locator(".lobby-join").first.wait_for(state="visible")
    return visitor


def join(visitor: Visitor) -> dict[str, float]:
    visitor.page.evaluate("document.querySelector('.lobby-join').click()")
    heard, painted = visitor.page.evaluate(WAIT_FOR_TOP, [STROKES + 1, TOP[0] / 960, TOP[1] / 720])
    return {"join_heard_ms": heard, "join_painted_ms": painted}


def spot(visitor: Visitor, turn: float) -> tuple[float, float]:
    box = visitor.page.locator(".board-sheet").bounding_box()
    assert box is not None, "the board is not on the screen"  # noqa: S101
    return box["x"] + box["width"] * (0.5 + 0.3 * math.cos(turn)), box["y"] + box["height"] * (
        0.5 + 0.3 * math.sin(turn)
    )


def frames(
    name: str, visitor: Visitor, act: Callable[[float], None], *, press: bool = False
) -> dict[str, float]:
    """Frames a second, and the longest but five of a hundred, while somebody acts all the time."""
    act(0)
    if press:
        visitor.page.mouse.down()
    visitor.page.evaluate(COUNT_FRAMES)
    began = time.monotonic()
    while (passed := time.monotonic() - began) < SECONDS:
        act(passed * 3)
    seen = visitor.page.evaluate(READ_FRAMES)
    if press:
        visitor.page.mouse.up()
    gaps = sorted(after - before for before, after in itertools.pairwise(seen))
    fps = (len(seen) - 1) / (seen[-1] - seen[0]) * 1000
    return {f"{name}_fps": fps, f"{name}_p95_ms": gaps[int(len(gaps) * 0.95)]}


BARS = {"join_painted_ms": 1000.0, "paint_to_bare": 2.0, "draw_fps": 60.0, "zoom_fps": 30.0, "pan_fps": 30.0}


def report(figures: dict[str, float]) -> int:
    print(
        f"{STROKES} strokes of {POINTS} points, processor slowed down {SLOWER} times; bare: the same on a plain canvas"
    )
    for name, value in figures.items():
        bar = BARS.get(name)
        said = "" if bar is None else f"   ({'at least' if name.endswith('fps') else 'at most'} {bar:g})"
        print(f"  {name:<22} {value:8.1f}{said}")
    # A screen of 60 pictures a second is measured as 59.9.
    met = {
        name: figures[name] >= bar * 0.97 if name.endswith("fps") else figures[name] <= bar
        for name, bar in BARS.items()
    }
    print(json.dumps({"figures": {name: round(value, 2) for name, value in figures.items()}, "met": met}))
    return 0 if all(met.values()) else 1


def fill() -> dict[str, str]:
    """One lesson whose first page is full; its teacher's session."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from accounts.models import Institution, Membership, Person, Role
    from classroom import actions
    from classroom.models import Course, Enrolment, Standing
    from common.clock import to_ms
    from scripts.bench_school import _session
    from whiteboard.actions import apply_commands, open_board
    from whiteboard.board import BoardState, Command

    call_command("migrate", verbosity=0, interactive=False)
    school = Institution.objects.create(name="Full Board", slug="full")
    teacher = Person.objects.create(email="teacher@bench.test", name="Teacher")
    Membership.objects.create(institution=school, person=teacher, role=Role.TEACHER)
    course = Course.objects.create(institution=school, title="Drawing")
    Enrolment.objects.create(course=course, person=teacher, standing=Standing.TEACHER)
    now = timezone.now()
    lesson = actions.schedule_lesson(
        course=course,
        title="Ten thousand strokes",
        starts_at=now - timedelta(minutes=1),
        ends_at=now + timedelta(hours=3),
        created_by=teacher,
    )
    board = open_board(room=lesson.room, now=now)
    page = board.edits.get(type="page.added").data["page"]
    state = BoardState()
    for first in range(0, STROKES, 500):
        commands = [_add(Command, stroke(page, n), teacher.pk) for n in range(first, first + 500)]
        apply_commands(board_id=board.pk, state=state, commands=commands, at=to_ms(now))
    dot = {**stroke(page, 0), "colour": "#ff0000", "width": 40, "points": [list(TOP)]}
    apply_commands(board_id=board.pk, state=state, commands=[_add(Command, dot, teacher.pk)], at=to_ms(now))
    return {"lesson": str(lesson.pk), "cookie": f"{settings.SESSION_COOKIE_NAME}={_session(teacher)}"}


def _add(command: Any, item: dict[str, Any], author: uuid.UUID) -> Any:
    return command("item.add", str(uuid.uuid4()), str(author), item)


def stroke(page: str, n: int) -> dict[str, Any]:
    """Somewhere on the page, as long as a written word; never red."""
    x, y = (n * 379) % 880, (n * 211) % 700
    points = [[round(x + 4 * step, 1), round(y + 9 * math.sin(step / 2 + n), 1)] for step in range(POINTS)]
    colour = ("#1b1b1f", "#2a46b8", "#00703a")[n % 3]
    return {"kind": "pen", "page": page, "colour": colour, "width": 3, "points": points, "duration_ms": 600}


if __name__ == "__main__":
    sys.exit(main())
