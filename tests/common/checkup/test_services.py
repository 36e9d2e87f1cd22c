"""PostgreSQL, Redis, disks and mail, each well and each in every way in which it can be wrong."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from common.checkup import Finding, Mark
from common.checkup.services import Disks, MailServer, Postgres, RedisServers, judge_version
from common.services.redis import binary
from common.services.urls import free_port
from tests.processes import wait_until


def marks(findings: list[Finding]) -> dict[str, Mark]:
    return {finding.about: finding.mark for finding in findings}


@pytest.mark.django_db
def test_a_database_that_is_up_to_date_is_fine() -> None:
    assert marks(list(Postgres().examine())) == {
        "PostgreSQL": Mark.FINE,
        "migrations": Mark.FINE,
        "PostgreSQL's clock": Mark.FINE,
    }


@pytest.mark.django_db
def test_migrations_that_were_forgotten_are_a_fault() -> None:
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="classroom").order_by("-id").first()
    assert last is not None
    recorder.record_unapplied("classroom", last.name)
    found = next(one for one in Postgres().examine() if one.about == "migrations")
    assert found.mark == Mark.FAULT and f"classroom.{last.name}" in found.found
    assert "manage.py migrate" in found.remedy


def test_a_server_that_is_too_old_says_which_is_wanted() -> None:
    assert judge_version("x", 180_004).found == "18.4"
    found = judge_version("x", 130_012)
    assert (found.mark, found.found) == (Mark.FAULT, "13.12") and "14" in found.remedy


@contextmanager
def redis_with(folder: Path, *lines: str) -> Iterator[str]:
    """A Redis of its own with these settings."""
    port = free_port()
    file = folder / "redis.conf"
    file.write_text("\n".join([f"port {port}", "bind 127.0.0.1", f'dir "{folder}"', 'save ""', *lines]))
    process = subprocess.Popen([binary(), file], stdout=subprocess.DEVNULL)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        # It listens when it says anything but that it cannot be reached.
        wait_until(
            lambda: all(one.found != "ConnectionError" for one in RedisServers(url, url).examine()),
            10,
            what="Redis",
        )
        yield url
    finally:
        process.kill()
        process.wait()


def test_a_broker_that_keeps_is_fine() -> None:
    assert [one.mark for one in RedisServers(settings.REDIS_URL, settings.REDIS_URL).examine()] == [Mark.FINE]


def test_a_forgetful_broker_is_a_warning_for_each_way(tmp_path: Path) -> None:
    with redis_with(tmp_path, "appendonly no", "maxmemory-policy allkeys-lru") as url:
        first, *others = RedisServers(url, url).examine()
    assert first.mark == Mark.FINE
    assert [(one.mark, one.remedy) for one in others] == [
        (Mark.WARNING, "Set `appendonly yes`."),
        (Mark.WARNING, "Set `maxmemory-policy noeviction`."),
    ]


def test_channels_may_forget_and_must_when_they_are_full(tmp_path: Path) -> None:
    with redis_with(tmp_path, "maxmemory 64mb", "maxmemory-policy noeviction", "requirepass sesame") as url:
        refused = next(
            one for one in RedisServers(settings.REDIS_URL, url).examine() if one.about == "channels"
        )
        inside = url.replace("//", "//:sesame@")
        found = [one for one in RedisServers(settings.REDIS_URL, inside).examine() if one.about == "channels"]
    assert (refused.mark, refused.found) == (Mark.FAULT, "refuses our password")
    assert [one.mark for one in found] == [Mark.FINE, Mark.WARNING]
    assert "volatile-lru" in found[1].remedy


def test_a_redis_that_is_away_is_a_fault_and_its_password_stays_ours() -> None:
    servers = RedisServers(f"redis://:sesame@127.0.0.1:{free_port()}/0", settings.REDIS_URL)
    found = next(one for one in servers.examine() if one.about == "broker")
    assert (found.mark, found.found) == (Mark.FAULT, "ConnectionError")
    assert "docker compose up" in found.remedy and "sesame" not in f"{found}{servers!r}"


def test_folders_on_one_disk_are_one_line(tmp_path: Path) -> None:
    (found,) = Disks({"A": tmp_path, "B": tmp_path / "not made yet" / "below"}, 1, 1).examine()
    assert (found.mark, found.about) == (Mark.FINE, "A, B")


@pytest.mark.parametrize(("few", "too_few", "mark"), [(2**62, 1, Mark.WARNING), (2**62, 2**62, Mark.FAULT)])
def test_a_disk_that_fills_points_to_what_may_go(few: int, too_few: int, mark: Mark, tmp_path: Path) -> None:
    (found,) = Disks({"A": tmp_path}, few, too_few).examine()
    assert found.mark == mark and "break-glass.md" in found.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_a_fault(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    first, *_others = Disks({"A": tmp_path}, 1, 1).examine()
    assert (first.mark, first.found) == (Mark.FAULT, "cannot be written")


@contextmanager
def mail_server(**options: Any) -> Iterator[int]:
    controller = Controller(object(), hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def mail(port: int, **options: Any) -> Finding:
    (found,) = MailServer("127.0.0.1", port, **{"use_tls": False, **options}).examine()
    return found


def test_a_mail_server_that_greets_is_fine() -> None:
    with mail_server() as port:
        found = mail(port)
    assert (found.mark, found.about, found.found) == (Mark.FINE, f"127.0.0.1:{port}", "greets")


def test_a_mail_server_without_starttls_says_which_port() -> None:
    with mail_server() as port:
        found = mail(port, use_tls=True)
    assert found.mark == Mark.FAULT and "587" in found.remedy


def test_a_wrong_password_is_named_and_not_shown() -> None:
    def judge(_server: Any, _session: Any, _envelope: Any, _how: Any, given: Any) -> AuthResult:
        return AuthResult(success=given.password == b"right", handled=False)

    with mail_server(authenticator=judge, auth_require_tls=False, auth_required=True) as port:
        wrong = mail(port, user="darasa", password="a wrong one")
        right = mail(port, user="darasa", password="right")
    assert (wrong.mark, wrong.found) == (Mark.FAULT, "refuses our name or password")
    assert "EMAIL_HOST_PASSWORD" in wrong.remedy and "a wrong one" not in str(wrong)
    assert (right.mark, right.found) == (Mark.FINE, "greets and lets us in")


def test_a_mail_server_that_is_away_or_nowhere() -> None:
    away = mail(free_port())
    assert away.mark == Mark.FAULT and "EMAIL_PORT" in away.remedy
    (nowhere,) = MailServer("nowhere.invalid", 587).examine()
    assert (nowhere.found, nowhere.remedy) == ("no address", "Correct EMAIL_HOST.")


def test_without_a_mail_server_letters_are_in_a_folder() -> None:
    (found,) = MailServer("", 587).examine()
    assert found.mark == Mark.SKIPPED
