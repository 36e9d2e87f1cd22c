"""Real servers, started, killed and started again."""

from __future__ import annotations

import json
import os
import pwd
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from common.services import ServiceError, bundled_services, running_services
from common.services.process import inhabitants
from common.services.urls import MAX_SOCKET_PATH_BYTES, celery_url
from tests.faults.programs import SERVE, eventually, first_line, is_alive, none_alive, pids, rest, run_python
from tests.tiers import sampled

pytestmark = [pytest.mark.fault]


@pytest.fixture(autouse=True)
def nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def write(database_url: str, redis_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('lamp')")
    with redis.Redis.from_url(redis_url) as client:
        client.set("kept", "river")


def words(database_url: str, redis_url: str) -> tuple[list[str], bytes]:
    with psycopg.connect(database_url) as connection, redis.Redis.from_url(redis_url) as client:
        rows = connection.execute("SELECT word FROM kept").fetchall()
        return [row[0] for row in rows], client.get("kept")


def test_data_is_kept_over_a_restart(tmp_path: Path) -> None:
    with bundled_services(tmp_path) as services:
        write(services.urls.database_url, services.urls.redis_url)
    with bundled_services(tmp_path) as services:
        assert words(services.urls.database_url, services.urls.redis_url) == (["lamp"], b"river")


def test_the_servers_are_what_the_product_expects(tmp_path: Path) -> None:
    with bundled_services(tmp_path) as services:
        with psycopg.connect(services.urls.database_url) as connection:
            query = (
                "SELECT current_user, current_setting('server_encoding'), current_setting('data_checksums')"
            )
            assert connection.execute(query).fetchone() == ("darasa", "UTF8", "on")
        with redis.Redis.from_url(services.urls.redis_url) as client:
            policy = client.config_get("maxmemory-policy")
            assert policy == {"maxmemory-policy": "noeviction"}


@pytest.mark.deep
def test_only_the_owner_can_reach_the_sockets(tmp_path: Path) -> None:
    with bundled_services(tmp_path):
        assert (tmp_path / "redis.sock").stat().st_mode & 0o077 == 0
        assert (tmp_path / "postgres-socket").stat().st_mode & 0o077 == 0
        assert (tmp_path / "services.json").stat().st_mode & 0o077 == 0


def test_no_tcp_port_is_opened_when_the_sockets_fit(tmp_path: Path) -> None:
    with bundled_services(tmp_path) as services:
        for child in services.children:
            assert listening_ports(child.process.pid) == []


def listening_ports(pid: int) -> list[str]:
    """Local addresses on which the process itself listens."""
    sockets = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


def test_another_terminal_finds_the_services_while_they_run(tmp_path: Path) -> None:
    with bundled_services(tmp_path) as services:
        assert running_services(tmp_path) == services.urls.environment()
    assert running_services(tmp_path) == {}
    assert not (tmp_path / "services.json").exists()


def test_a_note_left_by_a_killed_parent_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "services.json").write_text(
        json.dumps({"pid": 2**22 + 1, "urls": {"REDIS_URL": "unix:///x"}})
    )
    assert running_services(tmp_path) == {}


def test_a_given_service_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/darasa")
    with bundled_services(tmp_path) as services:
        assert [child.name for child in services.children] == ["redis"]
        assert services.urls.database_url == "postgresql://elsewhere/darasa"
        assert "DATABASE_URL" not in running_services(tmp_path), "a foreign secret must not land in a file"


@pytest.mark.deep
def test_a_path_too_long_for_a_socket_uses_a_port_with_a_password(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * (MAX_SOCKET_PATH_BYTES - 20)) / "é"
    with bundled_services(deep) as services:
        assert "@127.0.0.1:" in services.urls.database_url
        assert "@127.0.0.1:" in services.urls.redis_url
        write(services.urls.database_url, services.urls.redis_url)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(services.urls.database_url.replace("darasa:", "darasa:not"))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(services.urls.redis_url.replace("redis://:", "redis://:not")).ping()
    with bundled_services(deep) as services:
        assert words(services.urls.database_url, services.urls.redis_url) == (["lamp"], b"river")


