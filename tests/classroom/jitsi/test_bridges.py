"""The fleet of bridges against real processes: what is counted, when newcomers are diverted, how one is emptied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Person
from classroom import actions, diversion
from classroom.admission import FRESH, Door
from classroom.jitsi import sweeps
from classroom.jitsi.border import BorderFailure
from classroom.jitsi.bridges import HttpBridges, parse_stats
from classroom.jitsi.simulated.jvb import Bridge as SimulatedBridge
from classroom.jitsi.simulated.jvb import read_curve
from classroom.models import Bridge, BridgeReading, BridgeState, Diversion, Lesson, LessonStatus
from common.refusals import Refused
from tests.classroom.jitsi.machines import Machine, running
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
TEN = 10


@dataclass(slots=True)
class Fleet:
    """The machines, and one time for them and for us."""

    machines: list[Machine]
    now: datetime = field(default_factory=timezone.now)

    @property
    def urls(self) -> list[str]:
        return [machine.url for machine in self.machines]

    def pass_time(self, seconds: float, *, deaf: tuple[Machine, ...] = ()) -> None:
        self.now += timedelta(seconds=seconds)
        for machine in self.machines:
            if machine not in deaf:
                machine.tell(advance=seconds)

    def sweep(self) -> None:
        sweeps.sweep_bridges(HttpBridges(), self.urls, now=self.now)

    def live(self, times: int, **deaf: Any) -> None:
        """So many sweeps, ten seconds apart."""
        for _ in range(times):
            self.pass_time(TEN, **deaf)
            self.sweep()

    def row(self, machine: Machine) -> Bridge:
        return Bridge.objects.get(url=machine.url)

    def door(self, region: str = "east") -> Door:
        return diversion.door_of_region(region, now=self.now)


@pytest.fixture(scope="module")
def east() -> Iterator[Machine]:
    with running("jvb", "--region", "east") as machine:
        yield machine


@pytest.fixture(scope="module")
def second() -> Iterator[Machine]:
    with running("jvb", "--region", "east") as machine:
        yield machine


@pytest.fixture
def fleet(east: Machine) -> Fleet:
    return calm([east])


@pytest.fixture
def pair(east: Machine, second: Machine) -> Fleet:
    return calm([east, second])


def calm(machines: list[Machine]) -> Fleet:
    """As new: quiet, taking people, its next measurement not yet made."""
    for machine in machines:
        HttpBridges().set_drain(machine.url, on=False)
        machine.tell(hang=False, stress=0.2, participants=0, conferences=0, healthy=True, advance=TEN)
    fleet = Fleet(machines)
    fleet.sweep()
    return fleet


def test_a_bridge_appears_with_what_it_says_of_itself(fleet: Fleet, east: Machine) -> None:
    east.tell(participants=12, conferences=2)
    fleet.live(1)
    bridge = fleet.row(east)
    assert (bridge.state, bridge.region, bridge.participants, bridge.conferences) == ("up", "east", 12, 2)
    assert bridge.version.startswith("2.3.")
    assert bridge.name == east.url.removeprefix("http://")


def test_a_bridge_that_is_no_longer_named_goes_with_its_readings(fleet: Fleet) -> None:
    fleet.machines = []
    fleet.sweep()
    assert not Bridge.objects.exists()
    assert not BridgeReading.objects.exists()


def test_newcomers_are_diverted_at_the_third_measurement_and_not_before(fleet: Fleet, east: Machine) -> None:
    east.tell(stress=0.9)
    doors = []
    for _ in range(4):
        fleet.live(1)
        doors.append(fleet.door())
    assert doors == [Door.WEBRTC, Door.WEBRTC, Door.HLS, Door.HLS]
    decision = Diversion.objects.filter(region="east").latest("decided_at")
    assert (decision.door, decision.why) == ("hls", "busy")
    assert decision.inputs == [{"bridge": str(fleet.row(east).pk), "known": True, "hot": True, "stress": 0.9}]


def test_one_measurement_that_is_heard_three_times_is_one(fleet: Fleet, east: Machine) -> None:
    east.tell(stress=0.9)
    fleet.live(1)
    before = BridgeReading.objects.count()
    for _ in range(3):  # answers out of its cache, and answers that measured nothing anew
        fleet.now += timedelta(seconds=9)
        fleet.sweep()
    assert BridgeReading.objects.count() == before
    assert fleet.door() == Door.WEBRTC


def test_a_load_that_rises_slowly_diverts_when_it_has_been_over_the_line_for_half_a_minute() -> None:
    with running("jvb", "--region", "east", "--curve", "0:0.5,100:1.0") as machine:
        fleet = Fleet([machine])
        reached = []
        for _ in range(10):
            fleet.sweep()
            reached.append((round(fleet.row(machine).stress or 0, 2), fleet.door()))
            fleet.pass_time(TEN)
    over = [door for stress, door in reached if stress >= 0.78]
    assert over[:3] == [Door.WEBRTC, Door.WEBRTC, Door.HLS]
    assert {door for stress, door in reached if stress < 0.78} == {Door.WEBRTC}


def test_a_simulated_load_may_come_round_and_bring_people_who_leave_a_bridge_that_is_emptied() -> None:
    curve = read_curve("0:0.2,50:0.6,100:0.2")
    simulated = SimulatedBridge(curve=curve, region="e", relay_id="j", version="1", repeats=True, full=100)
    seen = []
    for _ in range(16):
        said = simulated.stats()
        seen.append((round(said["stress_level"], 2), said["participants"], said["conferences"]))
        simulated.clock.advance(TEN)
    assert seen[0] == seen[10] == (0.2, 20, 1)
    assert seen[5] == seen[15] == (0.6, 60, 3)
    simulated.is_draining = True
    emptied: list[int] = []
    while not emptied or emptied[-1]:
        emptied.append(simulated.stats()["participants"])
        simulated.clock.advance(TEN)
    assert emptied == [30, 15, 7, 3, 1, 0]


def test_a_hot_pool_takes_newcomers_again_only_after_a_quiet_minute(fleet: Fleet, east: Machine) -> None:
    east.tell(stress=0.9)
    fleet.live(3)
    east.tell(stress=0.7)  # under the line, not yet quiet
    fleet.live(8)
    assert fleet.door() == Door.HLS
    east.tell(stress=0.5)
    doors = []
    for _ in range(7):
        fleet.live(1)
        doors.append(fleet.door())
    assert doors == [*[Door.HLS] * 5, Door.WEBRTC, Door.WEBRTC]
    changes = Diversion.objects.filter(region="east").order_by("decided_at").values_list("door", flat=True)
    assert list(changes) == ["webrtc", "hls", "webrtc"]


def test_two_sweeps_at_once_ask_a_bridge_once(fleet: Fleet) -> None:
    fleet.pass_time(TEN)
    assert len(actions.claim_bridges(now=fleet.now)) == 1
    assert actions.claim_bridges(now=fleet.now) == []


def test_a_dead_bridge_is_out_within_thirty_seconds(pair: Fleet, east: Machine) -> None:
    with running("jvb", "--region", "east") as doomed:
        pair.machines.append(doomed)
        pair.live(1)
        assert pair.row(doomed).takes_people
        doomed.kill()
        pair.live(1, deaf=(doomed,))
        assert pair.row(doomed).state == BridgeState.UP  # one silence may be the network
        pair.live(1, deaf=(doomed,))
        lost = pair.row(doomed)
    assert (lost.state, lost.trouble, lost.takes_people) == (BridgeState.LOST, "no_connection", False)
    assert pair.row(east).state == BridgeState.UP


def test_a_bridge_that_hangs_holds_up_nobody(pair: Fleet, east: Machine, second: Machine) -> None:
    second.tell(hang=True)
    east.tell(stress=0.9)
    pair.live(3)
    second.tell(hang=False)
    assert pair.row(east).seen_at == pair.now
    hanging = pair.row(second)
    assert (hanging.state, hanging.trouble) == (BridgeState.LOST, "timeout")
    # The one that hangs is no room for anybody.
    assert pair.door() == Door.HLS


def test_a_bridge_that_says_it_is_unwell_takes_nobody(fleet: Fleet, east: Machine) -> None:
    east.tell(healthy=False)
    fleet.live(1)
    assert fleet.row(east).state == BridgeState.SICK
    assert not fleet.row(east).takes_people


def test_a_bridge_that_measures_something_else_is_named_and_does_not_count(
    fleet: Fleet, east: Machine
) -> None:
    east.tell(stress=1.6)
    fleet.live(4)
    assert fleet.row(east).trouble == "not_cpu"
    assert fleet.door() == Door.WEBRTC


def test_a_silent_sweep_diverts_nobody_for_ever(fleet: Fleet, east: Machine) -> None:
    east.tell(stress=0.9)
    fleet.live(3)
    assert fleet.door() == Door.HLS
    fleet.now += diversion.STALE
    assert fleet.door() == Door.WEBRTC


@pytest.fixture
def admin(db: None) -> Person:
    return Person.objects.create_user("admin@platform.test", None, name="Petra", is_platform_admin=True)


def test_a_bridge_is_emptied_in_this_order(
    pair: Fleet, east: Machine, admin: Person, django_capture_on_commit_callbacks: Any
) -> None:
    east.tell(participants=7, conferences=1)
    pair.live(1)
    assert actions.drain_bridge(bridge=pair.row(east), by=admin)
    # First nobody is counted on it; the bridge itself does not know yet.
    assert not pair.row(east).takes_people
    assert not pair.row(east).is_draining
    sweeps.settle_bridges(HttpBridges())
    pair.live(1)
    assert pair.row(east).state == BridgeState.DRAINING
    east.tell(participants=0, conferences=0)
    pair.live(1)
    assert pair.row(east).state == BridgeState.EMPTY
    lines = AuditEvent.objects.filter(act="bridge.drained")
    assert [(line.actor, line.detail["participants"]) for line in lines] == [(admin.pk, 7)]


def test_it_counts_again_only_when_it_says_so_itself(pair: Fleet, east: Machine, admin: Person) -> None:
    actions.drain_bridge(bridge=pair.row(east), by=admin)
    pair.live(2)
    assert actions.undrain_bridge(bridge=pair.row(east), by=admin)
    assert not pair.row(east).takes_people
    pair.live(2)
    assert pair.row(east).takes_people
    assert pair.row(east).drain_wanted is None


def test_a_bridge_that_restarts_while_it_is_emptied_is_told_again(
    pair: Fleet, east: Machine, admin: Person
) -> None:
    actions.drain_bridge(bridge=pair.row(east), by=admin)
    pair.live(2)
    HttpBridges().set_drain(east.url, on=False)  # as it is after a restart
    pair.live(2)
    assert pair.row(east).is_draining


def test_what_somebody_else_empties_is_left_alone(pair: Fleet, east: Machine) -> None:
    HttpBridges().set_drain(east.url, on=True)
    pair.live(3)
    assert pair.row(east).state == BridgeState.EMPTY
    assert pair.row(east).drain_wanted is None


def test_the_last_bridge_is_not_emptied_while_lessons_run(
    pair: Fleet, east: Machine, second: Machine, admin: Person, lesson: Lesson
) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.LIVE)
    actions.drain_bridge(bridge=pair.row(east), by=admin)
    with pytest.raises(Refused, match="last_bridge"):
        actions.drain_bridge(bridge=pair.row(second), by=admin)
    Lesson.objects.filter(pk=lesson.pk).update(status=LessonStatus.ENDED)
    assert actions.drain_bridge(bridge=pair.row(second), by=admin)


def test_readings_are_kept_for_an_hour(fleet: Fleet) -> None:
    fleet.now += timedelta(hours=2)
    fleet.live(1)
    assert BridgeReading.objects.count() == 1


def test_a_person_who_is_new_is_diverted_and_nobody_else_is(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    judged = {"door": "hls", "why": "busy", "decided_at": now, "judged_at": now}
    Diversion.objects.create(region=cast.school.region, **judged)
    ways = {who.name: diversion.door_for(who, lesson, now) for who in (cast.teacher, cast.head, cast.amina)}
    assert {name: way.door for name, way in ways.items()} == {
        "Tomas": Door.WEBRTC,
        "Salma": Door.WEBRTC,
        "Amina": Door.HLS,
    }
    assert ways["Amina"].profile == "saver"
    enter(lesson, cast.amina, now)
    assert diversion.door_for(cast.amina, lesson, now).door == Door.WEBRTC
    assert diversion.door_for(cast.bilal, lesson, now + FRESH + diversion.STALE).door == Door.WEBRTC


def enter(lesson: Lesson, person: Person, now: datetime) -> None:
    from uuid import uuid4

    from classroom.models import Standing

    actions.enter_room(
        room=lesson.room,
        person=person,
        standing=Standing.STUDENT,
        occupant=uuid4(),
        connection="c",
        now=now,
    )


def test_the_region_of_the_front_comes_before_that_of_the_school(
    cast: Cast, lesson: Lesson, admin: Person
) -> None:
    now = timezone.now()
    Diversion.objects.create(region="west", door="hls", why="busy", decided_at=now, judged_at=now)
    assert diversion.door_for(cast.amina, lesson, now).door == Door.WEBRTC
    actions.change_front(
        institution=cast.school, domain="", name="", colour="", logo_url="", region="west", by=admin
    )
    assert diversion.door_for(cast.amina, lesson, now).door == Door.HLS


def test_a_join_link_keeps_where_it_led(cast: Cast, lesson: Lesson) -> None:
    now = timezone.now()
    Diversion.objects.create(region="", door="hls", why="busy", decided_at=now, judged_at=now)
    made = actions.make_join_link(lesson=lesson, person=cast.amina, by=cast.amina.pk, now=now)
    assert made.link.door == "hls"


@pytest.mark.parametrize(
    "said", [{}, {"stress_level": "high"}, {"stress_level": True}, {"stress_level": None}]
)
def test_statistics_without_a_stress_are_unreadable(said: dict[str, Any]) -> None:
    with pytest.raises(BorderFailure, match="unreadable"):
        parse_stats(said)


def test_odd_statistics_do_no_harm() -> None:
    odd = {"stress_level": 0.5, "participants": "many", "region": 7, "current_timestamp": "today", "drain": 1}
    stats = parse_stats(odd)
    assert (stats.participants, stats.region, stats.measured_at, stats.is_draining) == (0, "", None, False)
