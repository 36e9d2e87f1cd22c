"""The tables as the migrations make them: made once for the code there is, copied by every process that tests.

To migrate takes as long as hundreds of tests, and `make test` would do it for each worker of each of its runs.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from threading import Thread

from django.apps import apps
from psycopg import Connection, connect, sql

from tests.processes import PYTHON, ROOT, alone, database_url

KIND = "darasa_migrated_"
DRAFT = KIND + "draft"
LOCK = ROOT / "var" / "test" / "template.lock"


def migrate_meanwhile() -> None:
    """While the workers load the tests: else all of them would wait for the first one who needs a table."""
    Thread(target=migrated, name="template").start()


def migrated() -> str:
    """The name of a database that is up to date and that nobody enters."""
    name = KIND + _digest()
    with alone(LOCK), connect(database_url("postgres"), autocommit=True) as server:
        if name not in _templates(server):
            for outdated in _templates(server):
                server.execute(
                    sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(outdated))
                )
                server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(outdated)))
            _make(server, name)
    return name


def _make(server: Connection, name: str) -> None:
    """It bears its name once it is complete."""
    draft = sql.Identifier(DRAFT)
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(draft))
    server.execute(sql.SQL("CREATE DATABASE {}").format(draft))
    environment = {**os.environ, "DATABASE_URL": database_url(DRAFT)}
    command = [PYTHON, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdin=subprocess.DEVNULL)
    server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(draft))
    server.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(draft))
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(draft, sql.Identifier(name)))


def _templates(server: Connection) -> list[str]:
    query = "SELECT datname FROM pg_database WHERE datistemplate AND starts_with(datname, %s)"
    return [name for (name,) in server.execute(query, [KIND])]


def _digest() -> str:
    """Of everything that may have a say in a migration."""
    packages = [Path(app.path) for app in apps.get_app_configs() if Path(app.path).is_relative_to(ROOT)]
    ours = [package for package in packages if ".venv" not in package.parts]
    files = [ROOT / "requirements-dev.txt", *(file for package in ours for file in package.rglob("*.py"))]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
