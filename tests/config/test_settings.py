"""One table of settings; what is wrong with them is said before anybody enters."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config import checks, env
from config.management.commands import settings as command

ROOT = Path(__file__).resolve().parents[2]


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` as somebody calls it who has set nothing but `environment`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("settings", *arguments, stdout=out)
    return out.getvalue()


def test_the_committed_files_are_in_step() -> None:
    call_command("settings", "--check")


def test_a_stale_file_fails_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env.example").write_text("# old\n")
    monkeypatch.setattr(command, "BASE_DIR", tmp_path)
    monkeypatch.setattr(command, "EXAMPLE", tmp_path / ".env.example")
    with pytest.raises(CommandError, match="stale: run `make settings`"):
        call_command("settings", "--check")


def test_the_example_changes_nothing_until_somebody_takes_a_mark_away() -> None:
    assert all(not line or line.startswith("#") for line in printed().splitlines())
    assert "#PORT=8000" in printed()


def test_the_files_name_every_setting_and_no_folder_of_this_machine() -> None:
    for text in (printed(), printed("--markdown")):
        assert all(setting.name in text for setting in env.TABLE)
        assert str(ROOT) not in text
    assert "#RECORDINGS_DIR=var/recordings" in printed()


def test_secrets_are_marked_as_such() -> None:
    rows = [line for line in printed("--markdown").splitlines() if "**Secret.**" in line]
    assert len(rows) == sum(setting.secret for setting in env.TABLE)


def test_two_secrets_are_never_the_same_and_long_enough() -> None:
    first, second = printed("--secret").strip(), printed("--secret").strip()
    assert first != second
    assert min(len(first), len(second)) >= 50


def test_a_secret_can_be_made_before_anything_is_set(tmp_path: Path) -> None:
    answer = manage("settings", "--secret", DARASA_VAR=str(tmp_path))
    assert answer.returncode == 0
    assert len(answer.stdout.strip()) >= 50


def test_no_name_stands_twice_in_the_table() -> None:
    names = [setting.name for setting in env.TABLE]
    assert len(names) == len(set(names))


def test_defaults_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in env.TABLE:
        monkeypatch.delenv(setting.name, raising=False)
        assert setting.read() == setting.parse(setting.default)


@pytest.mark.parametrize(("name", "text"), [("PORT", "eighty"), ("DEBUG", "maybe"), ("ICE_SERVERS", "{")])
def test_a_value_that_cannot_be_read_is_named(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)
    setting = next(one for one in env.TABLE if one.name == name)
    with pytest.raises(env.BadSetting, match=name):
        setting.read()


@pytest.mark.parametrize("key", ["", "too short", "x" * 49])
def test_a_missing_or_weak_key_is_found(key: str, settings: Any) -> None:
    settings.SECRET_KEY = key
    assert ids(checks.check_secret_key()) == ["darasa.E001"]


def test_a_long_key_is_accepted(settings: Any) -> None:
    settings.SECRET_KEY = "x" * 50
    assert checks.check_secret_key() == []


def test_missing_servers_are_found_one_by_one(settings: Any) -> None:
    settings.DATABASE_URL = settings.REDIS_URL = ""
    assert ids(checks.check_services()) == ["darasa.E002", "darasa.E002"]
    settings.DATABASE_URL, settings.REDIS_URL = "postgresql:///darasa", "redis://127.0.0.1"
    assert checks.check_services() == []


def test_a_jitsi_needs_its_secret_and_no_jitsi_needs_none(settings: Any) -> None:
    settings.JITSI_DOMAIN, settings.JITSI_APP_SECRET = "meet.school.example", "short"
    assert ids(checks.check_jitsi()) == ["darasa.E003"]
    settings.JITSI_APP_SECRET = "x" * 32
    assert checks.check_jitsi() == []
    settings.JITSI_DOMAIN = settings.JITSI_APP_SECRET = ""
    assert checks.check_jitsi() == []


def test_a_storage_is_a_folder_or_a_named_bucket(settings: Any) -> None:
    settings.STORAGE_BACKEND, settings.S3 = "s3", {"S3_BUCKET": ""}
    assert ids(checks.check_storage()) == ["darasa.E004"]
    settings.S3 = {"S3_BUCKET": "lessons"}
    assert checks.check_storage() == []
    settings.STORAGE_BACKEND = "shelf"
    assert ids(checks.check_storage()) == ["darasa.E004"]


def test_the_demo_is_refused_on_a_real_server(settings: Any) -> None:
    settings.DARASA_DEMO = True
    assert ids(checks.check_demo()) == ["darasa.E005"]
    settings.DARASA_DEMO = False
    assert checks.check_demo() == []


def ids(found: list[Any]) -> list[str]:
    assert all(message.hint for message in found)
    return [message.id for message in found]


def test_a_server_with_nothing_set_does_not_start_and_says_why(tmp_path: Path) -> None:
    answer = manage("check", DARASA_VAR=str(tmp_path))
    assert answer.returncode == 1
    assert "darasa.E001" in answer.stderr
    assert "DATABASE_URL is not known" in answer.stderr


@pytest.mark.parametrize(("seconds", "is_fine"), [("300", True), ("1", True), ("301", False), ("0", False)])
def test_a_link_to_a_recording_opens_for_five_minutes_at_most(
    settings: Any, seconds: str, is_fine: bool
) -> None:
    settings.MEDIA_LINK_SECONDS = int(seconds)
    told = checks.check_media_links()
    assert [one.id for one in told] == ([] if is_fine else ["darasa.E011"])
    assert int(next(one for one in env.TABLE if one.name == "MEDIA_LINK_SECONDS").default) <= 300
