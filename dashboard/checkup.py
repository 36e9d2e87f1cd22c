"""All checks of `manage.py doctor`, in the order in which one would look; and how they are told without a secret."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.checks import CheckMessage, run_checks
from django.core.checks.messages import ERROR
from django.urls import get_resolver
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.jitsi.checkup import (
    BridgesWork,
    EventsArrive,
    JicofoWorks,
    KeysServed,
    RelaysServe,
    ReservationsAnswer,
    RoomEntered,
    SnapshotAnswers,
    TokenAccepted,
)
from common.checkup import Check, Finding, Mark, Report, fault, fine, tell_age, warning
from common.checkup.network import Clocks, Dns, Tls
from common.checkup.services import Disks, MailServer, Postgres, RedisServers, is_redis_there
from common.queue import find_task
from dashboard.tasks import CALL, TICK
from housekeeping.checkup import BackupKept
from recordings.checkup import FfmpegThere, ReconcilerLooks, RecordersIdle, SpeechHeard, StoreKeeps
from recordings.models import Recording
from recordings.storage import storage
from whiteboard.queries import is_board_work_going_on

SIGNS = {Mark.FINE: "✓", Mark.WARNING: "!", Mark.FAULT: "✗", Mark.SKIPPED: "–"}
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
SHORTEST_HIDDEN = 6
SILENT_SECONDS = 40
ROLL_CALL_SECONDS = 3.5


def all_checks() -> list[Check]:
    """As this process is configured."""
    doors = [settings.PUBLIC_URL, *filter(None, [settings.JITSI_ORIGIN])]
    folders = {name: getattr(settings, name) for name in ("VAR_DIR", "RECORDINGS_DIR", "WORK_DIR")}
    mail = MailServer(
        settings.EMAIL_HOST,
        settings.EMAIL_PORT,
        settings.EMAIL_HOST_USER,
        settings.EMAIL_HOST_PASSWORD,
        settings.EMAIL_USE_TLS,
    )
    return [
        SettingsSound(),
        Dns(doors),
        Tls(doors),
        Clocks(clocks()),
        Postgres(),
        RedisServers(settings.REDIS_URL, settings.CHANNELS_REDIS_URL),
        QueuesServed(),
        BeatTicks(),
        Disks(folders),
        BackupKept(),
        StoreKeeps(),
        ReconcilerLooks(),
        FfmpegThere(),
        SpeechHeard(),
        mail,
        TokenAccepted(),
        KeysServed(),
        RoomEntered(),
        SnapshotAnswers(),
        EventsArrive(),
        ReservationsAnswer(),
        JicofoWorks(),
        BridgesWork(),
        RecordersIdle(),
        RelaysServe(),
    ]


def warm_up() -> None:
    """What is imported for the first time takes seconds, and would be held against whoever is asked."""
    find_task("dashboard.answer_call")
    get_resolver().url_patterns  # noqa: B018  reading is what loads it
    storage()


def clocks() -> dict[str, str]:
    """Whoever judges what we sign: the front end's machine, Prosody for tokens, the store for links."""
    found = {_("Jitsi's front end"): settings.JITSI_ORIGIN, _("Prosody"): settings.PROSODY_URL}
    if settings.STORAGE_BACKEND == "s3":
        vendor = f"https://s3.{settings.S3['S3_REGION']}.amazonaws.com"
        found[_("the store")] = settings.S3["S3_ENDPOINT_URL"] or vendor
    return {about: url for about, url in found.items() if url}


class SettingsSound:
    """What stops a start, and what a real server should not have: Django's own checks, ours among them."""

    name: ClassVar[str] = "settings"
    title: ClassVar[str | Promise] = gettext_lazy("Settings")

    def examine(self) -> Iterator[Finding]:
        is_real = settings.PUBLIC_URL.startswith("https://")  # else a demo, where much is allowed
        messages = [one for one in run_checks(include_deployment_checks=is_real) if not one.is_silenced()]
        wrong = [one for one in messages if one.level >= ERROR]
        for message in wrong:
            yield fault(message.id or str(self.title), message.msg, _hint(message))
        if not wrong:
            yield fine(str(self.title), _("nothing that stops a start"))


def _hint(message: CheckMessage) -> str:
    return message.hint or _("docs/settings.md says what each setting may be.")


