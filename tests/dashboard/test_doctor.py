"""`manage.py doctor`: which checks there are, how they are told, and those that ask Darasa's own processes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.utils import timezone

from common.checkup import Finding, Mark, fault, fine
from common.services.urls import free_port
from config.celery import app
from dashboard.checkup import (
    SILENT_SECONDS,
    BeatTicks,
    QueuesServed,
    SettingsSound,
    all_checks,
    as_line,
    judge_silence,
    queues,
    redact,
)
from dashboard.tasks import CALL, TICK, answer_call, note_tick
from recordings.models import Recording
from tests.conftest import Cast
from tests.jitsi_config.stack import load

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "operations" / "doctor.md"
ROW = re.compile(r"^\| `([a-z]+)` \|", re.MULTILINE)


def doctor(*arguments: str) -> tuple[int, str]:
    """Its exit code, and what it says."""
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


# Which there are


def test_the_manual_has_a_row_for_each_check_in_their_order() -> None:
    assert ROW.findall(PAGE.read_text()) == [check.name for check in all_checks()]


def test_the_list_names_them_with_what_they_look_at() -> None:
    lines = doctor("--list")[1].splitlines()
    assert [line.split()[0] for line in lines] == [check.name for check in all_checks()]
    assert all(str(check.title) in line for check, line in zip(all_checks(), lines, strict=True))


def test_a_name_that_nobody_has_is_an_error() -> None:
    with pytest.raises(CommandError, match="nonsense"):
        doctor("--only", "dns", "nonsense")


def test_remedies_name_services_that_there_are() -> None:
    services = {*load()["services"], "%(service)s"}
    said = [
        command
        for folder in ("common/checkup", "classroom/jitsi/checkup", "recordings", "dashboard")
        for file in (ROOT / folder).glob("*.py")
        if file.name == "checkup.py" or file.parent.name == "checkup"
        for command in re.findall(r"`docker compose ([^`|]+)[`|]", file.read_text())
    ]
    assert len(said) > 10
    for command in said:
        verb, *words = command.replace("--tail 50", "").split()
        named = [word for word in words if not word.startswith("--")]
        assert named and set(named) <= services, f"{verb}: {named}"


# How they are told


@pytest.mark.django_db
def test_what_works_ends_with_nought() -> None:
    code, said = doctor("--only", "ffmpeg", "dns")
    assert code == 0
    assert [line.split()[:2] for line in said.splitlines()] == [["✓", "dns"], ["✓", "ffmpeg"]]


@pytest.mark.django_db
def test_a_fault_ends_with_one_and_names_the_remedy() -> None:
    cache.delete(TICK)
    code, said = doctor("--only", "beat")
    assert code == 1
    assert said.startswith("✗ beat") and "  → `docker compose up --detach beat`" in said


@pytest.mark.django_db
def test_programs_are_told_the_same() -> None:
    cache.delete(TICK)
    code, said = doctor("--only", "beat", "ffmpeg", "--json")
    told = json.loads(said)
    assert (code, told["healthy"]) == (1, False)
    beat, ffmpeg = told["checks"]
    assert (beat["check"], beat["findings"][0]["mark"]) == ("beat", "fault")
    assert (ffmpeg["check"], ffmpeg["findings"][0]["remedy"]) == ("ffmpeg", "")


SECRETS = {
    "JITSI_APP_SECRET": "the-secret-of-the-tokens-0123456789",
    "JITSI_HOOK_TOKEN": "the-token-of-the-hooks-0123456789-0",
    "JITSI_EVENT_SECRET": "the-secret-of-the-events-0123456789",
    "JIBRI_HOOK_SECRET": "the-secret-of-the-jibris-0123456789",
    "EMAIL_HOST_PASSWORD": "the-password-of-the-letters",
}


@pytest.mark.django_db
def test_a_house_where_nothing_answers_is_told_in_time_and_without_a_secret(settings: Any) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    for name, value in SECRETS.items():
        setattr(settings, name, value)
    settings.PUBLIC_URL = settings.JITSI_ORIGIN = f"https://{nobody}"
    settings.JITSI_DOMAIN = nobody
    settings.INNER_URL = settings.PROSODY_URL = settings.JICOFO_URL = f"http://{nobody}"
    settings.JVB_URLS = settings.JIBRI_URLS = [f"http://{nobody}"]
    settings.RECORDER_ENGINE = "jibri"
    settings.EMAIL_HOST, settings.EMAIL_PORT = nobody.split(":")
    settings.REDIS_URL = f"redis://:the-password-of-redis@{nobody}/0"
    settings.STORAGE_BACKEND, settings.S3 = (
        "s3",
        {**settings.S3, "S3_SECRET_ACCESS_KEY": "the-key-of-the-store"},
    )
    began = time.monotonic()
    code, said = doctor("--json")
    assert code == 1
    assert time.monotonic() - began < 60  # a net against hanging, not a measurement
    for secret in (
        *SECRETS.values(),
        "the-password-of-redis",
        "the-key-of-the-store",
        settings.SECRET_KEY,
        "eyJ",
    ):
        assert secret not in said
    told = {check["check"]: check["findings"] for check in json.loads(said)["checks"]}
    assert set(told) == {check.name for check in all_checks()}
    for name in (
        "tls",
        "redis",
        "mail",
        "token",
        "snapshot",
        "reservations",
        "jicofo",
        "bridges",
        "recorders",
    ):
        assert any(one["mark"] == "fault" and one["remedy"] for one in told[name]), name


def test_whatever_an_error_says_secrets_are_taken_out(settings: Any) -> None:
    settings.JITSI_APP_SECRET = "the-secret-of-the-tokens-0123456789"
    settings.DATABASE_URL = "postgresql://darasa:p%40ssword-of-postgres@db/darasa"
    token = "eyJhbGciOiJIUzI1NiJ9.eyJyb29tIjoiciJ9.c2lnbmF0dXJl"
    said = f"{settings.JITSI_APP_SECRET} p@ssword-of-postgres p%40ssword-of-postgres ?token={token}&room=r"
    assert redact(said) == "[secret] [secret] [secret] ?token=[token]&room=r"
    assert settings.JITSI_APP_SECRET not in as_line("x", fault(said, said, said))


def test_a_line_without_a_remedy_has_no_arrow() -> None:
    assert as_line("dns", fine("a", "b")) == "✓ dns          a: b"


# Those that ask Darasa's own processes


def test_a_setting_that_stops_a_start_is_a_fault_with_its_hint(settings: Any) -> None:
    assert [one.mark for one in SettingsSound().examine()] == [Mark.FINE]
    settings.JITSI_HOOK_TOKEN = "short"
    (found,) = SettingsSound().examine()
    assert (found.mark, found.about) == (Mark.FAULT, "darasa.E008")
    assert "32 random characters" in found.remedy


def test_a_real_server_is_asked_more_than_a_demo(settings: Any) -> None:
    settings.DARASA_DEMO, settings.PUBLIC_URL = True, "https://classroom.example"
    assert "darasa.E005" in [one.about for one in SettingsSound().examine()]


@contextmanager
def worker(*listens_to: str) -> Iterator[None]:
    """A real one, in a thread of this process, at the broker of the tests, where nothing of other tests waits."""
    with app.connection_for_write() as connection:
        for queue in listens_to:
            connection.default_channel.queue_purge(queue)  # type: ignore[attr-defined]  # the stubs know it not
    with start_worker(
        app, pool="solo", perform_ping_check=False, queues=list(listens_to), loglevel="WARNING"
    ):
        yield


def ask_queues() -> dict[str, Finding]:
    return {found.about: found for found in QueuesServed().examine()}


@pytest.mark.django_db(transaction=True)
def test_queues_that_are_listened_to_answer_and_the_others_are_named() -> None:
    with worker("celery", "outward"):
        found = ask_queues()
    assert {queue: one.mark for queue, one in found.items()} == {
        "celery": Mark.FINE,
        "outward": Mark.FINE,
        "media": Mark.WARNING,
        "boards": Mark.FAULT,
    }
    assert "worker-media" in found["media"].remedy


@pytest.mark.django_db
def test_a_queue_of_sweeps_without_a_worker_is_a_fault(settings: Any) -> None:
    assert queues() == ["boards", "celery", "media", "outward"]
    for queue, service in (
        ("celery", "worker`"),
        ("boards", "worker-boards`"),
        ("outward", "worker-outward`"),
    ):
        found = judge_silence(queue)
        assert found.mark == Mark.FAULT and service in found.remedy


@pytest.mark.django_db
def test_a_worker_that_composes_is_busy_and_not_away(cast: Cast, lesson: Any) -> None:
    now = timezone.now()
    Recording.objects.create(lesson=lesson, state_at=now, lease_until=now + timedelta(seconds=30))
    assert judge_silence("media").mark == Mark.FINE


def test_a_call_answers_nothing_but_calls() -> None:
    answer_call(TICK + "x")
    answer_call(CALL + "x")
    assert (cache.get(TICK + "x"), cache.get(CALL + "x")) == (None, True)


def test_a_clock_that_ticks_is_fine_and_one_that_stopped_is_not() -> None:
    note_tick()
    (found,) = BeatTicks().examine()
    assert found.mark == Mark.FINE
    cache.set(TICK, time.time() - SILENT_SECONDS - 1)
    (found,) = BeatTicks().examine()
    assert found.mark == Mark.FAULT and "41 s ago" in found.found
    cache.delete(TICK)
    (found,) = BeatTicks().examine()
    assert (found.mark, found.found) == (Mark.FAULT, "has never ticked")


def test_without_a_broker_or_a_cache_both_point_there(settings: Any) -> None:
    settings.CHANNELS_REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    found = [*QueuesServed().examine(), *BeatTicks().examine()]
    assert len(found) == 2
    for one in found:
        assert one.mark == Mark.FAULT and "redis" in one.remedy


def test_beat_ticks_often_enough_for_that(settings: Any) -> None:
    ticks = settings.CELERY_BEAT_SCHEDULE["note-tick"]
    assert ticks["task"] == note_tick.name and ticks["schedule"] * 2 < SILENT_SECONDS
