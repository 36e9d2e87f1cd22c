"""`make bench-pages`: how fast and how heavy the pages are for a school of 5,000 lessons and 2,000 people.

Starts its own PostgreSQL, Redis and web process, fills the school in bulk, signs in as each role, asks for
every page again and again, and prints what the server says of itself (`Server-Timing`). Two things beside it
are what this machine can do at best: the rows above the line, pages that do nothing, and the column `raw`, the
page's own questions put to PostgreSQL by psycopg, with no Django between. The last line is JSON.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from common.services import Supervisor, bundled_services, http_ok
from common.services.urls import free_port

ROOT = Path(__file__).resolve().parent.parent
TIMES = int(os.environ.get("BENCH_TIMES", "40"))
SLOWEST_MS, FIRST_BYTES, LATER_BYTES = 150, 60_000, 12_000
TIMING = re.compile(r'total;dur=([\d.]+).*db;dur=([\d.]+);desc="(\d+) queries"')
ASSET = re.compile(r'(?:href|src)="(/static/[^"]+)"')
# The physical limit: a page that does nothing, and one that asks PostgreSQL for 1, Redis for a ping, the store for a file.
LIMITS = ("/healthz", "/readyz")
CALENDAR = ("/calendar/?view=month", "/calendar/?view=week", "/calendar/?view=day")
PAGES = {
    "head": (
        "/",
        *CALENDAR,
        "/calendar/?view=month&course={course}",
        "/lessons",
        "/lessons?q=Algebra",
        "/lessons?page=125",
        "/search?q=al",
        "/search?q=al&in=people",
        "/statistics",
        "/statistics?months=24",
        "/institutions/{school}/people/",
        "/institutions/{school}/people/?q=student 17",
        "/institutions/{school}/courses/",
        "/courses/{course}/",
        "/schools/large/audit",
        "/schools/large/audit?q=teacher 0",
        "/lessons/{lesson}/",
        "/lessons/{lesson}/register",
        "/lessons/{lesson}/replay",
        "/api/v1/lessons",
        "/api/v1/recordings",
        "/api/v1/institutions/{school}/people",
    ),
    "teacher": (
        "/",
        *CALENDAR,
        "/lessons",
        "/search?q=al",
        "/statistics",
        "/lessons/{lesson}/",
        "/lessons/{lesson}/register",
    ),
    "student": ("/", *CALENDAR, "/lessons", "/search?q=al", "/lessons/{lesson}/", "/lessons/{lesson}/replay"),
    "guardian": ("/", CALENDAR[0], "/lessons"),
    "platform": ("/", "/statistics", "/institutions/"),
}
# Those that the bar is for; the others are held to the same.
TIMETABLE = ("/", "/lessons", *CALENDAR)


@dataclass(frozen=True, slots=True)
class Measured:
    """One page for one role; times in milliseconds, sizes in bytes."""

    role: str
    page: str
    p50_ms: float
    p95_ms: float
    database_ms: float
    raw_ms: float | None
    queries: int
    plain_bytes: int
    later_bytes: int
    first_bytes: int


def main() -> int:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with school(folder) as (port, keys, env):
            limits = [measure(port, "", page, None) for page in LIMITS]
            raw = ask_raw(env, keys)
            rows = [measure(port, role, page, keys, raw) for role in PAGES for page in PAGES[role]]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(limits, rows)
    print(json.dumps(summary(limits, rows)))
    return 0


@contextmanager
def school(folder: Path) -> Iterator[tuple[int, dict[str, str], dict[str, str]]]:
    """A web process: its port, its environment and, for each role, the key of a session; also ids for addresses."""
    port = free_port()
    own = {
        "DARASA_VAR": str(folder),
        "PORT": str(port),
        "SERVER_TIMING": "1",
        "DEBUG": "0",
        "DARASA_DEMO": "0",
    }
    own |= {"SECRET_KEY": "for measuring only " * 4}
    own |= {name: str(folder / name.lower()) for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR")}
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with bundled_services(folder) as services:
        env = {**os.environ, **own, **services.urls.environment()}
        began = time.monotonic()
        filling = [sys.executable, "-m", "scripts.bench_school"]
        answer = subprocess.run(filling, cwd=ROOT, env=env, check=True, stdout=subprocess.PIPE, text=True)
        print(f"  the school stands after {time.monotonic() - began:.1f} s")
        with Supervisor(folder / "log", watched=services.children) as supervisor:
            web = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
            supervisor.start(
                "web",
                [*web, "--log-level", "warning"],
                env=env,
                ready=http_ok(f"http://127.0.0.1:{port}/healthz"),
            )
            yield port, dict(json.loads(answer.stdout.splitlines()[-1])), env


def ask_raw(env: dict[str, str], keys: dict[str, str]) -> dict[str, float]:
    """Milliseconds, by role and page, of each page's own questions without Django."""
    wanted = [(role, page, page.format(**keys), keys[role]) for role in PAGES for page in PAGES[role]]
    answer = subprocess.run(
        [sys.executable, "-m", "scripts.bench_raw"],
        cwd=ROOT,
        env=env,
        check=True,
        input=json.dumps({"times": TIMES, "pages": wanted}),
        stdout=subprocess.PIPE,
        text=True,
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def measure(
    port: int, role: str, page: str, keys: dict[str, str] | None, raw: dict[str, float] | None = None
) -> Measured:
    """`TIMES` requests on one connection; the first two only warm up."""
    path = quote(page.format(**(keys or {})), safe="/?&=")
    headers = {"Accept-Encoding": "gzip", "Host": f"127.0.0.1:{port}"}
    if keys:
        headers["Cookie"] = f"darasa_session={keys[role]}"
    link = HTTPConnection("127.0.0.1", port, timeout=60)
    told = [ask(link, path, headers) for _ in range(TIMES + 2)][2:]
    body, packed = told[-1][3], told[-1][4]
    times = sorted(total for total, *_ in told)
    return Measured(
        role=role or "nobody",
        page=page.replace("{", "<").replace("}", ">"),
        p50_ms=round(statistics.median(times), 1),
        p95_ms=round(statistics.quantiles(times, n=20)[-1], 1),
        database_ms=round(statistics.median(database for _, database, *_ in told), 1),
        raw_ms=(raw or {}).get(f"{role} {page}"),
        queries=told[-1][2],
        plain_bytes=len(body),
        later_bytes=packed,
        first_bytes=packed + sum(asset_bytes(port, found) for found in set(ASSET.findall(body.decode()))),
    )


def ask(link: HTTPConnection, path: str, headers: dict[str, str]) -> tuple[float, float, int, bytes, int]:
    """Milliseconds, of them in the database, queries, the page, and its bytes on the wire."""
    link.request("GET", path, headers=headers)
    answer = link.getresponse()
    raw = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    found = TIMING.search(answer.headers.get("Server-Timing", ""))
    assert found is not None, f"{path} has no Server-Timing"  # noqa: S101
    body = gzip.decompress(raw) if answer.headers.get("Content-Encoding") == "gzip" else raw
    return float(found[1]), float(found[2]), int(found[3]), body, len(raw)


def asset_bytes(port: int, path: str, seen: dict[str, int] = {}) -> int:  # noqa: B006  a memory on purpose
    """As a browser gets it, brotli first."""
    if path not in seen:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}{path}", headers={"Accept-Encoding": "br, gzip"}
        )
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            seen[path] = len(answer.read())
    return seen[path]


