"""The doctor's questions to recorders and the store, well and in each way ill."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from common.checkup import Finding, Mark
from common.services.urls import free_port
from common.storage import FolderStorage, Stored
from common.storage.s3 import S3Storage
from recordings.checkup import FfmpegThere, RecordersIdle, StoreKeeps, explain_store, try_store
from recordings.storage import storage
from tests.processes import ROOT, wait_until
from tests.s3 import forget_buckets


@pytest.fixture(scope="module")
def jibri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "recordings.simulated.jibri", "--port", str(port), "--recordings-dir"]
    folder = tmp_path_factory.mktemp("jibri")
    process = subprocess.Popen([*command, str(folder)], cwd=ROOT, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: answers(url), 20, what="the simulator")
    yield url
    process.kill()
    process.wait()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/simulator", trust_env=False).is_success
    except httpx.HTTPError:
        return False


def recorders(*words: str, settings: Any) -> list[Finding]:
    settings.RECORDER_ENGINE, settings.JIBRI_URLS = "jibri", list(words)
    return list(RecordersIdle().examine())


@pytest.mark.parametrize(
    ("behaviour", "marks", "found", "remedy"),
    [
        ("well", [Mark.FINE], "idle", ""),
        ("busy", [Mark.FINE, Mark.WARNING], "records", "JIBRI_COUNT"),
        ("unhealthy", [Mark.FAULT, Mark.WARNING], "is ill: chrome: simulated", "--force-recreate jibri"),
        ("silent", [Mark.FAULT, Mark.WARNING], "no answer", "custom-jibri.conf"),
    ],
)
def test_a_recorder_as_it_is(
    behaviour: str, marks: list[Mark], found: str, remedy: str, jibri: str, settings: Any
) -> None:
    httpx.post(f"{jibri}/simulator", json={"behaviour": behaviour}, trust_env=False)
    seen = recorders(f"first={jibri}", settings=settings)
    assert ([one.mark for one in seen], seen[0].about, seen[0].found) == (marks, "first", found)
    assert any(remedy in one.remedy for one in seen)


def test_one_idle_recorder_is_enough(jibri: str, settings: Any) -> None:
    httpx.post(f"{jibri}/simulator", json={"behaviour": "well"}, trust_env=False)
    away = f"away=http://127.0.0.1:{free_port()}"
    assert [one.mark for one in recorders(f"first={jibri}", away, settings=settings)] == [
        Mark.FINE,
        Mark.FAULT,
    ]


def test_jibris_that_nobody_listed_are_a_fault_and_the_built_in_recorder_needs_none(settings: Any) -> None:
    (found,) = recorders(settings=settings)
    assert found.mark == Mark.FAULT and "JIBRI_URLS" in found.remedy
    settings.RECORDER_ENGINE = "embedded"
    assert [one.mark for one in RecordersIdle().examine()] == [Mark.SKIPPED]


def test_ffmpeg_is_there() -> None:
    (found,) = FfmpegThere().examine()
    assert found.mark == Mark.FINE and found.found.startswith("ffmpeg version")


# The store


def test_a_folder_keeps_a_trial_and_nothing_stays_behind(settings: Any) -> None:
    (found,) = StoreKeeps().examine()
    assert (found.mark, found.about) == (Mark.FINE, str(settings.STORAGE_DIR))
    assert [path for path in Path(settings.STORAGE_DIR).rglob("*") if path.is_file()] == []


def test_the_trial_is_made_in_the_work_folder_and_in_no_folder_of_the_machine(
    settings: Any, tmp_path: Path
) -> None:
    settings.WORK_DIR = tmp_path / "work"
    settings.WORK_DIR.write_text("in the way")
    (found,) = StoreKeeps().examine()
    assert (found.mark, found.found) == (Mark.FAULT, "FileExistsError")
    settings.WORK_DIR.unlink()
    (found,) = StoreKeeps().examine()
    assert found.mark == Mark.FINE
    assert list(settings.WORK_DIR.iterdir()) == []


def test_a_bucket_keeps_a_trial_and_nothing_stays_behind(s3_server: str, settings: Any) -> None:
    forget_buckets(s3_server)
    settings.STORAGE_BACKEND = "s3"
    settings.S3 = {
        "S3_BUCKET": "recordings",
        "S3_ENDPOINT_URL": s3_server,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY_ID": "any",
        "S3_SECRET_ACCESS_KEY": "thing",
    }
    storage.cache_clear()
    (missing,) = StoreKeeps().examine()
    bucket = boto3.resource(
        "s3",
        endpoint_url=s3_server,
        region_name="us-east-1",
        aws_access_key_id="any",
        aws_secret_access_key="thing",
    ).create_bucket(Bucket="recordings")
    (found,) = StoreKeeps().examine()
    assert (missing.mark, missing.found) == (Mark.FAULT, "there is no such bucket")
    assert "make-bucket" in missing.remedy
    assert (found.mark, found.about) == (Mark.FINE, "recordings")
    assert list(bucket.objects.all()) == []
    storage.cache_clear()


def test_a_bucket_that_is_away_names_the_endpoint() -> None:
    away = S3Storage(
        "recordings",
        region="us-east-1",
        endpoint_url=f"http://127.0.0.1:{free_port()}",
        access_key="any",
        secret_key="thing",
        path_style=True,
    )
    found = try_store("recordings", away)
    assert found.mark == Mark.FAULT and "S3_ENDPOINT_URL" in found.remedy


class Forgetful(FolderStorage):
    """Takes everything and has nothing."""

    def head(self, key: str) -> Stored | None:
        return None


class Altering(FolderStorage):
    """Gives back other bytes than it says it has."""

    def put(self, key: str, path: Path, *, content_type: str) -> Stored:
        stored = super().put(key, path, content_type=content_type)
        next(one for one in self.root.rglob(Path(key).name) if "objects" in one.parts).write_bytes(b"other")
        return stored

    def __init__(self, root: Path) -> None:
        super().__init__(root, base_url="/", signer=str)
        self.root = root


@pytest.mark.parametrize("kind", ["forgets", "alters"])
def test_a_store_that_loses_bytes_is_a_fault(kind: str, tmp_path: Path) -> None:
    forgets = Forgetful(tmp_path, base_url="/", signer=str)
    found = try_store("x", forgets if kind == "forgets" else Altering(tmp_path))
    assert found.mark == Mark.FAULT and "before anything else is recorded" in found.remedy


def test_a_folder_that_is_a_file_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("in the way")
    found = try_store("x", FolderStorage(tmp_path, base_url="/", signer=str))
    assert found.mark == Mark.FAULT and found.remedy


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("store_refused", "S3_SECRET_ACCESS_KEY"),
        ("store_unreachable", "S3_ENDPOINT_URL"),
        ("store_misconfigured", "S3_"),
        ("store_full", "break-glass.md"),
        ("something_new", "logs --tail 50 store"),
    ],
)
def test_each_refusal_of_a_store_has_a_remedy(code: str, remedy: str) -> None:
    found = explain_store("x", code)
    assert found.mark == Mark.FAULT and remedy in found.remedy
