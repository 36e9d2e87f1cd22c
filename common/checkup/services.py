"""What every Darasa stands on: PostgreSQL, Redis, disks, a mail server."""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from django.core.mail.backends.smtp import EmailBackend
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from common.checkup.findings import Finding, fault, fine, skipped, warning
from common.checkup.network import judge_clock

WAIT_SECONDS = 3.0
GIB = 2**30
# What this Django accepts; older ones refuse every connection.
OLDEST_POSTGRES = 140_000


class Postgres:
    """The database that is asked is the process's own."""

    name: ClassVar[str] = "postgres"
    title: ClassVar[str | Promise] = gettext_lazy("PostgreSQL")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        with connection.cursor() as cursor:
            asked = time.time()
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
            theirs, ours = float(cursor.fetchone()[0]), (asked + time.time()) / 2
            cursor.execute("SHOW server_version_num")
            number = int(cursor.fetchone()[0])
        yield judge_version(about, number)
        yield self._migrations()
        yield judge_clock(_("PostgreSQL's clock"), theirs - ours)

    def _migrations(self) -> Finding:
        executor = MigrationExecutor(connection)
        waiting = [
            str(step) for step, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())
        ]
        about = _("migrations")
        if not waiting:
            return fine(about, _("all applied"))
        told = _("%(count)d not applied, first %(name)s") % {"count": len(waiting), "name": waiting[0]}
        return fault(about, told, _("`python manage.py migrate`, or `docker compose up --detach migrate`."))


def judge_version(about: str, number: int) -> Finding:
    shown = f"{number // 10_000}.{number % 10_000}"
    if number < OLDEST_POSTGRES:
        return fault(about, shown, _("Darasa needs 14 or newer; 18 is what it is tested with."))
    return fine(about, shown)


def connect_once(url: str) -> Redis:
    """Without the driver's patience: it would try again for longer than we look."""
    waits = {"socket_timeout": WAIT_SECONDS, "socket_connect_timeout": WAIT_SECONDS}
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), **waits)


def is_redis_there(url: str) -> bool:
    try:
        with connect_once(url) as asked:
            return bool(asked.ping())
    except (RedisError, OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class RedisServers:
    """`broker` holds tasks, so it must keep them; `channels` may forget, and may be the same server."""

    name: ClassVar[str] = "redis"
    title: ClassVar[str | Promise] = gettext_lazy("Redis")
    broker: str = field(repr=False)
    channels: str = field(repr=False)

    def examine(self) -> Iterator[Finding]:
        yield from self._look_at(_("broker"), self.broker, keeps=True)
        if self.channels != self.broker:
            yield from self._look_at(_("channels"), self.channels, keeps=False)

    def _look_at(self, about: str, url: str, *, keeps: bool) -> Iterator[Finding]:
        try:
            with connect_once(url) as asked:
                asked.ping()
                told: Mapping[str, object] = asked.info()
        except AuthenticationError:
            remedy = _("The password in the URL is not the server's: compare them, then restart both.")
            yield fault(about, _("refuses our password"), remedy)
        except (RedisError, OSError, ValueError) as error:
            yield fault(
                about, type(error).__name__, _("`docker compose up --detach redis-broker redis-channels`.")
            )
        else:
            yield fine(about, _("answers, version %(version)s") % {"version": told.get("redis_version", "?")})
            yield from judge_keeping(about, told) if keeps else judge_forgetting(about, told)


def judge_keeping(about: str, told: Mapping[str, object]) -> Iterator[Finding]:
    """A broker that forgets loses doorbells: sweeps find the work again, letters and webhooks come late."""
    if not told.get("aof_enabled"):
        yield warning(about, _("keeps nothing over a restart"), _("Set `appendonly yes`."))
    policy = str(told.get("maxmemory_policy", ""))
    if policy != "noeviction":
        said = _("throws tasks away when it is full (%(policy)s)") % {"policy": policy}
        yield warning(about, said, _("Set `maxmemory-policy noeviction`."))


def judge_forgetting(about: str, told: Mapping[str, object]) -> Iterator[Finding]:
    """One that may forget must do so: full and unwilling, it refuses every socket."""
    if told.get("maxmemory") and told.get("maxmemory_policy") == "noeviction":
        remedy = _("Set `maxmemory-policy volatile-lru`.")
        yield warning(about, _("refuses everything once it is full"), remedy)


@dataclass(frozen=True, slots=True)
class Disks:
    """Room that is left where we write. Folders on one disk are one line; one that is not made yet is its parent's."""

    name: ClassVar[str] = "disk"
    title: ClassVar[str | Promise] = gettext_lazy("Disk space")
    folders: Mapping[str, Path]
    few_bytes: int = 10 * GIB
    too_few_bytes: int = 2 * GIB

    def examine(self) -> Iterator[Finding]:
        disks: dict[int, tuple[list[str], Path]] = {}
        for setting, folder in self.folders.items():
            place = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
            if not os.access(place, os.W_OK):
                remedy = _("Let the user that runs Darasa write there: `chown -R 1000:1000 %(folder)s`.")
                yield fault(setting, _("cannot be written"), remedy % {"folder": place})
            disks.setdefault(place.stat().st_dev, ([], place))[0].append(setting)
        for settings, place in disks.values():
            yield self._look_at(", ".join(settings), place)

    def _look_at(self, about: str, folder: Path) -> Finding:
        space = shutil.disk_usage(folder)
        told = _("%(free).1f GB of %(total).1f GB free") % {
            "free": space.free / GIB,
            "total": space.total / GIB,
        }
        remedy = _("“The disk is full” in docs/operations/break-glass.md says what may go, in which order.")
        if space.free < self.too_few_bytes:
            return fault(about, told, remedy)
        return warning(about, told, remedy) if space.free < self.few_bytes else fine(about, told)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Up to the sign-in; no letter is sent."""

    name: ClassVar[str] = "mail"
    title: ClassVar[str | Promise] = gettext_lazy("Mail server")
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    use_tls: bool = True

    def examine(self) -> Iterator[Finding]:
        if not self.host:
            yield skipped(_("mail"), _("EMAIL_HOST is empty: letters are laid into a folder"))
            return
        yield self._sign_in(f"{self.host}:{self.port}")

    def _sign_in(self, about: str) -> Finding:
        backend = EmailBackend(
            self.host, self.port, self.user, self.password, use_tls=self.use_tls, timeout=WAIT_SECONDS
        )
        try:
            backend.open()
            backend.close()
        except smtplib.SMTPAuthenticationError:
            remedy = _(
                "Correct EMAIL_HOST_USER and EMAIL_HOST_PASSWORD; some providers want an app password."
            )
            return fault(about, _("refuses our name or password"), remedy)
        except smtplib.SMTPNotSupportedError:
            remedy = _("Use its port for STARTTLS (587). EMAIL_USE_TLS=0 only for a server on this machine.")
            return fault(about, _("offers no STARTTLS, or no sign-in"), remedy)
        except socket.gaierror:
            return fault(about, _("no address"), _("Correct EMAIL_HOST."))
        except (smtplib.SMTPException, OSError) as error:
            remedy = _("Correct EMAIL_HOST and EMAIL_PORT, and let this machine reach it.")
            return fault(about, _("no greeting: %(error)s") % {"error": type(error).__name__}, remedy)
        return fine(about, _("greets and lets us in") if self.user else _("greets"))