COLUMNS: tuple[tuple[str, int, Callable[[Measured], object]], ...] = (
    ("who", -9, lambda row: row.role),
    ("page", -38, lambda row: row.page),
    ("p50 ms", 8, lambda row: row.p50_ms),
    ("p95 ms", 8, lambda row: row.p95_ms),
    ("db ms", 7, lambda row: row.database_ms),
    ("raw ms", 7, lambda row: "-" if row.raw_ms is None else row.raw_ms),
    ("queries", 8, lambda row: row.queries),
    ("plain B", 9, lambda row: row.plain_bytes),
    ("later B", 9, lambda row: row.later_bytes),
    ("first B", 9, lambda row: row.first_bytes),
)


def show(limits: list[Measured], rows: list[Measured]) -> None:
    print("  " + " ".join(f"{name:{_align(width)}}" for name, width, _ in COLUMNS))
    for part in (limits, rows):
        print("  " + "-" * 122)
        for row in part:
            print("  " + " ".join(f"{value(row)!s:{_align(width)}}" for _, width, value in COLUMNS))


def _align(width: int) -> str:
    return f"<{-width}" if width < 0 else f">{width}"


def summary(limits: list[Measured], rows: list[Measured]) -> dict[str, object]:
    timetable = max(row.p95_ms for row in rows if row.page in TIMETABLE)
    pages = [row for row in rows if not row.page.startswith("/api/")]
    first, later = max(row.first_bytes for row in pages), max(row.later_bytes for row in pages)
    slowest = max(rows, key=lambda row: row.p95_ms)
    return {
        "lessons": 5000,
        "people": 2000,
        "requests_a_page": TIMES,
        "timetable_p95_ms": timetable,
        "slowest": f"{slowest.role} {slowest.page}",
        "slowest_p95_ms": slowest.p95_ms,
        "most_queries": max(row.queries for row in rows),
        "first_visit_bytes": first,
        "later_visit_bytes": later,
        "limit_p95_ms": max(row.p95_ms for row in limits),
        "timetable_holds": timetable < SLOWEST_MS,
        "weight_holds": first <= FIRST_BYTES and later <= LATER_BYTES,
        "slower_than_the_timetable_may_be": [row.page for row in rows if row.p95_ms >= SLOWEST_MS],
        "pages": [asdict(row) for row in rows],
    }


if __name__ == "__main__":
    sys.exit(main())
