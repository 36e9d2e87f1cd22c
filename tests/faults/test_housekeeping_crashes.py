"""A worker may die between any two side effects of a deletion, a copy or an erasure: the next one ends it."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.actions import find_broken_seal
from accounts.models import AuditEvent, Person
from common.queue import find_task
from housekeeping import actions
from housekeeping.models import DataRequest, RequestState
from housekeeping.work import work
from recordings.expiry import expire
from recordings.models import Chapter, Recording, RecordingState
from recordings.storage import prefix_of, storage
from tests.conftest import Cast
from tests.faults.test_pipeline_crashes import start_worker
from tests.housekeeping.scenes import hold_lesson, publish, stored_objects
from tests.patience import PATIENCE
from tests.processes import ROOT, House, wait_until
from tests.tiers import sampled
from tests.wire.conftest import is_quiet

pytestmark = [pytest.mark.timeout(900), pytest.mark.fault, pytest.mark.django_db(transaction=True)]


def points_of(module: str) -> list[str]:
    return re.findall(r'crash_point\("([^"]+)"\)', (ROOT / module).read_text())


EXPIRY, EXPORT, ERASURE = (
    points_of(module)
    for module in ("recordings/expiry.py", "housekeeping/exporting.py", "housekeeping/erasing.py")
)


@pytest.fixture(scope="module")
def house(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A dead worker's lease is free after four seconds; what is left to do is then done by this process."""
    database = str(connection.settings_dict["NAME"])
    house = House(database, tmp_path_factory.mktemp("house"), extra={"LEASE_SECONDS": "1"})
    yield house
    house.stop()


@pytest.fixture
def recording(transactional_db: None, house: House, settings: Any, cast: Cast) -> Iterator[Recording]:
    for name in ("RECORDINGS_DIR", "WORK_DIR", "STORAGE_DIR"):
        folder = Path(house.environment[name])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        setattr(settings, name, folder)
    yield publish(hold_lesson(cast, ended_at=timezone.now() - timedelta(days=200)), cast.amina)
    wait_until(is_quiet, 10, what="the end of what the workers still do")


def die_at(house: House, point: str, task: str, pk: object) -> None:
    worker = start_worker(house, point, CRASH_AT=point)
    find_task(task).apply_async(args=(str(pk),), queue=point)
    assert worker.wait(60 * PATIENCE) == -signal.SIGKILL, house.log(point)[-3000:]


def ends(go_on: Callable[..., object], row: Recording | DataRequest, state: str) -> None:
    """Called again and again, as the sweep does, by a process that knows nothing of the dead one."""

    def is_done() -> bool:
        go_on(row.pk)
        row.refresh_from_db()
        return row.state == state

    wait_until(is_done, 30, what=state)


def test_there_are_crash_points_between_all_side_effects() -> None:
    assert (len(EXPIRY), len(EXPORT), len(ERASURE)) == (4, 2, 4)


def store_rendition(recording: Recording) -> None:
    """What else was made of it: named by nobody but the lesson in its key."""
    part = settings.WORK_DIR / "part"
    part.write_bytes(b"sound")
    storage().put(f"{prefix_of(recording)}sound.ogg", part, content_type="audio/ogg")
    part.unlink()


def test_originals_go_against_proof_alone_and_a_killed_worker_is_followed(
    house: House, recording: Recording
) -> None:
    Recording.objects.filter(pk=recording.pk).update(sha256="0" * 64)
    assert actions.drop_originals(recording.pk) is False
    assert list(settings.RECORDINGS_DIR.iterdir())
    held = storage().head(recording.video_key)
    assert held is not None
    Recording.objects.filter(pk=recording.pk).update(sha256=held.sha256, size_bytes=held.size)
    die_at(house, "recordings.original_deleted", "housekeeping.drop_originals", recording.pk)
    assert actions.drop_originals(recording.pk) is True
    assert actions.drop_originals(recording.pk) is False
    assert list(settings.RECORDINGS_DIR.iterdir()) == []
    assert storage().head(recording.video_key) == held
    assert AuditEvent.objects.filter(act="recording.originals_deleted").count() == 1


@pytest.mark.parametrize("point", sampled(EXPIRY, every=4))
def test_a_deletion_goes_on(house: House, recording: Recording, cast: Cast, point: str) -> None:
    store_rendition(recording)
    assert actions.doom_due(institution=cast.school, now=timezone.now()) == [recording]
    die_at(house, point, "housekeeping.expire", recording.pk)
    ends(expire, recording, RecordingState.EXPIRED)
    assert stored_objects() == []
    assert list(settings.RECORDINGS_DIR.iterdir()) == []
    assert not Chapter.objects.filter(recording=recording).exists()
    assert AuditEvent.objects.filter(act="recording.expired").count() == 1


def ask_for_copy(cast: Cast) -> DataRequest:
    return actions.request_export(
        institution=cast.school, person=cast.amina, by=cast.amina, now=timezone.now()
    )


@pytest.mark.parametrize("point", sampled(EXPORT, every=3))
def test_a_copy_is_made_once(house: House, recording: Recording, cast: Cast, point: str) -> None:
    request = ask_for_copy(cast)
    die_at(house, point, "housekeeping.work", request.pk)
    ends(work, request, RequestState.DONE)
    assert [key for key in stored_objects() if "exports" in key] == [request.key]
    assert AuditEvent.objects.filter(act="export.made").count() == 1


@pytest.mark.parametrize("point", sampled(ERASURE, every=4))
def test_an_erasure_goes_on(house: House, recording: Recording, cast: Cast, point: str) -> None:
    work(ask_for_copy(cast).pk)
    now = timezone.now()
    request = actions.start_erasure(
        institution=cast.school, person=cast.amina, by=cast.head, typed_name="Amina", now=now
    )
    die_at(house, point, "housekeeping.work", request.pk)
    ends(work, request, RequestState.DONE)
    assert Person.objects.get(pk=cast.amina.pk).name == "Erased person"
    assert [key for key in stored_objects() if "exports" in key] == []
    assert AuditEvent.objects.filter(act="person.erased").count() == 1
    assert find_broken_seal(cast.school) is None
