"""Whether lessons can be recorded and kept: recorders, ffmpeg, the store."""

from __future__ import annotations

import hashlib
import os
import secrets
import ssl
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ClassVar

import httpx
from django.conf import settings
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.checkup import Finding, fault, fine, skipped, tell_age, warning
from common.refusals import Refused, Unavailable
from common.storage import FolderStorage, Storage
from recordings import ffmpeg
from recordings.jibri import Address, HttpJibri, JibriAway, Status, read_addresses
from recordings.models import Reconciliation, RecorderState
from recordings.speech import OUR_PACKAGE, find_engine
from recordings.storage import storage

WAIT_SECONDS = 3.0
AT_ONCE = 16
TRIAL_BYTES = 4096


class RecordersIdle:
    name: ClassVar[str] = "recorders"
    title: ClassVar[str | Promise] = gettext_lazy("Recorders")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if settings.RECORDER_ENGINE != "jibri":
            yield skipped(about, _("the built-in recorder is used"))
            return
        addresses = read_addresses(settings.JIBRI_URLS)
        if not addresses:
            remedy = _("List the Jibris in JIBRI_URLS, or set RECORDER_ENGINE=embedded.")
            yield fault(about, _("JIBRI_URLS is empty: nothing can be recorded"), remedy)
            return
        answers = ask_all(addresses)
        for address, status in answers:
            yield judge_recorder(address, status)
        if not any(status and status.state == RecorderState.IDLE for _address, status in answers):
            remedy = _("Wait until a lesson ends, or raise JIBRI_COUNT: docs/operations/scale.md.")
            yield warning(about, _("none is free: a lesson that begins now is not recorded"), remedy)


def ask_all(addresses: list[Address]) -> list[tuple[Address, Status | None]]:
    """None for one that does not answer."""
    with HttpJibri() as client, ThreadPoolExecutor(AT_ONCE) as pool:
        return list(zip(addresses, pool.map(partial(_ask, client), addresses), strict=True))


def _ask(client: HttpJibri, address: Address) -> Status | None:
    try:
        return client.health(address.base_url)
    except JibriAway:
        return None


def judge_recorder(address: Address, status: Status | None) -> Finding:
    if status is None:
        remedy = _("`docker compose ps jibri`; its health port must listen for others (custom-jibri.conf).")
        return fault(address.name, _("no answer"), remedy)
    if status.state == RecorderState.UNHEALTHY:
        remedy = _(
            "`docker compose up --detach --no-deps --force-recreate jibri`; before that look at its disk."
        )
        return fault(address.name, _("is ill: %(detail)s") % {"detail": status.detail or "?"}, remedy)
    if status.state == RecorderState.EXPIRED:
        remedy = _("It has served its one session: `docker restart %(name)s`.") % {"name": address.name}
        return warning(address.name, _("wants a restart"), remedy)
    return fine(address.name, _("idle") if status.state == RecorderState.IDLE else _("records"))


class ReconcilerLooks:
    """Whether timetable, recorders, folders, store and rows were compared lately, and what came of it."""

    name: ClassVar[str] = "reconciler"
    title: ClassVar[str | Promise] = gettext_lazy("The reconciler of recordings")

    def examine(self) -> Iterator[Finding]:
        about, now = str(self.title), timezone.now()
        books = Reconciliation.objects.first()
        remedy = _("`docker compose up --detach beat worker-outward`: it is their task recordings.reconcile.")
        if books is None or books.finished_at is None:
            yield fault(about, _("has never looked"), remedy)
            return
        told = _("looked %(age)s ago") % {"age": tell_age((now - books.finished_at).total_seconds())}
        yield fault(about, told, remedy) if books.is_late(now) else fine(about, told)
        if books.found:
            found = _("%(n)s things disagree") % {"n": books.found}
            yield warning(about, found, _("The page Recorders names them."))


class FfmpegThere:
    name: ClassVar[str] = "ffmpeg"
    title: ClassVar[str | Promise] = gettext_lazy("FFmpeg")

    def examine(self) -> Iterator[Finding]:
        remedy = _("Install it (`apt-get install ffmpeg`), or the Python package imageio-ffmpeg.")
        try:
            program = ffmpeg.executable()
            told = subprocess.run(
                [program, "-version"], capture_output=True, text=True, timeout=4, check=True
            )
        except (ffmpeg.FfmpegFailed, OSError, subprocess.SubprocessError) as error:
            yield fault(str(self.title), type(error).__name__, remedy)
        else:
            yield fine(program, " ".join(told.stdout.split()[:3]))


