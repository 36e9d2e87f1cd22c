"""The shared bridges: how loaded they are, where newcomers go, and how one is emptied."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Q
from django.db.models.functions import TruncMinute
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Person
from classroom import actions
from classroom.admission import CPU_PER_STRESS, HOT, Door
from classroom.diversion import STALE
from classroom.models import Bridge, BridgeReading, BridgeState, Diversion
from classroom.rules import may_run_fleet
from dashboard.charts import Steps, draw_steps
from dashboard.doors import find_in, page_of, person_of, try_to

PAGE_SIZE = 12
MINUTES = 60
DECISIONS_SHOWN = 10
PERCENT_OF_STRESS = 100 * CPU_PER_STRESS
CEILING = round(HOT * PERCENT_OF_STRESS)


@dataclass(frozen=True, slots=True)
class Row:
    """A bridge and its last hour; `percent` and `most` are shares of the processor, or None."""

    bridge: Bridge
    state: str
    tone: str
    trouble: str
    percent: int | None
    most: int | None
    chart: Steps
    minutes: list[tuple[datetime, int]]
    may_drain: bool
    may_undrain: bool


@dataclass(frozen=True, slots=True)
class Region:
    """Where newcomers of a region go; `is_current` is false when nobody has judged it for a while."""

    name: str
    is_diverted: bool
    why: str
    since: datetime
    is_current: bool


TONES = {
    BridgeState.UP: "watch",
    BridgeState.DRAINING: "making",
    BridgeState.EMPTY: "scheduled",
    BridgeState.LEAVING: "making",
    BridgeState.SICK: "failed",
    BridgeState.LOST: "failed",
}


@require_safe
@login_required
def bridges(request: HttpRequest) -> HttpResponse:
    if not may_run_fleet(person_of(request)):
        raise PermissionDenied
    now, query = timezone.now(), request.GET.get("q", "").strip()
    found = Bridge.objects.filter(Q(name__icontains=query) | Q(region__icontains=query))
    page = page_of(request, found.order_by("region", "name", "pk"), PAGE_SIZE)
    recent = Diversion.objects.order_by("-decided_at", "-pk")[:DECISIONS_SHOWN]
    context = {
        "page_obj": page,
        "q": query,
        "rows": _rows(list(page.object_list), now),
        "regions": _regions(now),
        "decisions": [_region(one, now) for one in recent],
        "ceiling": CEILING,
        "hour_ago": now - timedelta(minutes=MINUTES),
        "now": now,
    }
    return render(request, "dashboard/bridges.html", context)


def _rows(shown: Sequence[Bridge], now: datetime) -> list[Row]:
    begins = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    readings = BridgeReading.objects.filter(bridge__in=shown, at__gte=begins).order_by()
    by_minute = readings.annotate(minute=TruncMinute("at")).values_list("bridge", "minute")
    measured = {(one, minute): stress for one, minute, stress in by_minute.annotate(stress=Max("stress"))}
    minutes = [begins + timedelta(minutes=place) for place in range(MINUTES)]
    return [_row(one, [measured.get((one.pk, minute)) for minute in minutes], minutes) for one in shown]


def _row(bridge: Bridge, stresses: Sequence[float | None], minutes: Sequence[datetime]) -> Row:
    percents = [_percent(stress) for stress in stresses]
    known = [(minute, share) for minute, share in zip(minutes, percents, strict=True) if share is not None]
    is_leaving = bridge.state == BridgeState.LEAVING
    drains = bridge.drain_wanted is True or (bridge.drain_wanted is None and bridge.is_draining)
    return Row(
        bridge=bridge,
        state=str(_("Will be emptied") if _waits_for_drain(bridge) else BridgeState(bridge.state).label),
        tone=TONES.get(BridgeState(bridge.state), ""),
        trouble=_trouble(bridge),
        percent=_percent(bridge.stress),
        most=max((share for _minute, share in known), default=None),
        chart=draw_steps([share or 0 for share in percents], CEILING),
        minutes=known,
        may_drain=not drains and not is_leaving,
        may_undrain=drains and not is_leaving,
    )


def _waits_for_drain(bridge: Bridge) -> bool:
    return bridge.drain_wanted is True and not bridge.is_draining and bridge.state == BridgeState.UP


def _percent(stress: float | None) -> int | None:
    return None if stress is None else min(999, round(stress * PERCENT_OF_STRESS))


def _trouble(bridge: Bridge) -> str:
    sentences = {
        "not_cpu": _(
            "This bridge does not measure its processor. Set its load-measurement to cpu-usage; until then it does not count."
        ),
        "timeout": _("It did not answer within the time."),
        "no_connection": _("Nobody answers at its address."),
        "missing": _("Its statistics are not switched on: COLIBRI_REST_ENABLED=1."),
        "refused": _("It refused to answer."),
        "unreadable": _("Its answer could not be read."),
    }
    return sentences.get(bridge.trouble, "")


def _regions(now: datetime) -> list[Region]:
    latest = Diversion.objects.order_by("region", "-decided_at", "-pk").distinct("region")
    return [_region(one, now) for one in latest]


def _region(one: Diversion, now: datetime) -> Region:
    sentences = {
        "room": _("There is room."),
        "busy": _("Every bridge has used more than 70 percent of its processor for half a minute."),
        "unknown": _("No bridge has told how it is. Nobody is sent away because of that."),
    }
    return Region(
        name=one.region,
        is_diverted=one.door == Door.HLS,
        why=sentences.get(one.why, ""),
        since=one.decided_at,
        is_current=now - one.judged_at <= STALE,
    )


@require_POST
@login_required
def bridge_drain(request: HttpRequest, bridge_id: UUID) -> HttpResponse:
    done = _("Nobody new is put on this bridge. When it is empty, it can be stopped.")
    return _act(request, bridge_id, actions.drain_bridge, done)


@require_POST
@login_required
def bridge_undrain(request: HttpRequest, bridge_id: UUID) -> HttpResponse:
    done = _("The bridge takes new lessons again as soon as it says so itself.")
    return _act(request, bridge_id, actions.undrain_bridge, done)


def _act(request: HttpRequest, bridge_id: UUID, act: Callable[..., bool], done: str) -> HttpResponse:
    person: Person = person_of(request)
    if not may_run_fleet(person):
        raise PermissionDenied
    bridge = find_in(Bridge.objects.all(), bridge_id)
    try_to(request, lambda: act(bridge=bridge, by=person), done)
    return redirect("bridges")
