"""What Prosody tells us, what it asks us, and what it says when we ask."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import ClassVar

import httpx
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classroom.jitsi.border import BorderFailure
from classroom.jitsi.checkup.border import look_at_log, tell_failure
from classroom.jitsi.control import our_control
from classroom.jitsi.events import Snapshot
from classroom.jitsi.proofs import count_refused, is_secret
from classroom.models import HookDelivery, HookSource
from common.checkup import Finding, fault, fine, skipped, tell_age, warning
from common.checkup.services import is_redis_there
from common.clock import from_ms, to_ms

WAIT_SECONDS = 3.0
# An event may be on its way for so long; Prosody's queue tries again after a minute at the latest.
ON_THE_WAY = timedelta(seconds=75)


class EventsArrive:
    name: ClassVar[str] = "events"
    title: ClassVar[str | Promise] = gettext_lazy("Events from Prosody")

    def examine(self) -> Iterator[Finding]:
        about = str(self.title)
        if not is_secret(settings.JITSI_EVENT_SECRET) and not is_secret(settings.JITSI_HOOK_TOKEN):
            yield skipped(about, _("JITSI_EVENT_SECRET is empty: that door does not exist"))
            return
        said_by = (HookSource.EVENTS, HookSource.EVENT_SYNC)
        deliveries = HookDelivery.objects.filter(source__in=said_by).order_by("-received_at")
        last_at = deliveries.values_list("received_at", flat=True).first()
        yield from _judge_signatures(_("signatures"), last_at)
        yield _judge_silence(about, last_at, timezone.now())


def _judge_signatures(about: str, last_at: datetime | None) -> Iterator[Finding]:
    if not is_redis_there(settings.CHANNELS_REDIS_URL):
        return  # it would be asked for longer than we look, and has a line of its own
    count, refused_at = count_refused()
    if not count or refused_at is None:
        return
    told = _("%(count)d deliveries refused since yesterday, the last %(age)s ago")
    found = told % {"count": count, "age": tell_age((timezone.now() - refused_at).total_seconds())}
    remedy = _(
        "JITSI_EVENT_SECRET here and darasa_event_secret of prosody differ: make them the same, restart both."
    )
    # One accepted afterwards says that it is mended.
    judge = fault if last_at is None or refused_at > last_at else warning
    yield judge(about, found, remedy)


def _judge_silence(about: str, last_at: datetime | None, now: datetime) -> Finding:
    """Silence is no fault while nobody is there: what Prosody itself sees is the measure."""
    age = tell_age((now - last_at).total_seconds()) if last_at else ""
    told = _("the last one came %(age)s ago") % {"age": age} if last_at else _("none has ever come")
    control = our_control()
    if control is None:
        return warning(
            about, told, _("Set PROSODY_URL and JITSI_HOOK_TOKEN: then Prosody can be asked who is inside.")
        )
    try:
        snapshot = control.find_rooms()
    except BorderFailure:
        return warning(about, told, _("Whether that is right only Prosody knows: see “snapshot”."))
    entered_at = last_entry(snapshot, now)
    if entered_at and entered_at < now - ON_THE_WAY and (last_at is None or last_at < entered_at):
        found = _("%(told)s, yet somebody entered %(age)s ago") % {
            "told": told,
            "age": tell_age((now - entered_at).total_seconds()),
        }
        remedy = _(
            "`docker compose logs prosody | grep darasa_events`: is the module loaded, does DARASA_URL lead here?"
        )
        return fault(about, found, remedy)
    inside = sum(len(room.occupants) for room in snapshot.rooms)
    return fine(about, _("%(told)s; %(count)d people inside") % {"told": told, "count": inside})


def last_entry(snapshot: Snapshot, now: datetime) -> datetime | None:
    """When whoever came last came, by our clock."""
    off = to_ms(now) - snapshot.at
    moments = [one.joined_at for room in snapshot.rooms for one in room.occupants]
    return from_ms(max(moments) + off) if moments else None


class SnapshotAnswers:
    name: ClassVar[str] = "snapshot"
    title: ClassVar[str | Promise] = gettext_lazy("Prosody, asked who is inside")

    def examine(self) -> Iterator[Finding]:
        control = our_control()
        if control is None:
            yield skipped(str(self.title), _("PROSODY_URL or JITSI_HOOK_TOKEN is empty"))
            return
        about = settings.PROSODY_URL
        try:
            rooms = control.find_rooms().rooms
        except BorderFailure as failure:
            yield _explain(about, failure.code)
        else:
            yield fine(about, _("answers: %(count)d rooms") % {"count": len(rooms)})


def _explain(about: str, code: str) -> Finding:
    if code in {"no_connection", "timeout"}:
        return fault(about, tell_failure(code), look_at_log("prosody"))
    if code in {"refused", "missing"}:
        remedy = _(
            "JITSI_HOOK_TOKEN here and darasa_hook_token of prosody must be the same, and darasa_events loaded."
        )
        return fault(about, tell_failure("refused"), remedy)
    remedy = _("Module and Darasa are of different releases: bring both to the same one.")
    return fault(about, tell_failure("unreadable"), remedy)


class ReservationsAnswer:
    """Our own door, knocked at as Prosody does: with its token, and with none. Nothing is written."""

    name: ClassVar[str] = "reservations"
    title: ClassVar[str | Promise] = gettext_lazy("The timetable, as Prosody asks for it")

    def examine(self) -> Iterator[Finding]:
        if not is_secret(settings.JITSI_HOOK_TOKEN):
            yield skipped(str(self.title), _("JITSI_HOOK_TOKEN is empty: that door does not exist"))
            return
        url = f"{settings.INNER_URL}{reverse('jitsi_reservation', args=[uuid.uuid4()])}"
        about = settings.INNER_URL
        try:
            without = httpx.get(url, timeout=WAIT_SECONDS, trust_env=False).status_code
            bearer = {"Authorization": f"Bearer {settings.JITSI_HOOK_TOKEN}"}
            with_token = httpx.get(url, headers=bearer, timeout=WAIT_SECONDS, trust_env=False).status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            remedy = _("Is darasa-web running, and INNER_URL the address by which Prosody reaches it?")
            yield fault(about, tell_failure("no_connection"), remedy)
        else:
            yield judge_door(about, without, with_token)


def judge_door(about: str, without: int, with_token: int) -> Finding:
    """401 without the token, 404 with it: there is no such reservation."""
    if (without, with_token) == (401, 404):
        return fine(about, _("answers, and asks for the token"))
    if without == 400:
        return fault(about, _("refuses this name"), _("Put the host of INNER_URL into ALLOWED_HOSTS."))
    if with_token == 401:
        remedy = _("The web processes run with another JITSI_HOOK_TOKEN: restart them with this one.")
        return fault(about, _("refuses our token"), remedy)
    if without == 404:
        remedy = _(
            "The web processes run without JITSI_HOOK_TOKEN, or a proxy closes /hooks/: set INNER_URL."
        )
        return fault(about, _("has no such door"), remedy)
    return fault(about, _("answers %(code)d") % {"code": with_token}, look_at_log("darasa-web"))
