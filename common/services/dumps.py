"""PostgreSQL's own programs for whole databases, `pg_dump` and `pg_restore`: found, chosen, and run."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from common.services.postgres import binaries
from common.services.process import ServiceError

# Where Debian and Red Hat keep one version beside another.
INSTALLED = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")


@dataclass(frozen=True, slots=True)
class Database:
    """How one is reached. The password travels in the environment: command lines are for everyone to read."""

    name: str
    user: str = ""
    host: str = ""
    port: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of_settings(cls, options: Mapping[str, Any]) -> Database:
        """From Django's `settings_dict`."""
        return cls(*(str(options[key] or "") for key in ("NAME", "USER", "HOST", "PORT", "PASSWORD")))

    @classmethod
    def of_url(cls, url: str) -> Database:
        said = conninfo_to_dict(url)
        keys = ("dbname", "user", "host", "port", "password")
        return cls(*(str(said.get(key) or "") for key in keys))

    def environment(self) -> dict[str, str]:
        """Of a program of PostgreSQL's: without the caller's PGHOST and so on."""
        ours = {"PGDATABASE": self.name, "PGUSER": self.user, "PGHOST": self.host, "PGPORT": self.port}
        told = {key: value for key, value in {**ours, "PGPASSWORD": self.password}.items() if value}
        return {key: value for key, value in os.environ.items() if not key.startswith("PG")} | told

    @contextlib.contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        said = {"user": self.user, "host": self.host, "port": self.port, "password": self.password}
        # In UTC the same row reads the same everywhere.
        with psycopg.connect(
            dbname=self.name,
            options="-c timezone=UTC",
            connect_timeout=10,
            **{key: value for key, value in said.items() if value},  # type: ignore[arg-type]
        ) as connection:
            yield connection


def major_of(connection: psycopg.Connection) -> int:
    return connection.info.server_version // 10_000


def dump(database: Database, target: Path, *, server: int, snapshot: str) -> None:
    """The database as `snapshot` sees it, in PostgreSQL's custom format. `server` is its major version."""
    command = ["pg_dump", "--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges"]
    _run(command, f"--file={target}", database=database, server=server)


def restore(database: Database, source: Path, *, server: int) -> None:
    """All of it or nothing."""
    command = ["pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    _run(command, f"--dbname={database.name}", str(source), database=database, server=server)


def _run(command: list[str], *rest: str, database: Database, server: int) -> None:
    program, *options = command
    done = subprocess.run(
        [tools_for(server) / program, *options, *rest],
        env=database.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise ServiceError(f"{program} failed with exit code {done.returncode}:\n{said}")


def tools_for(server: int) -> Path:
    """The folder of the oldest programs that know this server.

    Older ones refuse to read it; much newer ones write what it does not understand.
    """
    there = sorted((version, folder) for folder, version in _known_tools().items())
    for version, folder in there:
        if version >= server:
            return folder
    newest = f"the newest is {there[-1][0]}, in {there[-1][1]}" if there else "there is none"
    raise ServiceError(
        f"This PostgreSQL is version {server}, and no pg_dump here is as new: {newest}. "
        f"Install postgresql-client-{server}."
    )


def _known_tools() -> dict[Path, int]:
    found = {folder: _version(folder) for folder in _folders() if (folder / "pg_restore").is_file()}
    return {folder: version for folder, version in found.items() if version}


def _folders() -> Iterator[Path]:
    for pattern in INSTALLED:
        yield from Path("/").glob(pattern)
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).parent
    with contextlib.suppress(ServiceError):
        yield binaries()


def _version(folder: Path) -> int:
    try:
        done = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    said = re.search(r"\) (\d+)", done.stdout)
    return int(said[1]) if said else 0