class QueuesServed:
    """A task for whoever listens to each queue; the answer comes through the cache."""

    name: ClassVar[str] = "queues"
    title: ClassVar[str | Promise] = gettext_lazy("Workers")

    def examine(self) -> Iterator[Finding]:
        if not (is_redis_there(settings.REDIS_URL) and is_redis_there(settings.CHANNELS_REDIS_URL)):
            yield fault(str(self.title), _("nobody can be called"), _see_redis())
            return
        yield from self._call({queue: f"{CALL}{uuid.uuid4()}" for queue in queues()})

    def _call(self, calls: dict[str, str]) -> Iterator[Finding]:
        began, task = time.monotonic(), find_task("dashboard.answer_call")
        for queue, call in calls.items():
            task.apply_async(
                args=(call,),
                queue=queue,
                expires=ROLL_CALL_SECONDS,
                retry=False,
                ignore_result=True,
            )
        waiting = dict(calls)
        while waiting and time.monotonic() - began < ROLL_CALL_SECONDS:
            for queue in [queue for queue, call in waiting.items() if cache.get(call)]:
                del waiting[queue]
                yield fine(queue, _("a worker answers"))
            time.sleep(0.05)
        for queue in waiting:
            yield judge_silence(queue)


def _see_redis() -> str:
    return _("Redis is away: see “redis”.")


def queues() -> list[str]:
    routes: dict[str, dict[str, str | int]] = settings.TASK_QUEUES
    return sorted({"celery", *(str(route["queue"]) for route in routes.values())})


def judge_silence(queue: str) -> Finding:
    """A worker that composes answers when it has finished."""
    service = {"celery": "worker"}.get(queue, f"worker-{queue}")
    remedy = _("`docker compose up --detach %(service)s`; elsewhere `celery -A config worker -Q %(queue)s`.")
    told = remedy % {"service": service, "queue": queue}
    if queue == "media" and Recording.objects.filter(lease_until__gt=timezone.now()).exists():
        return fine(queue, _("a worker composes a recording"))
    if queue == "boards" and is_board_work_going_on(now=timezone.now()):
        return fine(queue, _("a worker is busy with a board"))
    if queue == "media":
        return warning(queue, _("no worker answers, and none composes"), told)
    return fault(queue, _("no worker answers"), told)


class BeatTicks:
    """The last tick that a worker was handed. Without it no lesson opens, ends or is recorded by itself."""

    name: ClassVar[str] = "beat"
    title: ClassVar[str | Promise] = gettext_lazy("The clockwork (beat)")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if not is_redis_there(settings.CHANNELS_REDIS_URL):
            yield fault(about, _("what it told cannot be read"), _see_redis())
            return
        ticked_at = cache.get(TICK)
        remedy = _("`docker compose up --detach beat`. If “queues” fails too, begin there.")
        if ticked_at is None:
            yield fault(about, _("has never ticked"), remedy)
            return
        age = max(0.0, time.time() - ticked_at)
        told = _("ticked %(age)s ago") % {"age": tell_age(age)}
        yield fine(about, told) if age <= SILENT_SECONDS else fault(about, told, remedy)


# How it is told


def as_line(name: str, finding: Finding) -> str:
    told = f"{SIGNS[finding.mark]} {name:<12} {finding.about}: {finding.found}"
    return redact(f"{told}  → {finding.remedy}" if finding.remedy else told)


def as_json(reports: Iterable[Report]) -> dict[str, Any]:
    shown = [
        {
            "check": report.check.name,
            "title": str(report.check.title),
            "seconds": round(report.seconds, 2),
            "findings": [_as_object(finding) for finding in report.findings],
        }
        for report in reports
    ]
    return {"healthy": all(report.is_healthy for report in reports), "checks": shown}


def _as_object(finding: Finding) -> dict[str, str]:
    told = {"about": finding.about, "found": finding.found, "remedy": finding.remedy}
    return {"mark": str(finding.mark), **{name: redact(text) for name, text in told.items()}}


def redact(text: str) -> str:
    """A last net below the checks, which print no secret: an error's text is somebody else's."""
    for secret in sorted(_secrets(), key=len, reverse=True):
        text = text.replace(secret, "[secret]")
    return JWT.sub("[token]", text)


def _secrets() -> set[str]:
    named = (
        "SECRET_KEY JITSI_APP_SECRET JITSI_HOOK_TOKEN JITSI_EVENT_SECRET JIBRI_HOOK_SECRET "
        "JIBRI_RECORDER_PASSWORD EMAIL_HOST_PASSWORD"
    )
    found = {str(getattr(settings, name)) for name in named.split()}
    found |= {settings.S3["S3_ACCESS_KEY_ID"], settings.S3["S3_SECRET_ACCESS_KEY"]}
    for url in (settings.DATABASE_URL, settings.REDIS_URL, settings.CHANNELS_REDIS_URL):
        password = urlsplit(url).password or ""
        found |= {password, unquote(password)}
    return {one for one in found if len(one) >= SHORTEST_HIDDEN}
