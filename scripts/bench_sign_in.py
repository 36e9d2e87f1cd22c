"""Can a school sign in at nine o'clock? 300 people within a minute, over HTTP, from one address.

Starts its own PostgreSQL, Redis and web process; meanwhile one account is attacked with wrong passwords.
The last line of the output is JSON.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from common.services import Child, Services, bundled_services, http_ok
from common.services.process import spawn, stop_all, wait_ready
from common.services.urls import free_port

ROOT = Path(__file__).resolve().parent.parent
PEOPLE, WITHIN_SECONDS, AT_ONCE = 300, 60, 8
# As many web processes as cores, as behind a proxy: Django answers one page at a time in each.
PROCESSES = max(2, os.cpu_count() or 2)
PASSWORD = "correct horse battery"  # noqa: S105  of people who exist for a minute
VICTIM = "victim@bench.test"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
# Hashed once: what is measured is the checking.
SEED = f"""
from django.contrib.auth.hashers import make_password
from accounts.models import Person
hashed = make_password({PASSWORD!r})
names = [*(f"pupil-{{n}}@bench.test" for n in range({PEOPLE})), {VICTIM!r}]
Person.objects.bulk_create(Person(email=name, name=name, password=hashed) for name in names)
"""


def main() -> int:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with bundled_services(folder) as services, web(folder, services) as ports:
            return report(*rush(ports))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def web(folder: Path, services: Services) -> Iterator[list[int]]:
    port = free_port()
    own = {"DARASA_VAR": str(folder), "PORT": str(port), "DARASA_DEMO": "1"}
    env = {**os.environ, **services.urls.environment(), **own}
    manage = [sys.executable, str(ROOT / "manage.py")]
    for words in (["migrate", "--verbosity=0"], ["collectstatic", "--noinput", "--verbosity=0"]):
        subprocess.run([*manage, *words], env=env, check=True, cwd=ROOT)
    subprocess.run([*manage, "shell", "--no-imports", "-c", SEED], env=env, check=True, cwd=ROOT)
    ports = [port, *(free_port() for _ in range(PROCESSES - 1))]
    children = [start(one, folder, env) for one in ports]
    try:
        for child, one in zip(children, ports, strict=True):
            wait_ready(child, http_ok(f"http://127.0.0.1:{one}/healthz"), seconds=60)
        yield ports
    finally:
        stop_all(children, grace_seconds=3)


def start(port: int, folder: Path, env: dict[str, str]) -> Child:
    command = [sys.executable, "-m", "uvicorn", "config.asgi:application", "--port", str(port)]
    return spawn(
        f"web-{port}", [*command, "--no-access-log"], log=folder / f"web-{port}.log", env=env, cwd=ROOT
    )


def rush(ports: list[int]) -> tuple[list[tuple[bool, float]], list[int], float]:
    """Each sign-in (accepted, seconds), the answers that the attacker got, and the seconds of the whole."""
    attack: list[int] = []
    done = threading.Event()
    attacker = threading.Thread(target=keep_guessing, args=(ports[0], attack, done))
    began = time.monotonic()
    attacker.start()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = list(pool.map(lambda number: arrive(ports[number % len(ports)], number), range(PEOPLE)))
    seconds = time.monotonic() - began
    done.set()
    attacker.join()
    attack.append(sign_in(ports[-1], VICTIM, PASSWORD))
    return tried, attack, seconds


def arrive(port: int, number: int) -> tuple[bool, float]:
    began = time.monotonic()
    status = sign_in(port, f"pupil-{number}@bench.test", PASSWORD)
    return status == 302, time.monotonic() - began


def keep_guessing(port: int, attack: list[int], done: threading.Event) -> None:
    while len(attack) < 8 or not done.wait(1):
        attack.append(sign_in(port, VICTIM, f"guess {len(attack)}"))


def sign_in(port: int, email: str, password: str) -> int:
    """The status that the form answers with: 302 in, 200 wrong password, 429 locked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", "/sign-in")
        page = connection.getresponse()
        body = page.read().decode()
        cookie = "; ".join(one.split(";")[0] for one in page.headers.get_all("Set-Cookie") or [])
        token = TOKEN.search(body)
        given = {"csrfmiddlewaretoken": token[1] if token else "", "username": email, "password": password}
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        connection.request("POST", "/sign-in", urlencode(given), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def report(tried: list[tuple[bool, float]], attack: list[int], seconds: float) -> int:
    accepted = sum(1 for is_in, _ in tried if is_in)
    p95 = statistics.quantiles((took for _, took in tried), n=20)[-1]
    locked = attack.count(429)
    last = "refused" if attack[-1] == 429 else "let in"
    print("\n  who                     tries   in   refused")
    print(f"  {PEOPLE} right passwords    {len(tried):6}  {accepted:4}   {len(tried) - accepted:6}")
    print(f"  one account attacked    {len(attack):6}  {attack.count(302):4}   {locked:6}")
    print(
        f"\n  one address, {AT_ONCE} at a time, {PROCESSES} web processes: {seconds:.1f} s, p95 {p95:.2f} s a sign-in (page and form)"
    )
    print(f"  the attacked account, at last with the right password: {last}")
    figures = {
        "accepted": accepted,
        "refused": len(tried) - accepted,
        "seconds": round(seconds, 1),
        "p95": round(p95, 3),
        "attacked_refused": locked,
        "attacked_accepted": attack.count(302),
    }
    print(json.dumps(figures))
    is_good = accepted == PEOPLE and seconds <= WITHIN_SECONDS and attack[-1] == 429
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
