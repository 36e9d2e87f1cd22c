"""`make bench-attendance`: a seeded term through the pure functions and the database, presence against the truth, a class
of 200 watched and how soon its teacher is told, and the report of a month in a school of 2,000.

Starts its own PostgreSQL and Redis. Beside each figure stands what the machine itself needs for the least that has to be
done: to sort as many events, to write as many bare rows, to ask PostgreSQL for as many bare rows. The last line is JSON.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from common.services import bundled_services

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    (ROOT / "var").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / "var"))
    try:
        with bundled_services(folder) as services:
            own = {"DARASA_VAR": str(folder), "DARASA_DEMO": "1"}
            env = {**os.environ, **services.urls.environment(), **own}
            manage = [sys.executable, str(ROOT / "manage.py")]
            subprocess.run([*manage, "migrate", "--verbosity=0"], env=env, check=True, cwd=ROOT)
            term = [sys.executable, "-m", "scripts.bench_attendance.term"]
            return subprocess.run(term, env=env, check=False, cwd=ROOT).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