class SpeechHeard:
    """Automatic captions are an extra: without them nothing is wrong."""

    name: ClassVar[str] = "captions"
    title: ClassVar[str | Promise] = gettext_lazy("Automatic captions")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if find_engine() is not None:
            yield fine(about, _("made by %(name)s") % {"name": settings.SPEECH_COMMAND or OUR_PACKAGE})
        elif settings.SPEECH_MODEL:
            remedy = _("`pip install faster-whisper`, or set SPEECH_COMMAND: docs/operations/captions.md.")
            yield warning(about, _("SPEECH_MODEL is set, but no engine is installed"), remedy)
        else:
            yield skipped(about, _("off; to have them: docs/operations/captions.md"))


class StoreKeeps:
    """A few random bytes there and back: written, described, fetched by a link as a browser would, deleted."""

    name: ClassVar[str] = "store"
    title: ClassVar[str | Promise] = gettext_lazy("The store of recordings")

    def examine(self) -> Iterator[Finding]:
        is_bucket = settings.STORAGE_BACKEND == "s3"
        yield try_store(settings.S3["S3_BUCKET"] if is_bucket else str(settings.STORAGE_DIR), storage())


def try_store(about: str, store: Storage) -> Finding:
    key = f"doctor/{uuid.uuid4()}"
    try:
        settings.WORK_DIR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="doctor-", dir=settings.WORK_DIR) as folder:
            trial = Path(folder) / "trial"
            trial.write_bytes(secrets.token_bytes(TRIAL_BYTES))
            stored = store.put(key, trial, content_type="application/octet-stream")
        try:
            return _read_again(about, store, key, stored.sha256)
        finally:
            store.delete(key)
    except (Refused, Unavailable) as no:
        return explain_store(about, no.code)
    except OSError as error:
        return fault(
            about,
            type(error).__name__,
            _("Darasa must own STORAGE_DIR: `chown -R 1000:1000`; is the disk full?"),
        )


def _read_again(about: str, store: Storage, key: str, sha256: str) -> Finding:
    remedy = _("Look at the store's disk and log before anything else is recorded.")
    described = store.head(key)
    if described is None or described.sha256 != sha256:
        return fault(about, _("does not have what it took"), remedy)
    body = _fetch(store, key)
    if body is None:
        remedy = _("Links are signed for S3_ENDPOINT_URL: it must be the address that browsers reach too.")
        return fault(about, _("keeps, but its links do not open"), remedy)
    if hashlib.sha256(body).hexdigest() != sha256:
        return fault(about, _("gives back other bytes than it took"), remedy)
    return fine(about, _("took, described, gave back and deleted a trial"))


def _fetch(store: Storage, key: str) -> bytes | None:
    if isinstance(store, FolderStorage):
        return b"".join(store.open_range(key).chunks)
    # As botocore: in a trial, the certificate of our own.
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    try:
        link = store.url(key, expires_seconds=60)
        answer = httpx.get(link, timeout=WAIT_SECONDS, trust_env=False, verify=trusted)
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        return None
    return answer.content if answer.is_success else None


def explain_store(about: str, code: str) -> Finding:
    sentences = {
        "no_such_bucket": (
            _("there is no such bucket"),
            _("`docker compose up make-bucket`, or correct S3_BUCKET."),
        ),
        "store_refused": (
            _("refuses us"),
            _(
                "Correct S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY; the key must read, write and delete; is the clock right?"
            ),
        ),
        "store_unreachable": (
            _("does not answer"),
            _("Correct S3_ENDPOINT_URL; `docker compose ps store`; for a folder: is its disk there?"),
        ),
        "store_misconfigured": (_("has no usable settings"), _("Set all settings that begin with S3_.")),
        "store_full": (_("is full"), _("“The disk is full” in docs/operations/break-glass.md.")),
    }
    found, remedy = sentences.get(code, (code, _("`docker compose logs --tail 50 store`.")))
    return fault(about, found, remedy)