@pytest.mark.deep
@pytest.mark.parametrize("name", ["a b", "it's", 'say "a"', "a,b", "a%20b", "a?b#c"])
def test_a_folder_with_an_awkward_name_works(tmp_path: Path, name: str) -> None:
    with bundled_services(tmp_path / name) as services:
        write(services.urls.database_url, services.urls.redis_url)


def test_kill_9_of_the_parent_takes_the_servers_along_and_the_next_start_recovers(tmp_path: Path) -> None:
    parent = run_python(SERVE, str(tmp_path))
    children = pids(first_line(parent))
    urls = running_services(tmp_path)
    write(urls["DATABASE_URL"], urls["REDIS_URL"])
    parent.kill()
    rest(parent)
    assert eventually(lambda: none_alive(children))
    with bundled_services(tmp_path) as services:
        assert words(services.urls.database_url, services.urls.redis_url) == (["lamp"], b"river")


@pytest.mark.deep
def test_kill_9_of_everything_still_lets_the_next_start_recover(tmp_path: Path) -> None:
    parent = run_python(SERVE, str(tmp_path))
    postgres, server, _sleeper = pids(first_line(parent))
    urls = running_services(tmp_path)
    write(urls["DATABASE_URL"], urls["REDIS_URL"])
    time.sleep(1.2)  # Redis writes its log to disk every second
    for pid in (parent.pid, postgres, server):
        os.kill(pid, signal.SIGKILL)
    rest(parent)
    assert (tmp_path / "postgres" / "postmaster.pid").exists()
    with bundled_services(tmp_path) as services:
        assert words(services.urls.database_url, services.urls.redis_url) == (["lamp"], b"river")


@pytest.mark.deep
def test_a_stale_pid_file_that_names_a_living_stranger_does_not_block_the_start(tmp_path: Path) -> None:
    with bundled_services(tmp_path):
        pid_file = (tmp_path / "postgres" / "postmaster.pid").read_text().split("\n")
    pid_file[0] = str(os.getppid())
    (tmp_path / "postgres" / "postmaster.pid").write_text("\n".join(pid_file))
    with bundled_services(tmp_path) as services:
        assert services.children


@pytest.mark.deep
def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    parent = run_python(SERVE, str(tmp_path))
    first_line(parent)
    with pytest.raises(ServiceError, match=f"pid {parent.pid} owns"), bundled_services(tmp_path):
        pass
    parent.terminate()
    assert rest(parent) == ""


@pytest.mark.deep
def test_a_server_that_outlived_its_parent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parent = run_python(SERVE, str(tmp_path))
    postgres = pids(first_line(parent))[0]
    (tmp_path / "services.lock").unlink()  # as if nobody owned the folder
    with (
        pytest.raises(ServiceError, match=f"PostgreSQL \\(pid {postgres}\\) still runs"),
        bundled_services(tmp_path),
    ):
        pass
    assert is_alive(postgres)
    parent.terminate()
    rest(parent)


@pytest.mark.parametrize("number", sampled([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], every=3))
def test_a_signal_ends_everything_within_three_seconds(tmp_path: Path, number: signal.Signals) -> None:
    parent = run_python(SERVE, str(tmp_path))
    children = pids(first_line(parent))
    began = time.monotonic()
    os.killpg(parent.pid, number)  # the whole foreground group, as a terminal does
    assert rest(parent) == ""
    assert time.monotonic() - began < 3
    assert parent.returncode == 0
    assert none_alive(children)
    assert inhabitants(tmp_path / "postgres") == []
    assert not (tmp_path / "redis.sock").exists()


def test_the_death_of_a_server_ends_all_and_names_it(tmp_path: Path) -> None:
    parent = run_python(SERVE, str(tmp_path))
    children = pids(first_line(parent))
    os.kill(children[1], signal.SIGKILL)
    said = rest(parent)
    assert "redis was killed by SIGKILL" in said
    assert parent.returncode == 1
    assert none_alive(children)


@pytest.mark.deep
def test_an_interrupted_first_start_leaves_no_half_database(tmp_path: Path) -> None:
    parent = run_python(SERVE, str(tmp_path))
    assert eventually(lambda: any(tmp_path.glob("postgres.draft.*")))
    parent.kill()
    rest(parent)
    assert not (tmp_path / "postgres").exists()
    with bundled_services(tmp_path) as services:
        write(services.urls.database_url, services.urls.redis_url)
    with bundled_services(tmp_path):
        assert not any(tmp_path.glob("postgres.draft.*"))


@pytest.mark.deep
def test_data_of_another_postgres_version_is_refused(tmp_path: Path) -> None:
    with bundled_services(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServiceError, match="PostgreSQL 17"), bundled_services(tmp_path):
        pass


def test_a_failed_start_of_the_second_service_ends_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "redis-server").write_text("#!/bin/sh\necho out of memory\nexit 3\n")
    (tmp_path / "redis-server").chmod(0o755)
    with pytest.raises(ServiceError, match=r"(?s)exit code 3.*out of memory"), bundled_services(tmp_path):
        pass
    assert inhabitants(tmp_path / "postgres") == []


def test_kombu_reads_the_celery_form_of_a_socket() -> None:
    from kombu import Connection

    url = celery_url("unix:///tmp/a%20b/redis.sock?db=2")
    assert Connection(url).transport_cls == "redis+socket" or url.startswith("redis+socket://")
    assert celery_url("redis://:x@127.0.0.1:1/0") == "redis://:x@127.0.0.1:1/0"


@pytest.mark.deep
def test_the_long_path_port_listens_on_this_machine_only(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * MAX_SOCKET_PATH_BYTES)
    with bundled_services(deep) as services:
        addresses = [a for child in services.children for a in listening_ports(child.process.pid)]
    local = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    assert {address.partition(":")[0] for address in addresses} == {local}
    assert len(addresses) == 2


# Without user namespaces (a container with the usual seccomp profile), root becomes `nobody`.
# `_namespaces_allowed` asks the kernel, which cannot be told to refuse from inside a test.
SERVE_AS_NOBODY = "import common.services.sandbox as s; s._namespaces_allowed = lambda _: False\n" + SERVE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
@pytest.mark.deep
def test_root_without_namespaces_runs_postgres_as_nobody_and_can_go_back(open_folder: Path) -> None:
    with bundled_services(open_folder) as services:
        write(services.urls.database_url, services.urls.redis_url)
    parent = run_python(SERVE_AS_NOBODY, str(open_folder))
    children = pids(first_line(parent))
    assert owner_of(children[0]) == pwd.getpwnam("nobody").pw_uid
    parent.kill()
    rest(parent)
    assert eventually(lambda: none_alive(children)), "a change of user must not lose the death signal"
    with bundled_services(open_folder) as services:
        assert words(services.urls.database_url, services.urls.redis_url) == (["lamp"], b"river")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
@pytest.mark.deep
def test_root_on_a_machine_without_ordinary_accounts_can_start(tmp_path: Path) -> None:
    bare = "import pwd; real = pwd.getpwall; pwd.getpwall = lambda: [p for p in real() if p.pw_uid < 1000]\n"
    parent = run_python(bare + SERVE, str(tmp_path))
    pids(first_line(parent))
    parent.terminate()
    assert rest(parent) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_a_folder_closed_to_nobody_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    closed.chmod(0o700)
    parent = run_python(SERVE_AS_NOBODY, str(closed / "var"))
    assert "cannot enter" in rest(parent)
    assert parent.returncode == 1


def owner_of(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """pytest's own temporary folders are closed to everybody else."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
